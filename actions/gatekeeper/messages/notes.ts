import { formatValue } from '../../../src/domain/core/metric-value.ts'
import type { EvaluationNote } from '../../../src/domain/gate/evaluation/types.ts'
import { describeCheck } from './criterion.ts'
import { describeEvidenceProblem } from './evidence.ts'

/** How the models were compared, as a sentence. */
export function describeNote(note: EvaluationNote): string {
  switch (note.kind) {
    case 'logged-metrics':
      return 'The models were not evaluated on the same rows: the metrics that their runs logged do not account for chance.'
    case 'logged-proportions':
      return 'The models were not evaluated on the same rows. The interval treats them as two independent samples, which is weaker than a paired comparison.'
    case 'no-champion':
      return 'Only fixed limits were checked: no champion is compared on these rows.'
    case 'identical-predictions':
      return 'The predictions of both models are identical on every row. Are they of two models? A script must read the model in MODEL_URI.'
    case 'other-unit':
      return `${note.metric} of the two models differs by a factor of ${formatValue(note.factor)}. Are both values in the same unit?`
    case 'odd-champion':
      return `Is the champion scored correctly? ${note.metric}: ${describeEvidenceProblem(note.problem)}.`
    case 'positive-control-undecided':
      return `Not even perfect predictions would pass on these rows: ${describeCheck(note.check)}.`
  }
}
