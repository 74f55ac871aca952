import type { Amount } from '../domain/gate/criteria/gate-policy.ts'
import { describeRange } from '../domain/gate/evaluation/value-range.ts'
import type { GateSection } from './gate-schema.ts'
import {
  type Conflict,
  checkMetric,
  findMetricRange,
  type NamedMetric,
  resolveMetricRule,
} from './metric-rule.ts'
import type { Path } from './yaml.ts'

/** Finds conflicts between the keys of a gate section whose keys are valid. */
export function findConflicts(gate: GateSection): Conflict[] {
  return [
    ...checkPrimaryMetric(gate),
    ...checkKind(gate),
    ...checkGuardrails(gate),
    ...checkSlices(gate),
    ...checkRowSources(gate),
  ]
}

const ROWS_HINT = 'set holdout with evaluate or predictions'

function conflictIf(isBroken: boolean, path: Path, message: string): Conflict[] {
  return isBroken ? [{ path, message }] : []
}

function usesRows({ evaluate, predictions }: GateSection): boolean {
  return (evaluate ?? predictions) !== undefined
}

function checkPrimaryMetric(gate: GateSection): Conflict[] {
  if (gate.metric === undefined)
    return [{ path: ['metric'], message: 'is required, here or in policy. Set the primary metric' }]
  const end = resolveMetricRule(gate).direction === 'lower' ? 'ceiling' : 'floor'
  return [
    ...checkMetric(gate, { needsRows: usesRows(gate), hasRows: usesRows(gate), needsDirection: true }, []),
    ...checkLimit(gate, ['min_value'], gate.min_value, end),
  ]
}

function checkKind(gate: GateSection): Conflict[] {
  const { kind = 'challenger', min_improvement, margin, anchor, min_value, guardrails = [] } = gate
  const hasLimit = [min_value, ...guardrails.map(({ floor, ceiling }) => floor ?? ceiling)].some(
    (limit) => limit !== undefined,
  )
  const belongsTo = (home: typeof kind, key: 'min_improvement' | 'margin' | 'anchor') => {
    const message = `belongs to kind ${home}, but the kind is ${kind}. Remove it`
    return conflictIf(gate[key] !== undefined && kind !== home, [key], message)
  }
  const isRefresh = kind === 'refresh'
  const isZero = isRefresh && margin !== undefined && !(toNumber(margin) > 0)
  const needsLimit = 'threshold needs a min_value, or a guardrail with floor or ceiling'
  return [
    ...belongsTo('challenger', 'min_improvement'),
    ...belongsTo('refresh', 'margin'),
    ...belongsTo('refresh', 'anchor'),
    ...conflictIf(isRefresh && margin === undefined, ['kind'], 'refresh needs a margin, such as 0.01'),
    ...conflictIf(isZero, ['margin'], 'is 0, which no evidence can prove. Set more than 0'),
    ...conflictIf(kind === 'threshold' && !hasLimit, ['kind'], needsLimit),
    ...checkImplausibleAmount(gate, ['min_improvement'], min_improvement, 'gain'),
    ...checkImplausibleAmount(gate, ['margin'], margin, 'loss'),
    ...checkImplausibleAmount(gate, ['anchor', 'margin'], anchor?.margin, 'loss'),
  ]
}

function checkGuardrails(gate: GateSection): Conflict[] {
  return (gate.guardrails ?? []).flatMap((guardrail, index) => {
    const path = ['guardrails', index]
    const { floor, ceiling, max_regression, group_disparity } = guardrail
    const use = {
      needsRows: group_disparity !== undefined,
      hasRows: usesRows(gate),
      // Floor and ceiling need no direction; a regression does.
      needsDirection: max_regression !== undefined,
    }
    const isUnlimited = (floor ?? ceiling ?? max_regression) === undefined
    const isReversed = floor !== undefined && ceiling !== undefined && Number(floor) > Number(ceiling)
    const lacksRows = group_disparity !== undefined && !usesRows(gate)
    return [
      ...checkMetric(guardrail, use, path),
      ...conflictIf(isUnlimited, path, 'has no limit. Set max_regression, floor or ceiling'),
      ...conflictIf(isReversed, [...path, 'floor'], 'is above the ceiling'),
      ...conflictIf(lacksRows, [...path, 'group_disparity'], `needs rows: ${ROWS_HINT}`),
      ...checkLimit(guardrail, [...path, 'floor'], floor, 'floor'),
      ...checkLimit(guardrail, [...path, 'ceiling'], ceiling, 'ceiling'),
      ...checkRegression(gate, guardrail, [...path, 'max_regression'], max_regression),
    ]
  })
}

function checkSlices(gate: GateSection): Conflict[] {
  const slices = gate.slices ?? []
  return [
    ...conflictIf(slices.length > 0 && !usesRows(gate), ['slices'], `needs rows: ${ROWS_HINT}`),
    ...slices.flatMap(({ max_regression }, index) =>
      checkRegression(gate, gate, ['slices', index, 'max_regression'], max_regression),
    ),
  ]
}

function checkRowSources(gate: GateSection): Conflict[] {
  const { evaluate, predictions, holdout } = gate
  const isBoth = evaluate !== undefined && predictions !== undefined
  const { artifact, candidate, champion, anchor } = predictions ?? {}
  const isOneKind = (artifact === undefined) !== (candidate === undefined)
  const isMixed = artifact !== undefined && (champion ?? anchor) !== undefined
  const user = evaluate ? 'evaluate' : 'predictions'
  const checkSource = (path: Path, source: { path?: unknown; artifact?: unknown } | undefined) => {
    const isValid = !source || (source.path === undefined) !== (source.artifact === undefined)
    return conflictIf(!isValid, path, 'needs exactly one of path and artifact')
  }
  return [
    ...conflictIf(isBoth, ['predictions'], 'and evaluate exclude each other. Keep one'),
    ...conflictIf(
      predictions !== undefined && !isOneKind,
      ['predictions'],
      'needs either artifact, or candidate with champion',
    ),
    ...checkOneFilePerModel(candidate, { champion, anchor }),
    ...conflictIf(isMixed, ['predictions', 'artifact'], 'and files of the workspace exclude each other'),
    ...conflictIf(usesRows(gate) && !holdout, [user], 'needs a holdout, which has the labels'),
    ...conflictIf(
      holdout !== undefined && !usesRows(gate),
      ['holdout'],
      'needs predictions for its rows: set evaluate or predictions',
    ),
    ...checkSource(['holdout'], holdout),
    ...checkSource(['holdout', 'training_ids'], holdout?.training_ids),
  ]
}

/** Two models from one file have equal predictions, which kind refresh accepts. */
function checkOneFilePerModel(
  candidate: string | undefined,
  baselines: { champion?: string | undefined; anchor?: string | undefined },
): Conflict[] {
  return Object.entries(baselines).flatMap(([who, file]) => {
    const message = 'is the file of the candidate. Name the predictions of its own model'
    return conflictIf(file !== undefined && file === candidate, ['predictions', who], message)
  })
}

/** Reports a limit that every value of the metric meets, or none. */
function checkLimit(
  metric: NamedMetric,
  path: Path,
  limit: string | undefined,
  end: 'floor' | 'ceiling',
): Conflict[] {
  const range = findMetricRange(metric)
  if (limit === undefined || !range) return []
  const value = Number(limit)
  const { least, greatest } = range
  const [isVacuous, isUnreachable] =
    end === 'floor' ? [value <= least, value > greatest] : [value >= greatest, value < least]
  const values = `the metric is ${describeRange(range)}`
  const fix = end === 'floor' ? `Set more than ${least}` : `Set less than ${greatest}`
  return [
    ...conflictIf(isVacuous, path, `has no effect, since ${values}. ${fix}`),
    ...conflictIf(
      isUnreachable,
      path,
      `is ${limit}, which no model can meet: ${values}. Set one of these values`,
    ),
  ]
}

/** Checks a maximum regression against the champion, of a guardrail or a slice. */
function checkRegression({ kind }: GateSection, metric: NamedMetric, path: Path, amount: Amount | undefined) {
  const message = 'compares with the champion, which kind threshold does not. Set floor or ceiling'
  return [
    ...conflictIf(kind === 'threshold' && amount !== undefined, path, message),
    ...checkImplausibleAmount(metric, path, amount, 'loss'),
  ]
}

/** A larger regression of a metric whose best value is 1 is taken for a mistake. */
const MAX_LOSS = 0.5

/** Reports an amount that no model can reach or exceed, such as a percentage written as a whole number. */
function checkImplausibleAmount(
  metric: NamedMetric,
  path: Path,
  amount: Amount | undefined,
  of: 'gain' | 'loss',
): Conflict[] {
  if (!amount) return []
  const size = toNumber(amount)
  const range = findMetricRange(metric)
  // Shares, correlations and R².
  const isOfOne = range?.greatest === 1
  const values = range && `the metric is ${describeRange(range)}`
  if (size >= 1 && 'relative' in amount && of === 'loss')
    return [{ path, message: 'must be below 1: a relative amount of 0.01 is one percent' }]
  if (size >= 1 && 'absolute' in amount && isOfOne) {
    const message = `is ${size}, but ${values}, where 1 means 100 percentage points. Write 0.01 for one point, or {relative: 0.01} for one percent`
    return [{ path, message }]
  }
  const message = `is more than ${MAX_LOSS}, but ${values}. Set ${MAX_LOSS} or less`
  return conflictIf(size > MAX_LOSS && isOfOne && of === 'loss', path, message)
}

function toNumber(amount: Amount): number {
  return Number('absolute' in amount ? amount.absolute : amount.relative)
}
