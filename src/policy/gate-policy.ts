import type {
  Amount,
  Comparison,
  GatePolicy,
  HoldoutPolicy,
  PredictionsPolicy,
} from '../domain/gate/criteria/gate-policy.ts'
import type { Problem } from '../runtime/contract.ts'
import type { GateSection } from './gate-schema.ts'
import { findOrphanedLimits, findOwningLayer, type Layer, mergeLayers } from './layers.ts'
import { resolveMetricRule } from './metric-rule.ts'
import { type PolicyText, readDocument } from './policy-file.ts'
import { findConflicts } from './rules.ts'

/** Inputs that override the policy's keys of the same names. */
export interface PolicyOverrides {
  kind?: 'challenger' | 'refresh' | 'threshold' | undefined
  metric?: string | undefined
  direction?: 'higher' | 'lower' | undefined
  'min-improvement'?: string | undefined
  margin?: string | undefined
  'min-value'?: string | undefined
  mode?: 'enforce' | 'dry-run' | undefined
}

/**
 * Parses the policy of one model from a document, if given, and the inputs, which override it.
 * @returns the policy, or all its problems, each with its line or input
 */
export function parseGatePolicy(
  document: PolicyText | undefined,
  inputs: PolicyOverrides,
  model: string | undefined,
): { policy: GatePolicy } | { problems: Problem[] } {
  const read = document ? readDocument(document, model) : { layers: [] }
  if ('problems' in read) return read
  const layers = [...read.layers, createInputLayer(inputs)]
  const gate = mergeLayers(layers)
  const conflicts = findConflicts(gate).map(({ path, message }) => {
    const input = String(path[0]).replaceAll('_', '-')
    const owner = findOwningLayer(layers, path)
    return owner ? owner.toProblem(path, message) : { input, message }
  })
  const problems = [...findOrphanedLimits(layers), ...conflicts]
  return problems.length > 0 ? { problems } : { policy: composePolicy(gate) }
}

function createInputLayer(inputs: PolicyOverrides): Layer {
  const absolute = (text: string | undefined) => (text === undefined ? undefined : { absolute: text })
  return {
    gate: {
      kind: inputs.kind,
      metric: inputs.metric,
      direction: inputs.direction,
      min_improvement: absolute(inputs['min-improvement']),
      margin: absolute(inputs.margin),
      min_value: inputs['min-value'],
      // The input's default is enforce, so it cannot override the policy's dry-run.
      decision: inputs.mode === 'dry-run' ? { mode: inputs.mode } : undefined,
    },
    toProblem: (path, message) => ({ input: String(path[0]).replaceAll('_', '-'), message }),
  }
}

/** Builds the policy from a valid gate section. All defaults are set here. */
function composePolicy(gate: GateSection): GatePolicy {
  const { champion = {}, comparable = {}, statistics = {}, decision = {} } = gate
  return {
    primary: { ...resolveMetricRule(gate), minValue: gate.min_value },
    comparison: composeComparison(gate),
    guardrails: (gate.guardrails ?? []).map((guardrail) => {
      const { max_regression: maxRegression, floor, ceiling, group_disparity: groupDisparity } = guardrail
      return { ...resolveMetricRule(guardrail), maxRegression, floor, ceiling, groupDisparity }
    }),
    slices: (gate.slices ?? []).map(
      ({ column, values, max_regression: maxRegression, min_samples = 100 }) => {
        return { column, values, maxRegression, minSamples: min_samples }
      },
    ),
    champion: { maxAge: champion.max_age, onStale: champion.on_stale ?? 'warn', waiver: champion.waiver },
    comparable: {
      sameData: comparable.same_data ?? 'known',
      sha256: comparable.sha256 ?? 'eval.dataset_sha256',
      rows: comparable.rows,
    },
    predictions: composePredictions(gate),
    holdout: gate.holdout && composeHoldout(gate.holdout),
    statistics: {
      confidence: statistics.confidence ?? 0.95,
      resamples: statistics.resamples ?? 2000,
      minRows: statistics.min_rows ?? 30,
      minGroups: statistics.min_groups ?? 10,
    },
    decision: {
      mode: decision.mode ?? 'enforce',
      onInconclusive: decision.on_inconclusive ?? 'skip',
      maxRejections: decision.max_rejections ?? 3,
    },
  }
}

const ZERO: Amount = { absolute: '0' }

function composeComparison({ kind, min_improvement, margin, anchor }: GateSection): Comparison {
  if (kind === 'refresh') return { kind, margin: margin ?? ZERO, anchor }
  return kind === 'threshold' ? { kind } : { kind: 'challenger', minImprovement: min_improvement ?? ZERO }
}

function composePredictions({ evaluate, predictions }: GateSection): PredictionsPolicy | undefined {
  if (evaluate) {
    const { run, shell = 'bash', working_directory: workingDirectory, timeout = 30 * 60_000 } = evaluate
    return { kind: 'evaluate', run, shell, workingDirectory, timeout }
  }
  if (predictions?.artifact !== undefined) return { kind: 'artifact', artifact: predictions.artifact }
  if (predictions?.candidate === undefined) return undefined
  const { candidate, champion, anchor } = predictions
  return { kind: 'files', candidate, champion, anchor }
}

function composeHoldout(holdout: NonNullable<GateSection['holdout']>): HoldoutPolicy {
  const { path, artifact, not_missing, training_ids, training_cutoff, label_lag, ...columns } = holdout
  return {
    ...columns,
    source: composeSource({ path, artifact }),
    id: columns.id ?? 'id',
    label: columns.label ?? 'label',
    notMissing: not_missing,
    trainingIds: training_ids && composeSource(training_ids),
    trainingCutoff: training_cutoff,
    labelLag: label_lag,
  }
}

type SourceKeys = { path?: string | undefined; artifact?: string | undefined }

function composeSource({ path = '', artifact }: SourceKeys) {
  return artifact === undefined ? { path } : { artifact }
}
