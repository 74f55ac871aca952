import { describe, expect, it } from 'vitest'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { champion, gate, RUN, readable, registry } from '../../test/fakes/gatekeeper.ts'

describe('the candidate', () => {
  it('judges a champion in quarantine anew', async () => {
    const mlflow = registry()
    mlflow.all[0] = { ...champion, tags: { ...champion.tags, [ledger.quarantined]: 'OOMKilled' } }
    const { outputs } = await gate(mlflow, { 'run-id': '', 'model-version': '1' })
    expect(outputs).toMatchObject({ verdict: 'reject' })
  })

  it('asks which of several models is meant, or what a wrong model-id should be, and writes nothing', async () => {
    const ids = ['1', '2'].map((digit) => `m-${digit.repeat(32)}`)
    const models = ids.map((id) => ({ id, step: 0 }))
    const mlflow = registry(0.9, { models })
    await expect(gate(mlflow)).rejects.toThrow(
      `Input model-id: the run ${RUN} logged several models (${ids.join(', ')}); say which is meant.`,
    )
    const wrong = gate(mlflow, { 'model-id': `m-${'3'.repeat(32)}` })
    await expect(wrong).rejects.toBeInstanceOf(UserError)
    await expect(wrong).rejects.toThrow(/^Input model-id: .* did not log m-3+; it logged m-1+, m-2+\.$/)
    expect(mlflow.writes).toEqual([])
    expect((await gate(mlflow, { 'model-id': ids[1] ?? '' })).outputs.verdict).toBe('promote')
    const none = gate(registry(0.9, { models: [] }), { 'model-id': ids[0] ?? '' })
    await expect(none).rejects.toThrow(/it logged none\.$/)
  })

  it('gives a reason on one line, also one that an older suite recorded on several', async () => {
    const mlflow = registry(0.7)
    const forced = await gate(mlflow, { force: 'true', 'force-reason': 'a\nb' })
    expect(forced.outputs.reason).toMatch(/^forced by ada: a b; /)
    const { tags } = mlflow.all[1] ?? champion
    expect([tags[ledger.reason], tags[ledger.forced]].join()).not.toContain('\n')
    const old = { [ledger.verdict]: 'promote', [ledger.reason]: 'c\nd' }
    mlflow.all[1] = { ...(mlflow.all[1] ?? champion), tags: old }
    mlflow.aliases.set('champion', '2')
    expect((await gate(mlflow)).outputs.reason).toMatch(/its verdict then: c d$/)
  })

  it('may not be a version that borrows the run, and so the metrics, of another model', async () => {
    const mlflow = registry()
    const source = `models:/m-${'b'.repeat(32)}`
    mlflow.all.push(fakeVersion('2', { runId: RUN, source }))
    const { outputs } = await gate(mlflow, { 'run-id': '', 'model-version': '2' })
    expect(outputs.verdict).toBe('reject')
    expect(outputs.reason).toMatch(/version 2 are the logged model m-b+, which its run c+ did not log/)
  })

  describe('a version whose files the server does not list', () => {
    const unlisted = new Unlisted({ call: 'GET model-versions/get-download-uri', said: 'no', next: 'Wait.' })
    const legacy = (tags: Record<string, string> = {}) => {
      const mlflow = registry()
      mlflow.all.push(fakeVersion('2', { runId: RUN, source: 's3://bucket/model', tags }))
      const { placeOf, artifactDigest } = mlflow
      const known =
        <T>(ask: (version: ModelVersion) => Promise<T>) =>
        (version: ModelVersion) =>
          version.source.startsWith('s3:') ? Promise.reject(unlisted) : ask(version)
      return Object.assign(mlflow, { placeOf: known(placeOf), artifactDigest: known(artifactDigest) })
    }
    const asked = { 'run-id': '', 'model-version': '2', force: 'true', 'force-reason': 'now' }

    it('is undecided, also with force, and the reason says what to do', async () => {
      const mlflow = legacy()
      const { outputs, failure } = await gate(mlflow, asked)
      expect(failure).toBeUndefined()
      expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false', 'model-version': '2' })
      expect(outputs.reason).toMatch(
        /version 2 are at s3:\/\/bucket\/model, which .* does not list.*models:\/m-/,
      )
      expect(mlflow.all[1]?.tags[ledger.verdict]).toBe('inconclusive')
    })

    it('is known by its own quarantine all the same', async () => {
      const { outputs } = await gate(legacy({ [ledger.quarantined]: 'OOMKilled' }), asked)
      expect(outputs.verdict).toBe('reject')
      expect(outputs.reason).toContain('quarantined: these files are version 2, OOMKilled')
    })

    it('is a fault where the server is only away', async () => {
      const mlflow = registry()
      mlflow.placeOf = () =>
        Promise.reject(new Fault({ system: 'MLflow', call: 'GET', said: 'x', next: 'y' }))
      await expect(
        gate(mlflow, { 'run-id': '', 'model-version': '1', metric: 'auc' }),
      ).rejects.toBeInstanceOf(Fault)
    })
  })

  it('says for which model a run was judged, and writes the verdict for another one anew', async () => {
    const mlflow = registry(0.7, { tags: {} })
    await gate(mlflow)
    expect(mlflow.runs.get(RUN)?.tags[ledger.modelName]).toBe('fraud')
    const { length } = mlflow.writes
    await gate(mlflow, { 'model-name': 'fraud-eu' })
    expect(mlflow.runs.get(RUN)?.tags[ledger.modelName]).toBe('fraud-eu')
    expect(mlflow.writes.length).toBeGreaterThan(length)
  })

  it("leaves another model's verdict on a run alone, where the promotion stands on a version", async () => {
    const tags = { [ledger.verdict]: 'reject', [ledger.modelName]: 'fraud-eu' }
    const mlflow = registry(0.9, { tags })
    await gate(mlflow)
    expect(mlflow.runs.get(RUN)?.tags).toEqual(tags)
  })

  it('shows outside text as text', async () => {
    const metric = '<img src=x>|[a](http://x)'
    const mlflow = registry()
    const { summary } = await gate(mlflow, { metric })
    expect(summary).not.toMatch(/<img|\]\(http:\/\/x|(?<!&#\d+);<|\|\[/)
    expect(readable(summary)).toContain(`the candidate's ${metric} is missing`)
    expect(readable(summary)).toContain(`| ${metric} |`)
  })

  it('needs exactly one candidate that is there', async () => {
    await expect(gate(registry(), { 'model-version': '1' })).rejects.toThrow(
      /exactly one of run-id and model-version/,
    )
    await expect(gate(registry(), { 'run-id': '' })).rejects.toThrow(/exactly one/)
    await expect(gate(registry(), { 'run-id': 'd'.repeat(32) })).rejects.toThrow(
      /Input run-id: .*knows no run/,
    )
    await expect(gate(registry(), { 'run-id': '', 'model-version': '9' })).rejects.toThrow(/no version 9/)
  })
})
