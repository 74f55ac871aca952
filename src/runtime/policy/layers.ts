import type { Problem } from '../contract.ts'
import type { GateSection } from './gate-schema.ts'
import type { Path } from './yaml.ts'

/** A gate section and how to say that something of it is wrong: with its file and line, or with the name of the input. */
export interface Layer {
  gate: GateSection
  problem(path: Path, message: string): Problem
}

/** The keys that belong to one kind of comparison, and mean nothing to another. */
const OF_KIND = ['min_improvement', 'margin', 'anchor'] as const
/** Sections whose keys are laid over each other one by one. Everything else is replaced as a whole. */
const SECTIONS = ['champion', 'comparable', 'evaluate', 'holdout', 'statistics', 'decision'] as const

/** Lays gate sections over each other, key by key; the last one is the strongest. */
export function laidOver(layers: readonly Layer[]): GateSection {
  return layers.reduce<GateSection>((lower, { gate }) => over(lower, gate), {})
}

/** Where a key comes from that stands in the merged section: the strongest layer that has it, or a part of its path. */
export function ownerOf(layers: readonly Layer[], path: Path): Layer | undefined {
  if (path.length === 0) return undefined
  const strongest = layers.findLast(({ gate }) => valueAt(gate, path) !== undefined)
  return strongest ?? ownerOf(layers, path.slice(0, -1))
}

/** What stands in the way of the upper section is left out of the lower one: a choice replaces the other choices. */
function over(lower: GateSection, upper: GateSection): GateSection {
  const kept = { ...lower }
  if (upper.kind !== undefined && upper.kind !== (lower.kind ?? 'challenger'))
    for (const key of OF_KIND) delete kept[key]
  // The direction of one metric says nothing of another.
  if (upper.metric !== undefined && lower.metric !== undefined && upper.metric !== lower.metric) {
    delete kept.direction
    delete kept.statistic
  }
  if (upper.evaluate) delete kept.predictions
  if (upper.predictions) delete kept.evaluate
  if (upper.holdout?.path !== undefined) kept.holdout = { ...kept.holdout, artifact: undefined }
  if (upper.holdout?.artifact !== undefined) kept.holdout = { ...kept.holdout, path: undefined }
  const merged = { ...kept, ...given(upper) }
  for (const key of SECTIONS)
    if (kept[key] && upper[key]) Object.assign(merged, { [key]: { ...kept[key], ...given(upper[key]) } })
  return merged
}

function given<T extends object>(section: T): T {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined)) as T
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[part] : undefined,
    value,
  )
}
