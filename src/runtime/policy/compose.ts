import type {
  Amount,
  Comparison,
  GatePolicy,
  HoldoutPolicy,
  PredictionsPolicy,
} from '../../domain/gate/policy.ts'
import type { GateSection } from './gate-schema.ts'
import { metricRule } from './metric-rule.ts'

const nothing: Amount = { absolute: '0' }

/** The policy that a gate section without conflicts stands for. All defaults stand here. */
export function composed(gate: GateSection): GatePolicy {
  const { champion, comparable, statistics, decision } = gate
  return {
    primary: { ...metricRule(gate), minValue: gate.min_value },
    comparison: comparison(gate),
    guardrails: (gate.guardrails ?? []).map((guardrail) => ({
      ...metricRule(guardrail),
      maxRegression: guardrail.max_regression,
      floor: guardrail.floor,
      ceiling: guardrail.ceiling,
      across: guardrail.across,
    })),
    slices: (gate.slices ?? []).map((slice) => ({
      column: slice.column,
      values: slice.values,
      maxRegression: slice.max_regression,
      minSamples: slice.min_samples ?? 100,
    })),
    champion: {
      maxAge: champion?.max_age,
      onStale: champion?.on_stale ?? 'warn',
      incomparable: champion?.incomparable,
    },
    comparable: {
      sameData: comparable?.same_data ?? 'known',
      sha256: comparable?.sha256 ?? 'eval.dataset_sha256',
      rows: comparable?.rows,
    },
    predictions: predictions(gate),
    holdout: gate.holdout && holdout(gate.holdout),
    statistics: {
      confidence: statistics?.confidence ?? 0.95,
      resamples: statistics?.resamples ?? 2000,
      minRows: statistics?.min_rows ?? 30,
      minGroups: statistics?.min_groups ?? 10,
    },
    decision: {
      mode: decision?.mode ?? 'enforce',
      onInconclusive: decision?.on_inconclusive ?? 'skip',
      maxRejections: decision?.max_rejections ?? 3,
    },
  }
}

function comparison({ kind = 'challenger', min_improvement, margin, anchor }: GateSection): Comparison {
  switch (kind) {
    case 'challenger':
      return { kind, minImprovement: min_improvement ?? nothing }
    case 'refresh':
      return { kind, margin: margin ?? nothing, anchor }
    case 'threshold':
      return { kind }
  }
}

function predictions({ evaluate, predictions }: GateSection): PredictionsPolicy | undefined {
  if (evaluate)
    return {
      kind: 'evaluate',
      run: evaluate.run,
      shell: evaluate.shell ?? 'bash',
      workingDirectory: evaluate.working_directory,
      timeout: evaluate.timeout ?? 30 * 60_000,
    }
  if (predictions?.artifact !== undefined) return { kind: 'artifact', artifact: predictions.artifact }
  if (predictions?.candidate === undefined) return undefined
  const { candidate, champion, anchor } = predictions
  return { kind: 'files', candidate, champion, anchor }
}

function holdout(given: NonNullable<GateSection['holdout']>): HoldoutPolicy {
  return {
    source: sourceOf(given),
    id: given.id ?? 'id',
    label: given.label ?? 'label',
    group: given.group,
    query: given.query,
    time: given.time,
    weight: given.weight,
    positive: given.positive,
    trainingIds: given.training_ids && sourceOf(given.training_ids),
    trainingCutoff: given.training_cutoff,
    labelLag: given.label_lag,
  }
}

function sourceOf({ path, artifact }: { path?: string | undefined; artifact?: string | undefined }) {
  return artifact === undefined ? { path: path ?? '' } : { artifact }
}
