import type { Predictions, Rows } from '../../src/domain/gate/dataset/rows.ts'
import { evaluate } from '../../src/domain/gate/evaluation/evaluate.ts'
import { createRandom } from '../../src/domain/statistics/random.ts'
import { fakePolicy } from '../../test/fakes/gate-policy.ts'
import type { Benchmark } from '../benchmark.ts'

const CLASSES = 5000
const ROWS = 50_000
const RESAMPLES = 2000
const METRICS = ['balanced_accuracy', 'f1_macro']

/** Measures interval and self-tests with many small classes, without reading files. */
export const measureManyClasses: Benchmark = async () => {
  const scored = { ...drawModels(), anchor: undefined, seed: '0bench00' }
  return METRICS.map((metric) => {
    const policy = fakePolicy({
      primary: { metric, direction: 'higher', statistic: metric, minValue: undefined },
      comparison: { kind: 'challenger', minImprovement: { absolute: '0.001' } },
      statistics: { confidence: 0.95, resamples: RESAMPLES, minRows: 30, minGroups: 10 },
    })
    const started = performance.now()
    const model = (name: string) => ({ name, metrics: new Map<string, number>() })
    const { checks } = evaluate({
      policy,
      candidate: model('candidate'),
      champion: model('champion 1'),
      anchor: undefined,
      scored,
      loggedRowCount: undefined,
    })
    const seconds = (performance.now() - started) / 1000
    if (checks[0]?.result !== 'pass') throw new Error(`${metric} must pass a gain of 0.1`)
    return {
      name: `${metric} of ${ROWS.toLocaleString('en')} rows of ${CLASSES.toLocaleString('en')} classes, ${RESAMPLES.toLocaleString('en')} resamples`,
      figure: `${seconds.toFixed(1)} s`,
      target: 'at most 10 s',
      isMet: seconds <= 10,
    }
  })
}

/** A candidate that is wrong on a tenth of the rows, and a champion that is wrong on a fifth. */
function drawModels(): { rows: Rows; candidate: Predictions; champion: Predictions } {
  const { below } = createRandom('0bench00')
  const codes = new Int32Array(ROWS).map((_, row) => row % CLASSES)
  const model = (digest: string, oneIn: number): Predictions => ({
    classes: codes.map((code) => (below(oneIn) === 0 ? (code + 1 + below(CLASSES - 1)) % CLASSES : code)),
    scores: undefined,
    probabilities: undefined,
    digest,
  })
  const rows: Rows = {
    count: ROWS,
    labels: {
      kind: 'classes',
      codes,
      names: Array.from({ length: CLASSES }, (_, code) => `class ${code}`),
      positive: undefined,
    },
    groups: undefined,
    queries: undefined,
    weights: undefined,
    times: undefined,
    columns: new Map(),
    digest: 'drawn',
  }
  return { rows, candidate: model('candidate', 10), champion: model('champion', 5) }
}
