import { findKnownDirection } from '../../../src/domain/gate/evaluation/value-range.ts'
import { findStatistic } from '../../../src/domain/gate/metrics/statistic-catalog.ts'
import { type EvaluationFiles, findLabelColumn } from '../inspect/evaluation-files.ts'
import type { TrainingScript } from '../inspect/training-scripts.ts'
import type { Chooser } from './chooser.ts'

export interface GateSettings {
  metric: string
  /** Set if the gate does not know the direction of the metric. */
  direction: string | undefined
  /** Files of a paired comparison; undefined to compare logged values. */
  evaluation: (EvaluationFiles & { label: string }) | undefined
}

/** Chooses the metric, and whether the gate compares rows or logged values. */
export async function chooseGate(
  evaluation: EvaluationFiles | undefined,
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
        : { value: 'accuracy', source: 'assumed: no metric found' },
    })) ?? 'accuracy'
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
  // Only a statistic can be computed from rows.
  const files = statistic && evaluation
  const label = files && (await chooseLabel(files, chooser))
  return { metric, direction, evaluation: files && label !== undefined ? { ...files, label } : undefined }
}

/** The metrics that the gate knows come first. */
function rankMetric(metric: string): number {
  if (findStatistic(metric)) return 0
  return findKnownDirection(metric) ? 1 : 2
}

async function chooseLabel(
  { holdout, columns }: EvaluationFiles,
  chooser: Chooser,
): Promise<string | undefined> {
  const label = findLabelColumn(columns)
  return chooser.choose({
    flag: 'label',
    what: `label column of ${holdout}`,
    // The columns of a Parquet file are not known here.
    options: columns,
    suggestion: label === undefined ? undefined : { value: label, source: `column of ${holdout}` },
  })
}
