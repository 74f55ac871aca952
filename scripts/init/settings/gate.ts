import { findKnownDirection } from '../../../src/domain/gate/evaluation/value-range.ts'
import { findStatistic, STATISTIC_NAMES } from '../../../src/domain/gate/metrics/statistic-catalog.ts'
import {
  type Evaluation,
  type EvaluationFiles,
  findIdColumn,
  findLabelColumn,
  joinNames,
} from '../inspect/evaluation-files.ts'
import type { TrainingScript } from '../inspect/training-scripts.ts'
import { type Chooser, printable } from './chooser.ts'

export interface GateSettings {
  metric: string
  /** Set if the gate does not know the direction of the metric. */
  direction: string | undefined
  /** Files of a paired comparison; undefined to compare logged values. */
  evaluation: (EvaluationFiles & { label: string; id: string | undefined }) | undefined
  /** Why the files of a paired comparison are not used, as a sentence with the step that fixes it. */
  unusedFiles: string | undefined
}

const DEFAULT_METRIC = 'accuracy'

/** Chooses the metric, and whether the gate compares rows or logged values. */
export async function chooseGate(
  { files, problem }: Evaluation,
  script: TrainingScript | undefined,
  chooser: Chooser,
): Promise<GateSettings> {
  const [best] = (script?.metrics ?? []).toSorted((one, other) => rankMetric(one) - rankMetric(other))
  const metric =
    (await chooser.choose({
      flag: 'metric',
      what: 'metric',
      suggestion: best
        ? { value: best, source: `logged by ${script?.path}` }
        : { value: DEFAULT_METRIC, source: 'assumed: no metric found' },
      hint:
        best || !script
          ? undefined
          : `No metric found in ${printable(script.path)}: ${DEFAULT_METRIC} is a guess.`,
    })) ?? DEFAULT_METRIC
  const statistic = findStatistic(metric)
  const isKnown = statistic !== undefined || findKnownDirection(metric) !== undefined
  const direction = isKnown
    ? undefined
    : await chooser.choose({
        flag: 'direction',
        what: `better values of ${metric}`,
        options: ['higher', 'lower'],
        // score() of scikit-learn: accuracy or R².
        suggestion: /^[A-Z]\w*_score_\w+$/.test(metric)
          ? { value: 'higher', source: 'score() of scikit-learn' }
          : undefined,
        required: `Is a higher or a lower ${JSON.stringify(metric)} better? Say it with --direction, or choose another metric with --metric.`,
      })
  const logged = (unusedFiles = problem): GateSettings => ({
    ...{ metric, direction, unusedFiles },
    evaluation: undefined,
  })
  if (!files) return logged()
  if (!statistic)
    return logged(
      describeUnused(
        files,
        `the gate cannot compute ${printable(metric)} from rows. It computes ${STATISTIC_NAMES.join(', ')}: choose one, as in --metric auc --label ${findLabelColumn(files.columns) ?? 'COLUMN'} --force`,
      ),
    )
  const label = await chooseColumn('label', findLabelColumn(files.columns), files, chooser)
  if (label === undefined)
    return logged(
      describeUnused(
        files,
        `which column is the label? Name it with --label COLUMN${files.columns.length > 0 ? ` (${files.columns.map(printable).join(', ')})` : ''}`,
      ),
    )
  const idColumn = findIdColumn(files.columns)
  const id = await chooseColumn('id', idColumn, files, chooser, idColumn === 'id')
  return { metric, direction, evaluation: { ...files, label, id }, unusedFiles: undefined }
}

/** Says that the files of a paired comparison are not used. @param reason with the step that fixes it */
export function describeUnused({ holdout, script }: EvaluationFiles, reason: string): string {
  return `${joinNames([holdout, script])} are not used, and the gate compares logged values: ${reason}.`
}

/** The metrics that the gate knows come first. */
function rankMetric(metric: string): number {
  if (findStatistic(metric)) return 0
  return findKnownDirection(metric) ? 1 : 2
}

/** @param quiet takes the suggestion without a question */
function chooseColumn(
  flag: 'label' | 'id',
  suggested: string | undefined,
  { holdout, columns }: EvaluationFiles,
  chooser: Chooser,
  quiet = false,
): Promise<string | undefined> {
  return chooser.choose({
    flag,
    what: `${flag} column of ${holdout}`,
    // The columns of a Parquet file are not known here.
    options: columns,
    suggestion: suggested === undefined ? undefined : { value: suggested, source: `column of ${holdout}` },
    quiet,
  })
}
