import type { Problem } from '../contract.ts'
import { shown } from '../fields.ts'
import type { GateSection } from './gate-schema.ts'
import { type Layer, laidOver } from './layers.ts'

/** What is measured in the metric that decides: an AUC's 0.01 is no milliseconds. */
const AMOUNTS = ['min_value', 'min_improvement', 'margin', 'anchor', 'slices'] as const
type Amounts = (typeof AMOUNTS)[number]

/** Where a layer names another metric than the weaker ones, and leaves standing what those ask of theirs. */
export function borrowed(layers: readonly Layer[]): Problem[] {
  const whole = laidOver(layers)
  return layers.flatMap(({ gate: { metric }, problem }, index) => {
    const before = laidOver(layers.slice(0, index)).metric
    if (metric === undefined || before === undefined || metric === before) return []
    const given = (key: Amounts) => layers.slice(index).some(({ gate }) => gate[key] !== undefined)
    const kept = AMOUNTS.filter((key) => asks(whole, key) && !given(key))
    if (kept.length === 0) return []
    const message = `is ${shown(metric)}, but the policy gives ${kept.join(' and ')} for ${shown(before)}; give them for this metric, too`
    return [problem(['metric'], message)]
  })
}

function asks(gate: GateSection, key: Amounts): boolean {
  return key === 'slices' ? (gate.slices ?? []).length > 0 : gate[key] !== undefined
}
