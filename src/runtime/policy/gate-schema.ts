import * as z from 'zod'
import { choice, shown } from '../fields.ts'
import {
  amount,
  between,
  count,
  day,
  metricName,
  moment,
  number,
  section,
  span,
  version,
  words,
} from './scalars.ts'

const direction = () =>
  choice(['higher', 'lower'])
    .optional()
    .describe('Which values are the better ones. Left out, what the name of the metric tells, else higher.')
const statistic = () =>
  words()
    .optional()
    .describe("The statistic that computes the metric from rows, where the metric's name does not tell.")
const maxRegression = () => amount().describe('May be worse than the champion by this much, and no more.')
const column = (what: string) => words().optional().describe(`Column with ${what}.`)

const guardrail = section({
  metric: metricName().describe('Name of the metric, as the run logged it.'),
  direction: direction(),
  statistic: statistic(),
  max_regression: maxRegression().optional(),
  floor: number().optional().describe('The least acceptable value.'),
  ceiling: number().optional().describe('The greatest acceptable value.'),
  across: column(
    'groups of rows: the value is then the gap between the greatest and the least of the statistic over the groups',
  ),
})

const slice = section({
  column: words().describe('Column of the holdout; each of its values is a slice.'),
  values: z.array(words()).min(1, { error: 'names no value' }).optional().describe('Only these values.'),
  max_regression: maxRegression(),
  min_samples: count(1, 1_000_000)
    .optional()
    .describe('A slice of fewer rows (or groups) blocks only on evidence of harm. Left out, 100.'),
})

const source = { path: words().optional(), artifact: words().optional() }

/** A column's worth of ids: a file of the workspace, or of each run's artifacts. */
const trainingIds = z.union(
  [
    words().transform((path) => ({ path })),
    section({
      path: source.path.describe('File in the workspace.'),
      artifact: source.artifact.describe("File in the artifacts of each model's own run."),
    }),
  ],
  { error: 'give a path, or {artifact: train_ids.csv}' },
)

const trainingCutoff = z.union(
  [
    moment(),
    section({ param: words().describe("Param of each model's run that says it.") }),
    section({ tag: words().describe("Tag of each model's run that says it.") }),
  ],
  { error: 'give a time such as 2026-10-01, {param: NAME} or {tag: NAME}' },
)

const rows = z.union(
  [
    count(1, 999_999_999).transform((count) => ({ count })),
    words().transform((param) => ({ param })),
    section({ param: words().describe('Param of the run that holds it.') }),
  ],
  { error: 'give a number of rows, or the name of the param that holds it' },
)

const holdout = section({
  path: source.path.describe('File in the workspace with the labels, one row per id. This or `artifact`.'),
  artifact: source.artifact.describe("File in the artifacts of the candidate's run. This or `path`."),
  id: column('the id by which predictions are joined. Left out, `id`'),
  label: column('what each row really is. Left out, `label`'),
  group: column('what rows belong together by (a user, a session), so that they are resampled as one'),
  query: column('what rows are ranked against each other by, for Hit@k and NDCG@k'),
  time: column("each row's time"),
  weight: column("each row's weight"),
  positive: words().optional().describe('The label that is the positive class.'),
  training_ids: trainingIds.optional().describe('Ids that the models were trained on: none may be here.'),
  training_cutoff: trainingCutoff.optional().describe('Until when the training data go.'),
  label_lag: span().optional().describe('How long a label takes to become final, such as 7d.'),
})

const champion = section({
  max_age: span().optional().describe('After this long, such as 90d, a champion is stale.'),
  on_stale: choice(['warn', 'inconclusive'])
    .optional()
    .describe('Whether a stale champion is only warned of. Left out, warn.'),
  incomparable: section({
    version: version().describe('The version that it is about, and no other.'),
    by: words().describe('Who decided it.'),
    reason: words().describe('Why it can no longer be scored.'),
    until: day().describe('The last day (UTC) on which it holds.'),
  })
    .optional()
    .describe('Lets go of a champion that can no longer be scored.'),
})

const shell = () =>
  z.string().regex(/^(bash|sh|python)$|\{0\}/, {
    error: ({ input }) =>
      `${shown(String(input))} is not bash, sh or python, nor a command with {0} in the place of the script's file`,
  })

const evaluate = section({
  run: words().describe(
    'Script that scores the model in the folder MODEL_URI and writes its predictions to PREDICTIONS_PATH.',
  ),
  shell: shell()
    .optional()
    .describe(
      'bash (the default), sh, python, or a command with {0} in the place of the file of the script.',
    ),
  working_directory: words().optional().describe('Folder that it runs in, from the workspace on.'),
  timeout: span().optional().describe('How long it may take per model. Left out, 30m.'),
})

const predictions = section({
  artifact: words().optional().describe("File of the same name in each model's run."),
  candidate: words().optional().describe('File in the workspace.'),
  champion: words().optional().describe('File in the workspace.'),
  anchor: words().optional().describe('File in the workspace.'),
})

/** The section `gate`, as a person writes it. Nothing has a default here, so that sections can be laid over each other. */
export const gateSchema = section({
  kind: choice(['challenger', 'refresh', 'threshold'])
    .optional()
    .describe(
      'challenger (the default): must be better. refresh: must not be worse. threshold: by its own values.',
    ),
  metric: metricName().optional().describe('The metric that decides, as the run logged it.'),
  direction: direction(),
  statistic: statistic(),
  min_improvement: amount()
    .optional()
    .describe('kind challenger: better by at least this. Left out, better at all.'),
  margin: amount().optional().describe('kind refresh: not worse by more than this.'),
  anchor: section({
    version: version().describe('The fixed version.'),
    margin: amount().describe('Not worse than it by more than this.'),
  })
    .optional()
    .describe('kind refresh: a fixed version, so that small steps cannot add up.'),
  min_value: number()
    .optional()
    .describe('The worst value that is acceptable at all: the least, or where lower is better the greatest.'),
  guardrails: z.array(guardrail).optional().describe('What else must not break.'),
  slices: z.array(slice).optional().describe('Parts of the rows on which the metric must not break either.'),
  champion: champion.optional().describe('Rules about the model that is live.'),
  comparable: section({
    same_data: choice(['known', 'required'])
      .optional()
      .describe(
        'known (the default): inconclusive where the evaluation data are known to differ. required: also where nothing is known of them.',
      ),
    sha256: words().optional().describe('Param or tag of a run with the sha256 of its evaluation data.'),
    rows: rows.optional().describe('Rows of the evaluation data, for metrics that come without rows.'),
  })
    .optional()
    .describe('When two stored values may be compared.'),
  evaluate: evaluate.optional().describe('Scores both models on the holdout by a script.'),
  predictions: predictions.optional().describe('Files with the predictions, in place of `evaluate`.'),
  holdout: holdout.optional().describe('The rows on which both models are judged.'),
  statistics: section({
    confidence: between(0.5, 1).optional().describe('One-sided. Left out, 0.95.'),
    resamples: count(200, 100_000).optional().describe('Left out, 2000.'),
    min_rows: count(10, 999_999_999).optional().describe('Fewer rows decide nothing. Left out, 30.'),
    min_groups: count(10, 999_999_999).optional().describe('Fewer groups decide nothing. Left out, 10.'),
  })
    .optional()
    .describe('How sure is sure.'),
  decision: section({
    mode: choice(['enforce', 'dry-run']).optional().describe('dry-run judges and writes nothing.'),
    on_inconclusive: choice(['skip', 'fail']).optional().describe('Whether it leaves the step green or red.'),
    max_rejections: count(1, 100).optional().describe('Rejections in a row that are warned of. Left out, 3.'),
  })
    .optional()
    .describe('What becomes of the verdict.'),
})

export type GateSection = z.output<typeof gateSchema>
