import { formatValue } from '../../../src/domain/core/metric-value.ts'
import { capitalize } from '../../../src/domain/core/text.ts'
import type { EvaluationNote } from '../../../src/domain/gate/evaluation/types.ts'
import { describeCheck } from './criterion.ts'
import { describeEvidenceProblem, IDENTICAL } from './evidence.ts'

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
      return `${capitalize(IDENTICAL)}.`
    case 'unlike-logged': {
      const { model, value, logged } = note.comparison
      const name = model === 'candidate' ? 'the candidate' : model
      return `${note.metric} of ${name} is ${formatValue(value)} from its predictions, but its run logged ${formatValue(logged)}, and chance does not explain the difference. Are the predictions those of this model and of these rows, or did the run log it on other data?`
    }
    case 'other-unit':
      return `${note.metric} of the two models differs by a factor of ${formatValue(note.factor)}. Are both values in the same unit?`
    case 'odd-champion':
      return `Is the champion scored correctly? ${note.metric}: ${describeEvidenceProblem(note.problem)}.`
    case 'positive-control-undecided':
      return `Not even perfect predictions would pass on these rows: ${describeCheck(note.check)}.`
  }
}
