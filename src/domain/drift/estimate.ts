import { normalQuantile } from '../statistics/distributions.ts'
import { type CalibrationBlock, findBlock, fitIsotonic } from '../statistics/isotonic.ts'
import type { Dataset, DatasetColumn } from './dataset.ts'

/** Columns of a classifier of two classes. */
export interface EstimateColumns {
  /** Label of the reference: 0 or 1, false or true. */
  target: string
  /** Probability of class 1. */
  score: string
  /** Predicted class; undefined: class 1 from a score of 0.5 on. */
  prediction: string | undefined
}

export type EstimateResult = AccuracyEstimate | { kind: 'not-estimated'; problem: EstimateProblem }

/** What the accuracy of the current rows is, if their scores still mean what they meant in the reference. */
export interface AccuracyEstimate {
  kind: 'estimated'
  accuracy: number
  low: number
  high: number
  confidence: number
  /** Observed on the labelled rows of the reference. */
  referenceAccuracy: number
  labelledRows: number
  currentRows: number
  /** Current rows without score or prediction, of those of the sample. They are left out. */
  skippedRows: number
}

type Side = 'reference' | 'current'

export type EstimateProblem =
  /** The data came as a profile, which has no rows. */
  | { kind: 'no-rows'; side: Side }
  | { kind: 'missing-column'; side: Side; column: string }
  /** A score that is no number from 0 to 1. */
  | { kind: 'not-a-probability'; side: Side; column: string; found: string }
  /** A label or prediction that is neither 0 nor 1, false nor true. */
  | { kind: 'not-binary'; side: Side; column: string; found: string }
  /** Of either class. */
  | { kind: 'too-few-labels'; rows: number; minimum: number }
  | { kind: 'no-current-rows' }

/** Labelled rows of the rarer class below which a calibration says nothing. */
const MIN_LABELS = 20
const CONFIDENCE = 0.95

/**
 * Estimates the accuracy of current rows without their labels (confidence-based performance estimation): the mean, over
 * the rows, of the calibrated probability that the predicted class is right. It is advice, never a verdict: it assumes
 * that rows of the same score are positive as often as in the reference. If that relation has changed (concept drift),
 * the estimate is wrong and its interval does not say so.
 */
export function estimateAccuracy(
  reference: Dataset,
  current: Dataset,
  columns: EstimateColumns,
): EstimateResult {
  try {
    const labelled = readRows(reference, 'reference', columns, columns.target)
    const positives = labelled.labels.reduce((sum, label) => sum + label, 0)
    const rarer = Math.min(positives, labelled.scores.length - positives)
    if (rarer < MIN_LABELS) throw new Problem({ kind: 'too-few-labels', rows: rarer, minimum: MIN_LABELS })
    const rows = readRows(current, 'current', columns, undefined)
    if (rows.scores.length === 0) throw new Problem({ kind: 'no-current-rows' })
    const blocks = fitIsotonic(labelled.scores, labelled.labels)
    const right = labelled.labels.reduce(
      (sum, label, index) => sum + (label === labelled.predictions[index] ? 1 : 0),
      0,
    )
    return {
      kind: 'estimated',
      ...estimateFromBlocks(blocks, rows),
      confidence: CONFIDENCE,
      referenceAccuracy: right / labelled.scores.length,
      labelledRows: labelled.scores.length,
      currentRows: rows.scores.length,
      skippedRows: rows.skipped,
    }
  } catch (error) {
    if (error instanceof Problem) return { kind: 'not-estimated', problem: error.problem }
    throw error
  }
}

/**
 * The interval has two parts: the labels of the current rows are random (each right with its own probability), and the
 * calibrated probability of a block is a share of its rows of the reference. Both count rows as independent.
 */
function estimateFromBlocks(blocks: readonly CalibrationBlock[], { scores, predictions }: Rows) {
  const signs = new Float64Array(blocks.length)
  let [sum, variance] = [0, 0]
  for (let row = 0; row < scores.length; row += 1) {
    const index = findBlock(blocks, scores[row] as number)
    const { value } = blocks[index] as CalibrationBlock
    const isPositive = predictions[row] === 1
    sum += isPositive ? value : 1 - value
    signs[index] = (signs[index] as number) + (isPositive ? 1 : -1)
    variance += varianceOfShare(blocks[index] as CalibrationBlock)
  }
  for (const [index, block] of blocks.entries())
    variance += ((signs[index] as number) ** 2 * varianceOfShare(block)) / block.rows
  const accuracy = sum / scores.length
  const half = (normalQuantile((1 + CONFIDENCE) / 2) * Math.sqrt(variance)) / scores.length
  return { accuracy, low: Math.max(0, accuracy - half), high: Math.min(1, accuracy + half) }
}

/** Of one row, with Laplace's rule of succession: a block without a positive row may yet have some. */
function varianceOfShare({ value, rows }: CalibrationBlock): number {
  const share = (value * rows + 1) / (rows + 2)
  return share * (1 - share)
}

class Problem extends Error {
  readonly problem: EstimateProblem
  constructor(problem: EstimateProblem) {
    super(problem.kind)
    this.problem = problem
  }
}

interface Rows {
  scores: Float64Array
  predictions: Uint8Array
  labels: Uint8Array
  skipped: number
}

/** The rows of the sample that have a score, a prediction and, with `target`, a label. */
function readRows(
  { columns, sample }: Dataset,
  side: Side,
  { score, prediction }: EstimateColumns,
  target: string | undefined,
): Rows {
  const count = sample?.positions.length
  if (count === undefined) throw new Problem({ kind: 'no-rows', side })
  const find = (name: string) => {
    const column = columns.find((each) => each.name === name)
    if (!column) throw new Problem({ kind: 'missing-column', side, column: name })
    return column
  }
  const scores = readProbabilities(find(score), side)
  const predictions = prediction === undefined ? undefined : readClasses(find(prediction), side)
  const labels = target === undefined ? undefined : readClasses(find(target), side)
  const kept: number[] = []
  for (let row = 0; row < count; row += 1)
    if (!Number.isNaN(scores[row]) && predictions?.[row] !== NULL && labels?.[row] !== NULL) kept.push(row)
  return {
    scores: Float64Array.from(kept, (row) => scores[row] as number),
    predictions: Uint8Array.from(kept, (row) =>
      predictions ? (predictions[row] as number) : (scores[row] as number) >= 0.5 ? 1 : 0,
    ),
    labels: Uint8Array.from(kept, (row) => labels?.[row] ?? 0),
    skipped: count - kept.length,
  }
}

function readProbabilities(column: DatasetColumn, side: Side): Float64Array {
  const refuse = (found: string) =>
    new Problem({ kind: 'not-a-probability', side, column: column.name, found })
  if (column.type !== 'numeric' || !column.values) throw refuse(column.type)
  const wrong = column.values.find((value) => value < 0 || value > 1)
  if (wrong !== undefined) throw refuse(String(wrong))
  return column.values
}

/** Code of a class that is missing. */
const NULL = 2
const CLASSES: ReadonlyMap<string, number> = new Map([
  ['0', 0],
  ['1', 1],
  ['false', 0],
  ['true', 1],
])

function readClasses(column: DatasetColumn, side: Side): Uint8Array {
  const toClass = (text: string) => {
    const found = CLASSES.get(text.trim().toLowerCase())
    if (found === undefined) throw new Problem({ kind: 'not-binary', side, column: column.name, found: text })
    return found
  }
  if (column.type === 'numeric' && column.values)
    return Uint8Array.from(column.values, (value) => (Number.isNaN(value) ? NULL : toClass(String(value))))
  if (column.type === 'categorical' && column.codes)
    return Uint8Array.from(column.codes, (code) => (code < 0 ? NULL : toClass(column.names[code] ?? '')))
  throw new Problem({ kind: 'not-binary', side, column: column.name, found: column.type })
}
