import type { EstimateResult } from '../../src/domain/drift/estimate.ts'
import type { PerformanceResult } from '../../src/domain/drift/performance/result.ts'
import type { DataDriftResult, DriftSettings } from '../../src/domain/drift/result.ts'
import { countDrifted } from '../../src/domain/drift/series/k-of-n.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { EarlierCheck } from './history.ts'
import { describeDependence, describeEstimateProblem, describeReason } from './messages.ts'
import { describePerformance } from './performance/messages.ts'
import type { ReadSide } from './read-side.ts'
import { buildColumnReports } from './report.ts'
import type { Report } from './report-schema.ts'

type DriftInputs = Inputs<typeof contract>

export interface Comparison {
  reference: ReadSide
  current: ReadSide
  result: DataDriftResult
  estimate: EstimateResult | undefined
}

/** What a check has found. A part is undefined if it was not asked for, or could not be read. */
export interface CheckEvidence {
  data: Comparison | undefined
  performance: PerformanceResult | undefined
  /** Oldest first. */
  earlier: readonly EarlierCheck[]
  errors: readonly Error[]
}

/** The thresholds that the inputs set. */
export function toSettings(inputs: DriftInputs): DriftSettings {
  return {
    policy: inputs['drift-policy'],
    sigmas: inputs.sigmas,
    alpha: inputs.alpha,
    floors: {
      numeric: inputs['numeric-floor'],
      categorical: inputs['categorical-floor'],
      nulls: inputs['null-floor'],
    },
    minDriftedColumns: inputs['min-drifted-columns'],
    criticalColumns: inputs['critical-columns'],
    extraColumns: inputs['extra-columns'],
  }
}

/** The whole result of a check. All but `meta` depends on its data and inputs only. */
export function buildReport(evidence: CheckEvidence, inputs: DriftInputs, meta: Report['meta']): Report {
  const { data, performance } = evidence
  const showValues = inputs['show-values']
  const decision = decideVerdict(evidence, inputs['k-of-n'])
  const errors = evidence.errors.map(({ message }) => message)
  const result = data?.result
  const { policy: name, ...thresholds } = toSettings(inputs)
  return {
    schema: 1,
    ...decision,
    reason: describeReason({ ...decision, errors, data: result, performance, showValues }),
    errors,
    policy: { name, ...thresholds, criticalColumns: [...thresholds.criticalColumns] },
    seed: Number(inputs.seed),
    dataDrift: result ? result.verdict === 'drift' : null,
    reference: data ? describeSide(data.reference) : null,
    current: data ? describeSide(data.current) : null,
    dependence: result
      ? {
          ...result.dependence,
          dependentColumns: [...result.dependence.dependentColumns],
          sortedBy: [...result.dependence.sortedBy],
        }
      : null,
    driftedColumns: [...(result?.driftedColumns ?? [])],
    driftShare: result?.driftShare ?? null,
    columns: result ? buildColumnReports(result, showValues) : [],
    performance: performance ? buildPerformanceReport(performance) : null,
    estimate: buildEstimate(data?.estimate),
    notes: listNotes(evidence, decision.kOfN),
    meta,
  }
}

type Decision = Pick<Report, 'verdict' | 'drifted' | 'kOfN'>

/** An error is never "no drift". With k of n, this check must have drifted itself. */
function decideVerdict(
  { data, performance, earlier, errors }: CheckEvidence,
  rule: DriftInputs['k-of-n'],
): Decision {
  if (errors.length > 0) return { verdict: 'error', drifted: null, kOfN: null }
  const parts = [data?.result.verdict, performance?.kind]
  const drifted = parts.includes('drift')
  const counted =
    rule &&
    countDrifted(
      earlier.map((check) => check.drifted),
      drifted,
      rule.n,
    )
  const kOfN = rule && counted ? { ...rule, ...counted } : null
  if (drifted) return { verdict: !kOfN || kOfN.drifted >= kOfN.k ? 'drift' : 'stable', drifted, kOfN }
  return { verdict: parts.includes('inconclusive') ? 'inconclusive' : 'stable', drifted, kOfN }
}

function describeSide({ files, sha256, dataset }: ReadSide) {
  const sampledRows = dataset.sample?.positions.length ?? dataset.rows
  return { files: [...files], sha256, rows: dataset.rows, sampledRows }
}

function buildPerformanceReport(result: PerformanceResult): Report['performance'] {
  const { kind, metric, higherIsBetter, baseline, current, drop, limit, interval } = result
  const value = ({ rows, ...rest }: PerformanceResult['baseline']) => ({ ...rest, rows: rows ?? null })
  return {
    verdict: kind,
    reason: describePerformance(result),
    metric,
    higherIsBetter,
    baseline: value(baseline),
    current: value(current),
    drop,
    limit,
    interval: interval ? { low: interval.low, high: interval.high, confidence: interval.confidence } : null,
  }
}

function buildEstimate(estimate: EstimateResult | undefined): Report['estimate'] {
  if (estimate?.kind !== 'estimated') return null
  const { kind, ...numbers } = estimate
  return numbers
}

function listNotes({ data, earlier }: CheckEvidence, kOfN: Report['kOfN']): string[] {
  const estimate = data?.estimate
  return [
    ...(data ? [...data.reference.notes, ...data.current.notes, ...describeDependence(data.result)] : []),
    ...(estimate?.kind === 'not-estimated' ? [describeEstimateProblem(estimate.problem)] : []),
    ...(kOfN && kOfN.checks < kOfN.n
      ? [
          `Only ${kOfN.checks} of the last ${kOfN.n} checks are known: history has ${earlier.length}. Missing ones count as not drifted.`,
        ]
      : []),
  ]
}
