import type { Amount } from '../../domain/gate/policy.ts'
import type { Conflict } from './conflict.ts'
import type { GateSection } from './gate-schema.ts'
import { idle, sizeOf, tooMuch } from './idle.ts'
import { metricFlaws, metricRule } from './metric-rule.ts'
import type { Path } from './yaml.ts'

/** Everything that is wrong between the keys of a gate section that is right key by key. */
export function conflicts(gate: GateSection): Conflict[] {
  return [...primary(gate), ...kinds(gate), ...guardrails(gate), ...slices(gate), ...rowsOf(gate)]
}

const onRows = (gate: GateSection) => gate.evaluate !== undefined || gate.predictions !== undefined

function primary(gate: GateSection): Conflict[] {
  if (gate.metric === undefined) {
    const message = 'is required and was given neither here nor in policy; name the metric that decides'
    return [{ path: ['metric'], message }]
  }
  const use = { onRows: onRows(gate), direction: 'assumed' } as const
  const end = metricRule(gate).direction === 'lower' ? 'ceiling' : 'floor'
  return [
    ...metricFlaws(gate, use).map(({ key, message }) => ({ path: [key], message })),
    ...idle(gate, ['min_value'], gate.min_value, end),
  ]
}

function kinds(gate: GateSection): Conflict[] {
  const { kind = 'challenger', min_improvement, margin, anchor } = gate
  const found: Conflict[] = []
  const only = (key: string, given: unknown, home: string) => {
    if (given !== undefined && kind !== home)
      found.push({ path: [key], message: `belongs to kind ${home}, and the kind is ${kind}; leave it out` })
  }
  only('min_improvement', min_improvement, 'challenger')
  only('margin', margin, 'refresh')
  only('anchor', anchor, 'refresh')
  if (kind === 'refresh' && margin === undefined)
    found.push({ path: ['kind'], message: 'refresh needs a margin: how much worse is as good, such as 0.01' })
  if (kind === 'refresh' && margin && !(sizeOf(margin) > 0))
    found.push({ path: ['margin'], message: 'is 0, which no model can be shown to keep; give more than 0' })
  if (kind === 'threshold' && !hasLimit(gate))
    found.push({
      path: ['kind'],
      message:
        'threshold needs a min_value, or a guardrail with floor or ceiling: a gate that can never say no is none',
    })
  return [
    ...found,
    ...tooMuch(gate, ['min_improvement'], min_improvement, 'gain'),
    ...tooMuch(gate, ['margin'], margin, 'loss'),
    ...tooMuch(gate, ['anchor', 'margin'], anchor?.margin, 'loss'),
  ]
}

function hasLimit({ min_value, guardrails = [] }: GateSection): boolean {
  return min_value !== undefined || guardrails.some(({ floor, ceiling }) => (floor ?? ceiling) !== undefined)
}

function guardrails(gate: GateSection): Conflict[] {
  return (gate.guardrails ?? []).flatMap((guardrail, index) => {
    const path = ['guardrails', index]
    const { floor, ceiling, max_regression, across } = guardrail
    // A floor and a ceiling hold whichever way is better; to be worse, there must be a way.
    const direction = max_regression === undefined ? 'idle' : 'needed'
    const use = { onRows: across !== undefined, direction } as const
    const found: Conflict[] = metricFlaws(guardrail, use).map(({ key, message }) => ({
      path: [...path, key],
      message,
    }))
    if ((floor ?? ceiling ?? max_regression) === undefined)
      found.push({ path, message: 'limits nothing; give max_regression, floor or ceiling' })
    if (floor !== undefined && ceiling !== undefined && Number(floor) > Number(ceiling))
      found.push({ path: [...path, 'floor'], message: 'is above the ceiling, so that no value is within' })
    if (across !== undefined && !onRows(gate))
      found.push({ path: [...path, 'across'], message: `needs rows; ${HOW_ROWS}` })
    return [
      ...found,
      ...idle(guardrail, [...path, 'floor'], floor, 'floor'),
      ...idle(guardrail, [...path, 'ceiling'], ceiling, 'ceiling'),
      ...uncompared(gate, [...path, 'max_regression'], max_regression),
      ...tooMuch(guardrail, [...path, 'max_regression'], max_regression, 'loss'),
    ]
  })
}

function slices(gate: GateSection): Conflict[] {
  const found: Conflict[] =
    gate.slices?.length && !onRows(gate) ? [{ path: ['slices'], message: `needs rows; ${HOW_ROWS}` }] : []
  const each = (gate.slices ?? []).flatMap(({ max_regression }, index) => {
    const path = ['slices', index, 'max_regression']
    return [...uncompared(gate, path, max_regression), ...tooMuch(gate, path, max_regression, 'loss')]
  })
  return [...found, ...each]
}

const HOW_ROWS = 'give holdout with evaluate or predictions'

function rowsOf(gate: GateSection): Conflict[] {
  const { evaluate, predictions, holdout } = gate
  const found: Conflict[] = []
  if (evaluate && predictions)
    found.push({ path: ['predictions'], message: 'and evaluate exclude each other; keep one' })
  if (predictions && (predictions.artifact === undefined) === (predictions.candidate === undefined))
    found.push({ path: ['predictions'], message: 'needs either artifact, or candidate with champion' })
  if (predictions?.artifact !== undefined && (predictions.champion ?? predictions.anchor) !== undefined)
    found.push({
      path: ['predictions', 'artifact'],
      message: 'and files of the workspace exclude each other',
    })
  if (onRows(gate) && !holdout)
    found.push({
      path: [evaluate ? 'evaluate' : 'predictions'],
      message: 'needs a holdout: labels come from there, never from the predictions',
    })
  if (holdout && !onRows(gate))
    found.push({ path: ['holdout'], message: 'needs predictions for its rows; give evaluate or predictions' })
  const sources: [Path, { path?: string | undefined; artifact?: string | undefined } | undefined][] = [
    [['holdout'], holdout],
    [['holdout', 'training_ids'], holdout?.training_ids],
  ]
  for (const [path, source] of sources)
    if (source && (source.path === undefined) === (source.artifact === undefined))
      found.push({ path, message: 'needs exactly one of path and artifact' })
  return found
}

/** With kind threshold no champion is looked at, so that nothing can be worse than it. */
function uncompared(gate: GateSection, path: Path, amount: Amount | undefined): Conflict[] {
  if (gate.kind !== 'threshold' || !amount) return []
  return [
    { path, message: 'compares with the champion, which kind threshold does not; give floor or ceiling' },
  ]
}
