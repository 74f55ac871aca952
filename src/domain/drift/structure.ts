import type { CategoricalColumn, DatasetColumn } from './dataset.ts'
import type { StructuralFinding } from './result.ts'

/** A new category is a finding from this share of the current rows on. */
const MIN_NEW_SHARE = 0.01
const MIN_NEW_ROWS = 5
/** Probability that a category of that share is missing from the reference by chance. */
const MAX_CHANCE = 0.001

/**
 * The differences of a column that no test decides.
 * @param referenceRows rows of the reference that count as independent
 */
export function findStructure(
  reference: DatasetColumn,
  current: DatasetColumn | undefined,
  currentRows: number,
  referenceRows: number,
): StructuralFinding[] {
  if (!current) return [{ kind: 'missing-column' }]
  if (!isCompared(reference)) return []
  if (current.nulls >= currentRows || current.type === 'empty') return [{ kind: 'all-null' }]
  if (current.type !== reference.type)
    return [{ kind: 'type-changed', from: reference.type, to: current.type }]
  if (reference.type === 'numeric' && current.type === 'numeric') {
    const isConstant = reference.min === reference.max && current.min === current.max
    return isConstant && reference.min !== current.min ? [{ kind: 'constant-changed' }] : []
  }
  return reference.type === 'categorical' && current.type === 'categorical'
    ? findNewCategories(reference, current, currentRows, referenceRows)
    : []
}

export function isCompared({ type }: DatasetColumn): boolean {
  return type === 'numeric' || type === 'categorical'
}

function findNewCategories(
  reference: CategoricalColumn,
  current: CategoricalColumn,
  currentRows: number,
  referenceRows: number,
): StructuralFinding[] {
  const categories = [...current.counts]
    .filter(([name, rows]) => {
      const share = rows / currentRows
      return (
        !reference.counts.has(name) &&
        rows >= MIN_NEW_ROWS &&
        share >= MIN_NEW_SHARE &&
        (1 - share) ** referenceRows <= MAX_CHANCE
      )
    })
    .map(([name, rows]) => ({ name, rows }))
    .sort((one, other) => other.rows - one.rows)
  const onlyOne = reference.counts.size === 1 && current.counts.size === 1
  if (categories.length > 0)
    return onlyOne ? [{ kind: 'constant-changed' }] : [{ kind: 'new-categories', categories }]
  return []
}
