import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Predictions, Rows } from '../../../src/domain/gate/dataset/rows.ts'
import { versionTags } from '../../../src/domain/registry/version-tags.ts'
import { fakeContext } from '../../../test/fakes/context.ts'
import { CANDIDATE_RUN, registryWithChampion, runGate } from '../../../test/fakes/gatekeeper.ts'
import { fakeVersion } from '../../../test/fakes/mlflow.ts'
import type { ScoringResult } from './score-models.ts'

const COUNT = 400
const codes = Int32Array.from({ length: COUNT }, (_, row) => row % 2)

function rows(digest = 'h'): Rows {
  return {
    count: COUNT,
    labels: { kind: 'classes', codes, names: ['0', '1'], positive: 1 },
    groups: undefined,
    queries: undefined,
    weights: undefined,
    times: undefined,
    columns: new Map(),
    digest,
  }
}

/** Predictions that are wrong on every n-th row. */
function wrongEveryNth(nth: number): Predictions {
  const wrong = (row: number) => row % nth === 0
  return {
    classes: codes.map((code, row) => (wrong(row) ? 1 - code : code)),
    scores: Float64Array.from(codes, (code, row) => (wrong(row) ? 1 - code : code) + (row % 7) / 10),
    probabilities: undefined,
    digest: `wrong on each ${nth}`,
  }
}

const scored = (changes: Partial<ScoringResult & { kind: 'scored' }> = {}): ScoringResult => ({
  kind: 'scored',
  rows: rows(),
  predictions: { candidate: wrongEveryNth(40), champion: wrongEveryNth(8) },
  failures: {},
  invalid: [],
  notes: [],
  ...changes,
})

const parseGate = (gateLines: string) =>
  `${gateLines}\npredictions: {artifact: p.csv}\nholdout: {path: h.csv, positive: "1"}`

/** Runs the gate on a scoring result. */
async function evaluateScored(result: ScoringResult, policy = parseGate('metric: auc')) {
  const mlflow = registryWithChampion()
  const given = { metric: '', policy }
  const outcome = await runGate(mlflow, given, fakeContext(), { scoreModels: async () => result })
  return { ...outcome, report: JSON.parse(readFileSync(outcome.outputs.report ?? '', 'utf8')) }
}

it('evaluates on the rows, whatever the runs logged', async () => {
  const { outputs, report } = await evaluateScored(scored(), parseGate('metric: accuracy'))
  expect(outputs).toMatchObject({
    verdict: 'promote',
    'evaluation-basis': 'paired',
    'candidate-value': '0.975',
    'champion-value': '0.875',
  })
  expect(report).toMatchObject({ holdout: { digest: 'h', rows: COUNT }, evaluationBasis: 'paired' })
})

it('derives the resamples from data and policy', async () => {
  const bounds = async (...given: Parameters<typeof evaluateScored>) => {
    const { report } = await evaluateScored(...given)
    const { low, high } = report.checks[0].change
    return [low, high]
  }
  const first = await bounds(scored())
  expect(await bounds(scored())).toEqual(first)
  expect(await bounds(scored({ rows: rows('another') }))).not.toEqual(first)
  expect(await bounds(scored(), parseGate('metric: auc\nmin_improvement: 0.001'))).not.toEqual(first)
})

it('is inconclusive with an invalid holdout', async () => {
  const { outputs } = await evaluateScored(scored({ invalid: ['12 of its rows were trained on'] }))
  expect(outputs).toMatchObject({ verdict: 'inconclusive', reason: '12 of its rows were trained on' })
})

it('rejects a candidate that cannot be scored', async () => {
  const scoring = scored({
    predictions: { champion: wrongEveryNth(8) },
    failures: { candidate: 'the script ended with 3' },
  })
  expect((await evaluateScored(scoring)).outputs).toMatchObject({
    verdict: 'reject',
    reason: 'the candidate cannot be scored: the script ended with 3',
  })
})

it('fails the step if a self-test fails', async () => {
  const { outputs, failure } = await evaluateScored(
    scored(),
    parseGate('metric: accuracy\nmin_improvement: 0.4'),
  )
  expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
  expect(failure?.message).toMatch(/gate self-test failed: .*No candidate can pass/)
})

it.each([
  ['2026-01-02', '1', 'promote'],
  ['2026-01-01', '1', 'inconclusive'],
  ['2026-12-31', '2', 'inconclusive'],
])('applies a waiver until %s for version %s: %s', async (until, version, verdict) => {
  const scoring = scored({
    predictions: { candidate: wrongEveryNth(40) },
    failures: { champion: 'it lacks the column age' },
  })
  const policy = parseGate(
    `metric: accuracy\nmin_value: 0.9\nchampion: {waiver: {version: ${version}, by: jane, reason: a new schema, until: ${until}}}`,
  )
  const { outputs, report } = await evaluateScored(scoring, policy)
  expect(outputs.verdict).toBe(verdict)
  const text = verdict === 'promote' ? report.notes.join() : outputs.reason
  expect(text).toContain(
    'champion 1 cannot be scored, so the two models are incomparable: it lacks the column age',
  )
  if (verdict === 'promote') expect(text).toContain('Waived by jane until 2026-01-02: a new schema')
})

it('is inconclusive if the champion changes during scoring', async () => {
  const mlflow = registryWithChampion()
  const { outputs } = await runGate(
    mlflow,
    { metric: '', policy: parseGate('metric: accuracy') },
    fakeContext(),
    {
      scoreModels: async () => {
        mlflow.allVersions.push(fakeVersion('2'))
        mlflow.aliases.set('champion', '2')
        return scored()
      },
    },
  )
  expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
  expect(outputs.reason).toMatch(/the champion changed .* from version 1 to version 2. Re-run the gate/)
})

it('does not promote a candidate that is quarantined during scoring', async () => {
  const mlflow = registryWithChampion()
  const tags = {
    [versionTags.artifactDigest]: `digest-of-${CANDIDATE_RUN}`,
    [versionTags.quarantined]: 'OOMKilled',
  }
  const { outputs } = await runGate(
    mlflow,
    { metric: '', policy: parseGate('metric: accuracy') },
    fakeContext(),
    {
      scoreModels: async () => {
        mlflow.allVersions.push(fakeVersion('2', { tags }))
        return scored()
      },
    },
  )
  expect(outputs.verdict).toBe('inconclusive')
  expect(outputs.reason).toContain('OOMKilled')
})

it('rejects a candidate whose predictions lack the data of the metric, and is inconclusive for such a champion', async () => {
  const { scores: _, ...withoutScores } = wrongEveryNth(40)
  const unscored = { ...withoutScores, scores: undefined, digest: 'unscored' }
  const champion = wrongEveryNth(8)
  expect(
    (await evaluateScored(scored({ predictions: { candidate: unscored, champion } }))).outputs.verdict,
  ).toBe('reject')
  const incomparable = await evaluateScored(
    scored({ predictions: { candidate: champion, champion: unscored } }),
  )
  expect(incomparable.outputs).toMatchObject({ verdict: 'inconclusive' })
  expect(incomparable.outputs.reason).toContain('champion 1 cannot be scored')
})

it('is inconclusive if neither model can be scored', async () => {
  const failures = {
    candidate: '400 of 400 rows have no prediction',
    champion: '400 of 400 rows have no prediction',
  }
  const { outputs } = await evaluateScored(scored({ predictions: {}, failures }))
  expect(outputs).toMatchObject({ verdict: 'inconclusive', 'consecutive-rejections': '0' })
  expect(outputs.reason).toMatch(/^neither model can be scored on these rows: 400 of 400.*Check the policy/)
})

it('writes nothing if a self-test fails or the policy is untrusted', async () => {
  const selfTestFails = registryWithChampion()
  const policy = parseGate('metric: accuracy\nmin_improvement: 0.4')
  await runGate(selfTestFails, { metric: '', policy }, fakeContext(), { scoreModels: async () => scored() })
  expect(selfTestFails.writes).toEqual([])
  const context = fakeContext({ event: 'workflow_dispatch', env: { GITHUB_REF: 'refs/heads/mine' } })
  context.workspace = mkdtempSync(join(tmpdir(), 'policy-'))
  const outside = join(mkdtempSync(join(tmpdir(), 'outside-')), 'gate.yml')
  writeFileSync(outside, 'metric: auc\n')
  const mlflow = registryWithChampion()
  const { outputs } = await runGate(mlflow, { metric: '', policy: outside }, context)
  expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
  expect(mlflow.writes).toEqual([])
})

describe('the required sample size', () => {
  const alike = { candidate: wrongEveryNth(19), champion: wrongEveryNth(21) }
  const group = (names: number) => ({ codes: codes.map((_, row) => row % names), names: [] })
  const policy = parseGate('metric: accuracy\nmin_improvement: 0.001')
  const sizes = async (changes: Partial<Rows>, text = policy) => {
    const { outputs } = await evaluateScored(
      scored({ rows: { ...rows(), ...changes }, predictions: alike }),
      text,
    )
    const { verdict, reason = '' } = outputs
    const [size, unit] = [outputs['required-sample-size'], outputs['required-sample-size-unit']]
    return { verdict, reason, size, unit }
  }

  it.each([
    ['rows', {}],
    ['rows', { queries: group(40) }],
    ['groups', { groups: group(40) }],
  ])('is in the unit of the reason: %s', async (wanted, changes) => {
    const { verdict, reason, size, unit } = await sizes(changes)
    expect([verdict, unit]).toEqual(['inconclusive', wanted])
    expect(reason).toContain(`about ${Number(size).toLocaleString('en-US')} ${wanted} would decide`)
    expect(Number(size)).toBeGreaterThan(wanted === 'rows' ? COUNT : 40)
  })

  it('of a slice is scaled to the holdout, and one of a slice that passes does not count', async () => {
    const country = { codes: codes.map((_, row) => Number(row % 5 === 1)), names: ['DE', 'FR'] }
    const text = (slice: string) =>
      parseGate(
        `metric: accuracy\nkind: refresh\nmargin: 0.1\nslices: [{column: country, values: [FR], ${slice}}]`,
      )
    const columns = new Map([['country', country]])
    const large = await sizes({ columns }, text('max_regression: 0.01, min_samples: 50'))
    const ofSlice = Number(/about ([\d,]+) rows of this slice/.exec(large.reason)?.[1]?.replaceAll(',', ''))
    expect(large).toMatchObject({ verdict: 'inconclusive', unit: 'rows', size: String(5 * ofSlice) })
    const small = await sizes({ columns }, text('max_regression: 0.01, min_samples: 81'))
    expect(small).toMatchObject({ verdict: 'promote', unit: '', size: '' })
  })
})
