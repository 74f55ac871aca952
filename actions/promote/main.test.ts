import { describe, expect, it } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { fakeContext } from '../../test/fakes/context.ts'
import { decodeEntities } from '../../test/fakes/gatekeeper.ts'
import { fakeMlflow } from '../../test/fakes/mlflow.ts'
import { candidate, champion, fakeRegistry, runPromoteOrThrow } from '../../test/fakes/promote.ts'
import { liveServing } from '../../test/fakes/serving-release.ts'

describe('promote', () => {
  it('moves the champion to the serving version, keeps the previous one, and writes tags first', async () => {
    const mlflow = fakeRegistry()
    const { outputs, summary } = await runPromoteOrThrow(mlflow, { 'expected-champion': '1' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
    expect(Object.fromEntries(mlflow.aliases)).toEqual({ champion: '2', previous: '1' })
    expect(mlflow.writes.map((write) => write.split(' ').slice(0, 2).join(' '))).toEqual([
      'setVersionTags 2',
      'setAlias previous',
      'setAlias champion',
    ])
    expect(mlflow.allVersions[1]?.tags).toMatchObject({
      [versionTags.promotedAt]: '2026-01-02T03:04:05.000Z',
      [versionTags.promotedBy]: 'ada',
      [versionTags.promotedFrom]: '1',
      [versionTags.proof]: 'cluster: 1 pod of deployment/fraud ready, env:MODEL_VERSION, revision 7 of fraud',
    })
    expect(summary).toContain('version 2 is now the champion')
    expect(decodeEntities(summary)).toContain(
      '**Version 2 serves since 2026-01-02 03:04 UTC, replacing version 1: auc is better by 0.03**',
    )
  })

  it('is idempotent: a re-run does not overwrite previous with the champion itself', async () => {
    const mlflow = fakeRegistry()
    await runPromoteOrThrow(mlflow, { 'expected-champion': '1' })
    const { length } = mlflow.writes
    const { outputs } = await runPromoteOrThrow(mlflow, { 'expected-champion': '1' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'false' })
    expect(mlflow.writes.length).toBe(length)
  })

  it('converges after a kill before any of its writes', async () => {
    for (const killedAt of [0, 1, 2]) {
      const mlflow = fakeRegistry()
      let count = 0
      mlflow.beforeWrite = () => {
        if (count++ === killedAt) throw new Error('killed')
      }
      await expect(runPromoteOrThrow(mlflow, { 'expected-champion': '1' })).rejects.toThrow('killed')
      expect(mlflow.aliases.get('champion')).toBe('1')
      const { outputs } = await runPromoteOrThrow(mlflow, { 'expected-champion': '1' })
      expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
      expect(mlflow.allVersions[1]?.tags[versionTags.promotedFrom]).toBe('1')
    }
  })

  it('promotes a first model without a previous one', async () => {
    const mlflow = fakeMlflow({ versions: [candidate] })
    const { outputs } = await runPromoteOrThrow(mlflow, { 'expected-champion': 'none' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': 'none', changed: 'true' })
    expect(mlflow.allVersions[0]?.tags[versionTags.promotedFrom]).toBe('none')
  })

  it('replaces a champion in stage Production', async () => {
    const mlflow = fakeMlflow({ versions: [{ ...champion, stage: 'Production' }, candidate] })
    const { outputs } = await runPromoteOrThrow(mlflow, { 'expected-champion': '1' })
    expect(outputs).toMatchObject({ 'champion-version': '2', 'previous-version': '1' })
  })

  it('never leaves previous at the champion itself', async () => {
    const mlflow = fakeMlflow({ versions: [candidate], aliases: { previous: '2' } })
    const { outputs } = await runPromoteOrThrow(mlflow)
    expect(outputs).toMatchObject({ 'champion-version': '2', 'previous-version': 'none' })
  })

  it('logs the result on one line', async () => {
    const context = fakeContext()
    await runPromoteOrThrow(fakeRegistry(), {}, liveServing('2'), context)
    expect(context.messages).toEqual([
      'version 2 is now the champion (proof: cluster: 1 pod of deployment/fraud ready, env:MODEL_VERSION, revision 7 of fraud)',
    ])
  })
})
