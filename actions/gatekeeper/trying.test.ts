import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import type { Predictions, Rows } from '../../src/domain/gate/rows.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { gate, RUN, registry } from '../../test/fakes/gatekeeper.ts'
import type { SameRows } from './same-rows.ts'

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
function wrongEach(nth: number): Predictions {
  const wrong = (row: number) => row % nth === 0
  return {
    classes: codes.map((code, row) => (wrong(row) ? 1 - code : code)),
    scores: Float64Array.from(codes, (code, row) => (wrong(row) ? 1 - code : code) + (row % 7) / 10),
    probabilities: undefined,
    digest: `wrong on each ${nth}`,
  }
}

const scored = (changes: Partial<SameRows & { kind: 'scored' }> = {}): SameRows => ({
  kind: 'scored',
  rows: rows(),
  predictions: { candidate: wrongEach(40), champion: wrongEach(8) },
  failures: {},
  invalid: [],
  notes: [],
  ...changes,
})

const asked = (gateLines: string) =>
  `${gateLines}\npredictions: {artifact: p.csv}\nholdout: {path: h.csv, positive: "1"}`

/** Judges what was scored; the scoring itself has tests of its own. */
async function judge(same: SameRows, policy = asked('metric: auc')) {
  const mlflow = registry()
  const given = { metric: '', policy }
  const outcome = await gate(mlflow, given, quietContext(), { score: async () => same })
  return { ...outcome, report: JSON.parse(readFileSync(outcome.outputs.report ?? '', 'utf8')) }
}

it('judges by the rows, whatever the runs logged', async () => {
  const { outputs, report } = await judge(scored(), asked('metric: accuracy'))
  expect(outputs).toMatchObject({
    verdict: 'promote',
    'judged-on': 'same-rows',
    'candidate-value': '0.975',
    'champion-value': '0.875',
  })
  expect(report).toMatchObject({ holdout: { digest: 'h', rows: COUNT }, judgedOn: 'same-rows' })
})

it('draws the same resamples for the same data and policy, and others for any other', async () => {
  const bounds = async (...given: Parameters<typeof judge>) => {
    const { report } = await judge(...given)
    const { low, high } = report.checks[0].change
    return [low, high]
  }
  const first = await bounds(scored())
  expect(await bounds(scored())).toEqual(first)
  expect(await bounds(scored({ rows: rows('another') }))).not.toEqual(first)
  expect(await bounds(scored(), asked('metric: auc\nmin_improvement: 0.001'))).not.toEqual(first)
})

it('proves nothing by an invalid holdout', async () => {
  const { outputs } = await judge(scored({ invalid: ['12 of its rows were trained on'] }))
  expect(outputs).toMatchObject({ verdict: 'inconclusive', reason: '12 of its rows were trained on' })
})

it('rejects a candidate that cannot be scored', async () => {
  const same = scored({
    predictions: { champion: wrongEach(8) },
    failures: { candidate: 'the script ended with 3' },
  })
  expect((await judge(same)).outputs).toMatchObject({
    verdict: 'reject',
    reason: 'the candidate cannot be scored: the script ended with 3',
  })
})

it('is red where it answers a known question wrong, and has written so', async () => {
  const { outputs, failure } = await judge(scored(), asked('metric: accuracy\nmin_improvement: 0.4'))
  expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
  expect(failure?.message).toMatch(/the gate is broken and judged nothing.*no candidate could ever pass/)
})

it.each([
  ['2026-01-02', '1', 'promote'],
  ['2026-01-01', '1', 'inconclusive'],
  ['2026-12-31', '2', 'inconclusive'],
])(
  'lets a champion that cannot be scored go until %s, where it is version %s: %s',
  async (until, version, verdict) => {
    const same = scored({
      predictions: { candidate: wrongEach(40) },
      failures: { champion: 'it lacks the column age' },
    })
    const policy = asked(
      `metric: accuracy\nmin_value: 0.9\nchampion: {incomparable: {version: ${version}, by: jane, reason: a new schema, until: ${until}}}`,
    )
    const { outputs, report } = await judge(same, policy)
    expect(outputs.verdict).toBe(verdict)
    const told = verdict === 'promote' ? report.notes.join() : outputs.reason
    expect(told).toContain(
      'champion 1 can no longer be scored, so the two are incomparable: it lacks the column age',
    )
    if (verdict === 'promote') expect(told).toContain('Let go by jane until 2026-01-02: a new schema')
  },
)

it('rejects nothing and promotes nothing where the champion changed while the models were scored', async () => {
  const mlflow = registry()
  const { outputs } = await gate(mlflow, { metric: '', policy: asked('metric: accuracy') }, quietContext(), {
    score: async () => {
      mlflow.all.push(fakeVersion('2'))
      mlflow.aliases.set('champion', '2')
      return scored()
    },
  })
  expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
  expect(outputs.reason).toMatch(/the champion changed .* from version 1 to version 2: judge it again/)
})

it('promotes nothing that went into quarantine while it was scored', async () => {
  const mlflow = registry()
  const tags = { [ledger.artifactDigest]: `digest-of-${RUN}`, [ledger.quarantined]: 'OOMKilled' }
  const { outputs } = await gate(mlflow, { metric: '', policy: asked('metric: accuracy') }, quietContext(), {
    score: async () => {
      mlflow.all.push(fakeVersion('2', { tags }))
      return scored()
    },
  })
  expect(outputs.verdict).toBe('inconclusive')
  expect(outputs.reason).toContain('OOMKilled')
})

it('rejects a candidate whose predictions lack what the metric is computed from, and calls such a champion incomparable', async () => {
  const { scores: _, ...said } = wrongEach(40)
  const blind = { ...said, scores: undefined, digest: 'blind' }
  const champion = wrongEach(8)
  expect((await judge(scored({ predictions: { candidate: blind, champion } }))).outputs.verdict).toBe(
    'reject',
  )
  const old = await judge(scored({ predictions: { candidate: champion, champion: blind } }))
  expect(old.outputs).toMatchObject({ verdict: 'inconclusive' })
  expect(old.outputs.reason).toContain('champion 1 can no longer be scored')
})

it('blames no candidate for what holds of both models', async () => {
  const failures = {
    candidate: '400 of 400 rows have no prediction',
    champion: '400 of 400 rows have no prediction',
  }
  const { outputs } = await judge(scored({ predictions: {}, failures }))
  expect(outputs).toMatchObject({ verdict: 'inconclusive', 'consecutive-rejections': '0' })
  expect(outputs.reason).toMatch(/^neither model can be judged on these rows: 400 of 400.*check the policy/)
})

it('writes nothing where the gate is broken, or the policy does not count', async () => {
  const broken = registry()
  const policy = asked('metric: accuracy\nmin_improvement: 0.4')
  await gate(broken, { metric: '', policy }, quietContext(), { score: async () => scored() })
  expect(broken.writes).toEqual([])
  const context = quietContext({ event: 'workflow_dispatch', env: { GITHUB_REF: 'refs/heads/mine' } })
  context.workspace = mkdtempSync(join(tmpdir(), 'policy-'))
  const outside = join(mkdtempSync(join(tmpdir(), 'outside-')), 'gate.yml')
  writeFileSync(outside, 'metric: auc\n')
  const mlflow = registry()
  const { outputs } = await gate(mlflow, { metric: '', policy: outside }, context)
  expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
  expect(mlflow.writes).toEqual([])
})
