import { describe, expect, it } from 'vitest'
import { ledger } from '../../src/domain/ledger.ts'
import { CHAMPION_RUN, champion, gate, RUN, readable, registry } from '../../test/fakes/gatekeeper.ts'

describe('what makes stored values prove nothing', () => {
  const data = (digest: string, context = 'test') => ({ name: 'holdout', digest, context })

  it('different evaluation data', async () => {
    const mlflow = registry(0.9, { datasets: [data('6dee42c1')] })
    const rival = mlflow.runs.get(CHAMPION_RUN)
    if (rival) mlflow.runs.set(CHAMPION_RUN, { ...rival, datasets: [data('00000000')] })
    const { outputs } = await gate(mlflow)
    expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
    expect(outputs.reason).toMatch(
      /evaluated on different data: .*6dee42c1, the champion on holdout 00000000/,
    )
  })

  it('unknown evaluation data, where the policy asks for the same', async () => {
    const policy = 'metric: auc\ncomparable: {same_data: required}'
    const { outputs } = await gate(registry(), { metric: '', policy })
    expect(outputs.verdict).toBe('inconclusive')
    expect(outputs.reason).toMatch(/asks for the same evaluation data.*the candidate's run does not say/)
  })

  it('a metric of the training data', async () => {
    const mlflow = registry(0.9, { datasets: [data('6dee42c1', 'training')] })
    mlflow.measuredOn = async () => [{ key: 'auc', name: 'holdout', digest: '6dee42c1' }]
    expect((await gate(mlflow)).outputs).toMatchObject({
      verdict: 'inconclusive',
      reason: 'auc of the candidate was measured on its training data (holdout): log it on a holdout',
    })
  })

  it('a metric of another step than the model', async () => {
    const models = [{ id: `m-${RUN}`, step: 5 }]
    const mlflow = registry(0.9, { models, steps: new Map([['auc', 10]]) })
    expect((await gate(mlflow)).outputs.reason).toMatch(
      /auc of the candidate is of step 10, and its model of step 5/,
    )
    const same = registry(0.9, { models, steps: new Map([['auc', 5]]) })
    expect((await gate(same)).outputs.verdict).toBe('promote')
  })

  it('a stale champion, where the policy says so', async () => {
    const mlflow = registry()
    mlflow.all[0] = { ...champion, tags: { ...champion.tags, [ledger.promotedAt]: '2025-09-01T00:00:00Z' } }
    const policy = 'metric: auc\nchampion: {max_age: 90d, on_stale: inconclusive}'
    expect((await gate(mlflow, { metric: '', policy })).outputs).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/champion 1 is 123 days old, and the policy calls it stale after 90/),
    })
    const warned = await gate(mlflow, { metric: '', policy: 'metric: auc\nchampion: {max_age: 90d}' })
    expect(warned.outputs.verdict).toBe('promote')
    expect(readable(warned.summary)).toContain('Champion 1 is 123 days old, and the policy calls it stale')
  })
})
