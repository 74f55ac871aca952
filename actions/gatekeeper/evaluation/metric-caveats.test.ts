import { describe, expect, it } from 'vitest'
import { versionTags } from '../../../src/domain/registry/version-tags.ts'
import {
  CANDIDATE_RUN,
  CHAMPION_RUN,
  championVersion,
  decodeEntities,
  registryWithChampion,
  runGate,
} from '../../../test/fakes/gatekeeper.ts'

describe('logged metrics are inconclusive with', () => {
  const data = (digest: string, context = 'test') => ({ name: 'holdout', digest, context })

  it('different evaluation data', async () => {
    const mlflow = registryWithChampion(0.9, { datasets: [data('6dee42c1')] })
    const championRun = mlflow.runs.get(CHAMPION_RUN)
    if (championRun) mlflow.runs.set(CHAMPION_RUN, { ...championRun, datasets: [data('00000000')] })
    const { outputs } = await runGate(mlflow)
    expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
    expect(outputs.reason).toMatch(
      /evaluated on different data: .*6dee42c1, the champion on holdout 00000000/,
    )
  })

  it.each(['val', 'test_data', 'oot'])('different evaluation data of context %j', async (context) => {
    const mlflow = registryWithChampion(0.9, { datasets: [data('6dee42c1', context)] })
    const championRun = mlflow.runs.get(CHAMPION_RUN)
    if (championRun) mlflow.runs.set(CHAMPION_RUN, { ...championRun, datasets: [data('00000000', context)] })
    expect((await runGate(mlflow)).outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
  })

  it('unknown evaluation data, if the policy requires the same data', async () => {
    const policy = 'metric: auc\ncomparable: {same_data: required}'
    const { outputs } = await runGate(registryWithChampion(), { metric: '', policy })
    expect(outputs.verdict).toBe('inconclusive')
    expect(outputs.reason).toMatch(/requires the same evaluation data.*the candidate's run does not record/)
  })

  it('data of which the runs share a part, if the policy requires the same data', async () => {
    const mlflow = registryWithChampion(0.9, { datasets: [data('6dee42c1'), data('11111111', 'val')] })
    const championRun = mlflow.runs.get(CHAMPION_RUN)
    if (championRun) mlflow.runs.set(CHAMPION_RUN, { ...championRun, datasets: [data('6dee42c1')] })
    const policy = (sameData: string) => `metric: auc\ncomparable: {same_data: ${sameData}}`
    const required = await runGate(mlflow, { metric: '', policy: policy('required') })
    expect(required.outputs.verdict).toBe('inconclusive')
    expect(required.outputs.reason).toMatch(
      /requires the same evaluation data.*but not both holdout 11111111/,
    )
    const known = await runGate(mlflow, { metric: '', policy: policy('known') })
    expect(known.outputs.verdict).toBe('promote')
    expect(decodeEntities(known.summary)).toMatch(
      /Unknown whether both runs were evaluated on the same data: both runs name holdout 6dee42c1, but not/,
    )
  })

  it.each([
    [
      'None',
      'comparable: {same_data: required}',
      /^"eval.dataset_sha256" of the candidate's run is "None", which is no sha256/,
    ],
    [
      'abc',
      '',
      /^"eval.dataset_sha256" of the candidate's run is "abc".*; "eval.dataset_sha256" of the champion's run is "abc"/,
    ],
    [
      '10k',
      'comparable: {sha256: other, rows: eval.dataset_sha256}',
      /the candidate's run is "10k", which is no number of rows/,
    ],
    [
      '',
      'comparable: {rows: eval.dataset_sha256}',
      /the candidate's run lacks the param "eval.dataset_sha256" with its number of rows/,
    ],
  ])('the record %j, with the policy %j', async (text, key, reason) => {
    const params = new Map([['eval.dataset_sha256', text]])
    const mlflow = registryWithChampion(0.9, { params })
    const championRun = mlflow.runs.get(CHAMPION_RUN)
    if (championRun) mlflow.runs.set(CHAMPION_RUN, { ...championRun, params })
    const { outputs } = await runGate(mlflow, { metric: '', policy: `metric: auc\n${key}` })
    expect(outputs.verdict).toBe('inconclusive')
    expect(outputs.reason).toMatch(reason)
  })

  it('a metric measured on the training data', async () => {
    const mlflow = registryWithChampion(0.9, { datasets: [data('6dee42c1', 'fit')] })
    mlflow.getMetricDatasets = async () => [{ key: 'auc', name: 'holdout', digest: '6dee42c1' }]
    expect((await runGate(mlflow)).outputs).toMatchObject({
      verdict: 'inconclusive',
      reason: 'auc of the candidate was measured on its training data (holdout). Log it on a holdout',
    })
  })

  it('a metric that another model of the same step links to the training data, as a search', async () => {
    const [best = '', search = ''] = ['1', '2'].map((digit) => `m-${digit.repeat(32)}`)
    const link = [{ key: 'auc', name: 'holdout', digest: '6dee42c1' }]
    for (const [step, verdict] of [
      [3, 'inconclusive'],
      [0, 'promote'],
    ] as const) {
      const models = [
        { id: best, step: 3 },
        { id: search, step },
      ]
      const mlflow = registryWithChampion(0.9, { models, datasets: [data('6dee42c1', 'fit')] })
      mlflow.getMetricDatasets = async (id) => (id === search ? link : [])
      expect((await runGate(mlflow, { 'model-id': best })).outputs).toMatchObject({ verdict })
    }
  })

  it('a metric of another step than the model', async () => {
    const models = [{ id: `m-${CANDIDATE_RUN}`, step: 5 }]
    const mlflow = registryWithChampion(0.9, { models, steps: new Map([['auc', 10]]) })
    expect((await runGate(mlflow)).outputs.reason).toMatch(
      /auc of the candidate is from step 10, but its model is from step 5/,
    )
    const same = registryWithChampion(0.9, { models, steps: new Map([['auc', 5]]) })
    expect((await runGate(same)).outputs.verdict).toBe('promote')
  })

  it('a stale champion, if the policy says so', async () => {
    const mlflow = registryWithChampion()
    mlflow.allVersions[0] = {
      ...championVersion,
      tags: { ...championVersion.tags, [versionTags.promotedAt]: '2025-09-01T00:00:00Z' },
    }
    const policy = 'metric: auc\nchampion: {max_age: 90d, on_stale: inconclusive}'
    const misdated = registryWithChampion()
    // Years of another calendar are no age: the creation of the version counts.
    misdated.allVersions[0] = { ...championVersion, tags: { [versionTags.promotedAt]: '2569-01-01' } }
    expect((await runGate(misdated, { metric: '', policy })).outputs.reason).toMatch(/champion 1 is stale/)
    expect((await runGate(mlflow, { metric: '', policy })).outputs).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/champion 1 is stale: 123 days old, and champion.max_age is 90 days/),
    })
    const warned = await runGate(mlflow, { metric: '', policy: 'metric: auc\nchampion: {max_age: 90d}' })
    expect(warned.outputs.verdict).toBe('promote')
    expect(decodeEntities(warned.summary)).toContain(
      'Champion 1 is stale: 123 days old, and champion.max_age is 90 days',
    )
  })
})
