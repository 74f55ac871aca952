import type { Problem } from '../runtime/contract.ts'
import { quote } from '../runtime/fields.ts'
import type { GateSection } from './gate-schema.ts'
import type { Path } from './yaml.ts'

/** A gate section with its source: `toProblem` adds the file and line, or the name of the input. */
export interface Layer {
  gate: GateSection
  toProblem(path: Path, message: string): Problem
}

/** Keys that belong to one kind of comparison only. */
const KIND_KEYS = ['min_improvement', 'margin', 'anchor'] as const
/** Sections that are merged key by key. Everything else is replaced as a whole. */
const MERGED_SECTIONS = ['champion', 'comparable', 'evaluate', 'holdout', 'statistics', 'decision'] as const

/** Merges gate sections key by key. The last one is the strongest. */
export function mergeLayers(layers: readonly Layer[]): GateSection {
  return layers.reduce<GateSection>((lower, { gate }) => mergeSections(lower, gate), {})
}

/** Finds the layer that a merged key comes from: the strongest one that has the key, or a parent of it. */
export function findOwningLayer(layers: readonly Layer[], path: Path): Layer | undefined {
  if (path.length === 0) return undefined
  const strongest = layers.findLast(({ gate }) => getValueAt(gate, path) !== undefined)
  return strongest ?? findOwningLayer(layers, path.slice(0, -1))
}

/** Merges two sections. Keys of the lower section that exclude a key of the upper one are dropped. */
function mergeSections(lower: GateSection, upper: GateSection): GateSection {
  const kept = { ...lower }
  if (upper.kind !== undefined && upper.kind !== (lower.kind ?? 'challenger'))
    for (const key of KIND_KEYS) delete kept[key]
  // Direction and statistic belong to the metric.
  if (upper.metric !== undefined && lower.metric !== undefined && upper.metric !== lower.metric) {
    delete kept.direction
    delete kept.statistic
  }
  if (upper.evaluate) delete kept.predictions
  if (upper.predictions) delete kept.evaluate
  if (upper.holdout?.path !== undefined) kept.holdout = { ...kept.holdout, artifact: undefined }
  if (upper.holdout?.artifact !== undefined) kept.holdout = { ...kept.holdout, path: undefined }
  const merged = { ...kept, ...definedEntries(upper) }
  for (const key of MERGED_SECTIONS)
    if (kept[key] && upper[key])
      Object.assign(merged, { [key]: { ...kept[key], ...definedEntries(upper[key]) } })
  return merged
}

function definedEntries<T extends object>(section: T): T {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined)) as T
}

function getValueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, part) => Object(node)[part], value)
}

/** Keys in the unit of the primary metric. */
const METRIC_SCALED_KEYS = ['min_value', 'min_improvement', 'margin', 'anchor', 'slices'] as const
type MetricScaledKey = (typeof METRIC_SCALED_KEYS)[number]

/** Finds layers that set another metric but inherit limits in the unit of the previous one. */
export function findOrphanedLimits(layers: readonly Layer[]): Problem[] {
  const merged = mergeLayers(layers)
  return layers.flatMap(({ gate: { metric }, toProblem }, index) => {
    const inherited = mergeLayers(layers.slice(0, index)).metric
    if (metric === undefined || inherited === undefined || metric === inherited) return []
    const isSet = (key: MetricScaledKey) => layers.slice(index).some(({ gate }) => gate[key] !== undefined)
    const hasLimit = (key: MetricScaledKey) =>
      key === 'slices' ? (merged.slices ?? []).length > 0 : merged[key] !== undefined
    const orphaned = METRIC_SCALED_KEYS.filter((key) => hasLimit(key) && !isSet(key))
    if (orphaned.length === 0) return []
    const message = `is ${quote(metric)}, but the policy sets ${orphaned.join(' and ')} for ${quote(inherited)}. Set them for this metric too`
    return [toProblem(['metric'], message)]
  })
}
