import { describe, expect, it } from 'vitest'
import { fakeMlflow } from '../../src/adapters/mlflow/fake.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { candidate, champion, promote, registry } from '../../test/fakes/promote.ts'
import { live } from '../../test/fakes/serving.ts'

describe('promote', () => {
  it('moves the champion to what serves, keeps the one before, and writes the ledger first', async () => {
    const mlflow = registry()
    const { outputs, summary } = await promote(mlflow, { 'expected-champion': '1' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
    expect(Object.fromEntries(mlflow.aliases)).toEqual({ champion: '2', previous: '1' })
    expect(mlflow.writes.map((write) => write.split(' ').slice(0, 2).join(' '))).toEqual([
      'setVersionTags 2',
      'setAlias previous',
      'setAlias champion',
    ])
    expect(mlflow.all[1]?.tags).toMatchObject({
      [ledger.promotedAt]: '2026-01-02T03:04:05.000Z',
      [ledger.promotedBy]: 'ada',
      [ledger.promotedFrom]: '1',
      [ledger.proof]: 'cluster: 1 pod of deployment/fraud ready, env:MODEL_VERSION, revision 7 of fraud',
    })
    expect(summary).toContain('version 2 is the champion now')
  })

  it('changes nothing when done twice: the one before is not overwritten by the champion itself', async () => {
    const mlflow = registry()
    await promote(mlflow, { 'expected-champion': '1' })
    const { length } = mlflow.writes
    const { outputs } = await promote(mlflow, { 'expected-champion': '1' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'false' })
    expect(mlflow.writes.length).toBe(length)
  })

  it('comes to the same end after being killed before any of its writes', async () => {
    for (const killedAt of [0, 1, 2]) {
      const mlflow = registry()
      let count = 0
      mlflow.beforeWrite = () => {
        if (count++ === killedAt) throw new Error('killed')
      }
      await expect(promote(mlflow, { 'expected-champion': '1' })).rejects.toThrow('killed')
      expect(mlflow.aliases.get('champion')).toBe('1')
      const { outputs } = await promote(mlflow, { 'expected-champion': '1' })
      expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'true' })
      expect(mlflow.all[1]?.tags[ledger.promotedFrom]).toBe('1')
    }
  })

  it('promotes a first model, and has no one before', async () => {
    const mlflow = fakeMlflow({ versions: [candidate] })
    const { outputs } = await promote(mlflow, { 'expected-champion': 'none' })
    expect(outputs).toEqual({ 'champion-version': '2', 'previous-version': 'none', changed: 'true' })
    expect(mlflow.all[0]?.tags[ledger.promotedFrom]).toBe('none')
  })

  it('takes over from a stage', async () => {
    const mlflow = fakeMlflow({ versions: [{ ...champion, stage: 'Production' }, candidate] })
    const { outputs } = await promote(mlflow, { 'expected-champion': '1' })
    expect(outputs).toMatchObject({ 'champion-version': '2', 'previous-version': '1' })
  })

  it('never leaves the champion as the one before itself', async () => {
    const mlflow = fakeMlflow({ versions: [candidate], aliases: { previous: '2' } })
    const { outputs } = await promote(mlflow)
    expect(outputs).toMatchObject({ 'champion-version': '2', 'previous-version': 'none' })
  })

  it('says on one line how it ended', async () => {
    const told = quietContext()
    await promote(registry(), {}, live('2'), told)
    expect(told.said).toEqual([
      'version 2 is the champion now (proof: cluster: 1 pod of deployment/fraud ready, env:MODEL_VERSION, revision 7 of fraud)',
    ])
  })
})
