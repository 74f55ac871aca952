import type { Predictions, Rows } from '../dataset/rows.ts'
import type { StatisticProblem } from './statistic.ts'

/** Rows from which a label class counts: a model that knows it predicts it at least once. */
const COMMON_ROWS = 5
/** Rows from which the same unknown class on half of them is another name, not a class that the model confuses with it. */
const RENAMED_ROWS = 20

/**
 * Whether the predicted classes are another encoding than the labels: codes instead of names, -1/1 instead of 0/1, `Yes`
 * instead of `yes`. Such answers are not mistakes, and no statistic of them means anything. A few answers outside the
 * label classes are ordinary mistakes of a model that knows more classes than the holdout has. It is another encoding if a
 * model predicts classes that no label has and
 *
 * - none that a label has;
 * - or never predicts at least half of the label classes with 5 rows or more: a model that finds only half the rows of a
 *   class would miss all 5 of them 3 times in 100, and half of all classes hardly ever;
 * - or never predicts a label class with 20 rows or more and gives one class that no label has on at least half of its rows:
 *   it has another name for that class;
 * - or never predicts some label class and agrees with the labels no more often than its answers in random order would
 *   (Cohen's kappa of 0 or less), as codes that start at 0 instead of 1.
 *
 * @param subset positions of the rows of a slice
 */
export function findClassEncodingProblem(
  { labels, count }: Rows,
  { classes, unknownClasses = [] }: Predictions,
  subset?: Int32Array,
): StatisticProblem | undefined {
  if (labels.kind !== 'classes' || !classes) return undefined
  const { codes, names } = labels
  const [actual, predicted] = [new Float64Array(names.length), new Float64Array(names.length)]
  const renames = new Map<number, Map<number, number>>()
  let [unknown, correct] = [0, 0]
  const total = subset?.length ?? count
  for (let at = 0; at < total; at += 1) {
    const row = subset ? (subset[at] as number) : at
    const [code, guess] = [codes[row] as number, classes[row] as number]
    actual[code] = (actual[code] as number) + 1
    if (guess < 0) {
      unknown += 1
      countRename(renames, code, guess)
    } else predicted[guess] = (predicted[guess] as number) + 1
    if (guess === code) correct += 1
  }
  if (unknown === 0 || unknownClasses.length === 0) return undefined
  const missed = [...names.keys()].filter((code) => (actual[code] as number) > 0 && predicted[code] === 0)
  const isCommon = (code: number) => (actual[code] as number) >= COMMON_ROWS
  const common = [...names.keys()].filter(isCommon).length
  const chance = actual.reduce((sum, rows, code) => sum + rows * (predicted[code] as number), 0) / total
  const isOther =
    unknown === total ||
    (common > 0 && 2 * missed.filter(isCommon).length >= common) ||
    missed.some(
      (code) =>
        (actual[code] as number) >= RENAMED_ROWS &&
        2 * mostFrequent(renames.get(code)) >= (actual[code] as number),
    ) ||
    (missed.length > 0 && correct <= chance)
  if (!isOther) return undefined
  return {
    kind: 'other-encoding',
    predicted: unknownClasses,
    labels: missed.map((code) => names[code] as string),
  }
}

/** Counts how often a label class gets the same class that no label has. */
function countRename(renames: Map<number, Map<number, number>>, label: number, guess: number): void {
  const ofLabel = renames.get(label) ?? new Map<number, number>()
  renames.set(label, ofLabel.set(guess, (ofLabel.get(guess) ?? 0) + 1))
}

function mostFrequent(counts: ReadonlyMap<number, number> = new Map()): number {
  return Math.max(0, ...counts.values())
}
