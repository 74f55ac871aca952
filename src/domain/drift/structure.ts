import type { CategoricalColumn, DatasetColumn } from './dataset.ts'
import type { Sides } from './measure.ts'
import type { StructuralFinding } from './result.ts'

/** A new category is a finding from this share of the current rows on. */
const MIN_NEW_SHARE = 0.01
const MIN_NEW_ROWS = 5
/** Probability that all rows of a category are current ones by chance, if each row is as likely to have it. */
const MAX_CHANCE = 0.001

/**
 * The differences of a column that no test decides.
 * @param rows of both sides
 * @param rowsPer how many rows count as one, on each side
 */
export function findStructure(
  reference: DatasetColumn,
  current: DatasetColumn | undefined,
  rows: Sides<number>,
  rowsPer: Sides<number>,
): StructuralFinding[] {
  if (!current) return [{ kind: 'missing-column' }]
  if (!isCompared(reference)) return []
  if (current.nulls >= rows.current || current.type === 'empty') return [{ kind: 'all-null' }]
  if (current.type !== reference.type)
    return [{ kind: 'type-changed', from: reference.type, to: current.type }]
  if (reference.type === 'numeric' && current.type === 'numeric') {
    const isConstant = reference.min === reference.max && current.min === current.max
    return isConstant && reference.min !== current.min ? [{ kind: 'constant-changed' }] : []
  }
  return reference.type === 'categorical' && current.type === 'categorical'
    ? findNewCategories(reference, current, rows, rowsPer)
    : []
}

export function isCompared({ type }: DatasetColumn): boolean {
  return type === 'numeric' || type === 'categorical'
}

function findNewCategories(
  reference: CategoricalColumn,
  current: CategoricalColumn,
  rows: Sides<number>,
  rowsPer: Sides<number>,
): StructuralFinding[] {
  const independent = {
    reference: rows.reference / rowsPer.reference,
    current: rows.current / rowsPer.current,
  }
  const currentShare = independent.current / (independent.reference + independent.current)
  const categories = [...current.counts]
    .filter(
      ([name, count]) =>
        !reference.counts.has(name) &&
        count >= MIN_NEW_ROWS &&
        count / rows.current >= MIN_NEW_SHARE &&
        currentShare ** (count / rowsPer.current) <= MAX_CHANCE,
    )
    .map(([name, count]) => ({ name, rows: count }))
    .sort((one, other) => other.rows - one.rows)
  const onlyOne = reference.counts.size === 1 && current.counts.size === 1
  if (categories.length > 0)
    return onlyOne ? [{ kind: 'constant-changed' }] : [{ kind: 'new-categories', categories }]
  return []
}
