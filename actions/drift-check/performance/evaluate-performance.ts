import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import type { Prometheus } from '../../../src/adapters/prometheus/prometheus.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import { comparePerformance } from '../../../src/domain/drift/performance/performance.ts'
import type { PerformanceResult, PerformanceValue } from '../../../src/domain/drift/performance/result.ts'
import { listExamples, quote } from '../../../src/domain/table/messages.ts'
import { readModelSnapshot } from '../../../src/release/registry/model-snapshot.ts'
import type { PerformanceInputs } from './fields.ts'
import { describePerformanceProblem } from './messages.ts'
import { readMetricFile } from './read-file.ts'

type ReadMlflow = Pick<Mlflow, 'base' | 'getModel' | 'listVersions' | 'getRun'>

/** The outside of the comparison. A connection is opened only where the inputs need it. */
export interface PerformanceContext {
  workspace: string
  connectMlflow: () => ReadMlflow
  connectPrometheus: () => Pick<Prometheus, 'query'>
}

const DEFAULT_MAX_DROP = '0.05'

/**
 * Reads both values of the metric and compares them. Call it only with `performance-source`.
 * @throws UserError or Fault if a value cannot be read or compared: that is never "no drift"
 */
export async function evaluatePerformance(
  inputs: PerformanceInputs,
  context: PerformanceContext,
): Promise<PerformanceResult> {
  const metric = inputs['performance-metric'] ?? ''
  const { baseline, championRunId } = await readBaseline(inputs, metric, context)
  const current = await readCurrent(inputs, metric, context, championRunId)
  const relative = inputs['max-drop-relative']
  const result = comparePerformance({
    metric,
    higherIsBetter: inputs['higher-is-better'],
    baseline,
    current,
    limit:
      relative === undefined
        ? { kind: 'absolute', amount: inputs['max-drop'] ?? DEFAULT_MAX_DROP }
        : { kind: 'relative', amount: relative },
  })
  if ('metric' in result) return result
  throw new UserError(describePerformanceProblem(result, metric))
}

async function readBaseline(
  inputs: PerformanceInputs,
  metric: string,
  { connectMlflow }: PerformanceContext,
): Promise<{ baseline: PerformanceValue; championRunId?: string }> {
  const rows = inputs['performance-baseline-n']
  const given = inputs['performance-baseline']
  if (given !== undefined)
    return { baseline: { value: Number(given), rows, from: 'input performance-baseline' } }
  const name = inputs['model-name'] ?? ''
  const alias = inputs['champion-alias']
  const mlflow = connectMlflow()
  const { champion } = await readModelSnapshot(mlflow, { 'model-name': name, 'champion-alias': alias })
  const fix = 'Or set performance-baseline.'
  if (champion.kind !== 'version') {
    const why = champion.kind === 'none' ? `${mlflow.base} has no champion of it` : champion.reason
    throw new UserError(`Input model-name: ${quote(name)}: ${why}. Promote a version first. ${fix}`)
  }
  const { number, runId } = champion.version
  const run = runId ? await mlflow.getRun(runId) : undefined
  if (!run || run.deleted)
    throw new UserError(
      `Input model-name: the champion, version ${number} of ${quote(name)}, has no run ${run ? 'any more: it is deleted' : 'on the server'}. ${fix}`,
    )
  const value = run.metrics.get(metric)
  if (value === undefined) throw missingMetric(metric, run, `of the champion, version ${number},`, fix)
  return {
    baseline: { value, rows, from: `run ${run.id} of the champion, version ${number}` },
    championRunId: run.id,
  }
}

async function readCurrent(
  inputs: PerformanceInputs,
  metric: string,
  { workspace, connectMlflow, connectPrometheus }: PerformanceContext,
  championRunId: string | undefined,
): Promise<PerformanceValue> {
  const rows = inputs['performance-n']
  switch (inputs['performance-source']) {
    case 'mlflow': {
      const id = inputs['performance-run-id'] ?? ''
      const mlflow = connectMlflow()
      if (id === championRunId)
        throw new UserError(
          "Input performance-run-id: is the champion's own run, whose value is the baseline. Give the run that measured the current value.",
        )
      const run = await mlflow.getRun(id)
      if (!run || run.deleted || run.status !== 'FINISHED') {
        const state = !run ? 'does not exist' : run.deleted ? 'is deleted' : `is ${run.status}, not FINISHED`
        throw new UserError(
          `Input performance-run-id: run ${id} ${state} on ${mlflow.base}. Give a finished run, and check tracking-uri.`,
        )
      }
      const value = run.metrics.get(metric)
      if (value === undefined) throw missingMetric(metric, run, `${id}`, '')
      return { value, rows, from: `run ${id}` }
    }
    case 'prometheus': {
      const prometheus = connectPrometheus()
      const value = await prometheus.query(inputs.query ?? '')
      const count = inputs['count-query']
      return {
        value,
        rows: count === undefined ? rows : readCount(await prometheus.query(count)),
        from: 'Prometheus',
      }
    }
    default: {
      const path = inputs['performance-file'] ?? ''
      const read = await readMetricFile(path, metric, workspace)
      return { value: read.value, rows: rows ?? read.rows, from: path }
    }
  }
}

/** `increase` of Prometheus extrapolates to fractions. A part of a row is none. */
function readCount(count: number): number {
  const rows = Math.floor(count)
  if (rows >= 1) return rows
  throw new UserError(
    `Input count-query: the result is ${count}, so no labelled rows are behind the value. Wait for labels, or widen the window.`,
  )
}

function missingMetric(
  metric: string,
  { metrics, id }: { metrics: ReadonlyMap<string, number>; id: string },
  whose: string,
  fix: string,
): UserError {
  const run = whose === id ? `run ${id}` : `run ${id} ${whose}`
  return new UserError(
    `Input performance-metric: ${run} has no metric ${quote(metric)}; it has ${listExamples([...metrics.keys()]) || 'none'}. Correct the name. ${fix}`.trim(),
  )
}
