import { createClassNaming } from '../../../src/domain/gate/dataset/class-names.ts'
import type { Holdout } from '../../../src/domain/gate/dataset/holdout.ts'
import { PROBABILITY_PREFIX } from '../../../src/domain/gate/dataset/predictions.ts'
import type { Labels, PredictionKind } from '../../../src/domain/gate/dataset/rows.ts'
import { toClassText } from '../../../src/domain/table/cells.ts'

/** Whether a column has predictions of labels that are classes, or numbers. */
export function isPredictionColumn(name: string, labels: Labels['kind']): boolean {
  const isProbability = labels === 'classes' && name.startsWith(PROBABILITY_PREFIX)
  return isProbability || name === 'prediction' || name === 'score'
}

/**
 * Selects the columns that these kinds of statistics read. The others may have any content, such as the probabilities of
 * codes beside predicted names.
 */
export function selectPredictionColumns(
  names: readonly string[],
  labels: Labels['kind'],
  kinds: ReadonlySet<PredictionKind>,
): string[] {
  const present = names.filter((name) => isPredictionColumn(name, labels))
  const hasScore = present.includes('score')
  const hasProbabilities = present.some((name) => name.startsWith(PROBABILITY_PREFIX))
  return present.filter((name) => {
    if (name === 'prediction') return labels === 'numbers' || kinds.has('classes')
    if (labels === 'numbers') return !present.includes('prediction')
    return name === 'score'
      ? kinds.has('scores') || (kinds.has('probabilities') && !hasProbabilities)
      : kinds.has('probabilities') || (kinds.has('scores') && !hasScore)
  })
}

/** The function from the name of a column to the class whose probability it has; undefined for other columns. */
export function createProbabilityNaming(names: readonly string[], { classNames }: Holdout) {
  const textOf = (name: string) =>
    name.startsWith(PROBABILITY_PREFIX)
      ? (toClassText(name.slice(PROBABILITY_PREFIX.length)) ?? '')
      : undefined
  const nameOf = createClassNaming(
    names.flatMap((name) => textOf(name) ?? []),
    classNames,
  )
  return (name: string) => {
    const text = textOf(name)
    return text === undefined ? undefined : nameOf(text)
  }
}
