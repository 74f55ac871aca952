import { defineContract, type Problem } from '../../src/runtime/contract.ts'
import { choice, decimal, flag, list, matchPattern, quote, text } from '../../src/runtime/fields.ts'
import { columnTypes, readColumnTypes } from './column-types.ts'
import { checkPerformanceInputs, performanceFields } from './performance/fields.ts'
import { reportSchema } from './report-schema.ts'

const wholeNumber = (what: string) => matchPattern(/^[1-9][0-9]{0,8}$/, `a number of ${what}, such as 100`)
const share = () =>
  decimal()
    .refine((value) => Number(value) > 0 && Number(value) <= 1, { error: 'must be above 0 and at most 1' })
    .transform(Number)
const paths = () =>
  list().refine((entries) => entries.length > 0, { error: 'is empty. Set the path of a file' })

const FILES =
  'one per line: CSV, CSV in gzip or Parquet, a folder of part files, or a pattern such as `data/*.csv`. Several files are one table.'

export const contract = defineContract({
  name: 'drift-check',
  description:
    'Compares current data with a reference, and the performance of the live model with its baseline, and reports drift only where a difference is both significant and large enough to matter.',
  connections: [],
  inputs: {
    reference: paths().optional().describe(`Data that the live model was trained with, or like it, ${FILES}`),
    current: paths().optional().describe(`Data that the live model gets now, ${FILES}`),
    columns: list().prefault('').describe('Columns to compare. Defaults to all columns of `reference`.'),
    'ignore-columns': list().prefault('').describe('Columns that are not compared.'),
    'critical-columns': list()
      .prefault('')
      .describe('Columns of which one is enough, whatever `min-drifted-columns` says.'),
    types: text()
      .superRefine((value, issues) => {
        for (const message of readColumnTypes(value).problems) issues.addIssue({ code: 'custom', message })
      })
      .transform((value) => readColumnTypes(value).types)
      .optional()
      .describe(
        `Types of columns, one per line, such as \`zip: categorical\` (${columnTypes.join(', ')}). Others are inferred from \`reference\`.`,
      ),
    'drift-policy': choice(['calibrated', 'two-sigma', 'evidently'])
      .prefault('calibrated')
      .describe(
        '`calibrated`: significant and material. `two-sigma`: the mean has moved by more than `sigmas` standard deviations. `evidently`: the default tests of Evidently.',
      ),
    sigmas: decimal()
      .refine((value) => Number(value) > 0, { error: 'must be above 0' })
      .transform(Number)
      .prefault('2')
      .describe('Standard deviations of the reference, for `two-sigma`.'),
    alpha: share()
      .prefault('0.05')
      .describe('Largest p-value of a significant difference, after Benjamini and Hochberg.'),
    'numeric-floor': share()
      .prefault('0.1')
      .describe(
        'Smallest material effect of a numeric column: Kolmogorov-Smirnov distance, or Wasserstein distance in interquartile ranges of the reference.',
      ),
    'categorical-floor': share()
      .prefault('0.1')
      .describe('Smallest material effect of a categorical column: Jensen-Shannon distance.'),
    'null-floor': share()
      .prefault('0.05')
      .describe('Smallest material change of the share of missing values.'),
    'min-rows': wholeNumber('rows')
      .transform(Number)
      .prefault('30')
      .describe('Fewest rows of each side. With fewer, the check is an error.'),
    'min-drifted-columns': wholeNumber('columns')
      .transform(Number)
      .prefault('1')
      .describe('Drifted columns that make the data drifted. A structural finding is enough alone.'),
    'extra-columns': choice(['warn', 'drift'])
      .prefault('warn')
      .describe('Whether a column that only `current` has is a warning or drift.'),
    group: text()
      .optional()
      .describe(
        'Column of what rows have in common, such as the user: rows of one group are not independent.',
      ),
    'time-column': text()
      .optional()
      .describe('Column of the time of a row. Defaults to the order of the rows.'),
    'sample-rows': wholeNumber('rows')
      .transform(Number)
      .prefault('100000')
      .describe('Rows of each side that the tests use. Counts, means and missing values are of all rows.'),
    seed: matchPattern(/^[0-9]{1,9}$/, 'a whole number, such as 1')
      .prefault('1')
      .describe('Seed of the sample. The same seed and files give the same report.'),
    'k-of-n': matchPattern(/^[1-9][0-9]?\/[1-9][0-9]?$/, 'of the form k/n, such as 2/3')
      .transform((value) => {
        const [k, n] = value.split('/').map(Number) as [number, number]
        return { k, n }
      })
      .refine(({ k, n }) => k <= n, { error: 'must have k at most n' })
      .optional()
      .describe(
        'Report drift only if k of the last n checks drifted, this one included, such as `2/3`. Needs `history`.',
      ),
    history: text()
      .optional()
      .describe(
        'JSON reports of earlier checks as a pattern, such as `history/*.json`, the oldest first by name.',
      ),
    estimate: flag()
      .prefault('false')
      .describe(
        'Estimate the accuracy of a classifier of two classes on the current rows, which have no labels, from its scores. Advice: it never decides.',
      ),
    'estimate-target': text()
      .optional()
      .describe('Column of `reference` with the labels, 0 or 1. It is not compared.'),
    'estimate-score': text().optional().describe('Column with the predicted probability of class 1.'),
    'estimate-prediction': text()
      .optional()
      .describe('Column with the predicted class. Defaults to class 1 from a score of 0.5 on.'),
    ...performanceFields,
    'report-html': text().optional().describe('File for the report as one HTML page, such as `drift.html`.'),
    'show-values': flag()
      .prefault('true')
      .describe(
        'Show categories, quantiles and the edges of histograms. Everyone who can read the run sees them.',
      ),
    'fail-on': choice(['error', 'drift', 'never'])
      .prefault('error')
      .describe(
        'Whether the step fails if the data cannot be compared, on drift too, or never. With `never`, read output `verdict`.',
      ),
  },
  rules: (inputs) => [...checkDataInputs(inputs), ...checkPerformanceInputs(inputs)],
  outputs: {
    verdict: choice(['drift', 'stable', 'inconclusive', 'error'])
      .describe(
        '`inconclusive`: nothing drifted, but a column has too few rows to show a difference at its floor. `error`: the data could not be compared.',
      )
      .meta({ onFailure: 'error' }),
    'drift-detected': choice(['true', 'false'])
      .describe('`true` only for verdict `drift`. Start a retrain with it.')
      .meta({ onFailure: 'false' }),
    'data-drift': choice(['true', 'false', ''])
      .describe(
        'Whether the data of this check drifted, whatever `k-of-n` says; empty if it was not compared.',
      )
      .meta({ onFailure: '' }),
    'performance-drift': choice(['true', 'false', ''])
      .describe('Whether the performance drifted, whatever `k-of-n` says; empty if it was not compared.')
      .meta({ onFailure: '' }),
    'drifted-columns': text()
      .describe('Drifted columns as a JSON array, the worst first.')
      .meta({ onFailure: '[]' }),
    'drift-share': text().describe('Share of the compared columns that drifted.'),
    'max-effect': text().describe('Largest effect relative to its floor; 1 is at the floor.'),
    'performance-drop': text().describe(
      'How much worse the current value is, exact; negative if it is better.',
    ),
    'estimated-accuracy': text().describe(
      'Estimated accuracy with `estimate: true`; empty if it was not estimated.',
    ),
    'rows-reference': text().describe('Rows of `reference`.'),
    'rows-current': text().describe('Rows of `current`.'),
    'report-json': text().describe('Path of the JSON report; its schema is report-json.schema.json.'),
    'report-html': text().describe('Path of the HTML report; empty without input `report-html`.'),
    reason: text().describe('Reason for the verdict, on one line.'),
  },
  reports: { 'report-json': reportSchema },
  permissions: { contents: 'read' },
  example: { reference: 'data/train.csv', current: 'data/last-week.csv' },
})

interface DataInputs {
  reference?: readonly string[] | undefined
  current?: readonly string[] | undefined
  columns: readonly string[]
  'ignore-columns': readonly string[]
  'critical-columns': readonly string[]
  'k-of-n'?: unknown
  history?: string | undefined
  estimate: boolean
  'estimate-target'?: string | undefined
  'estimate-score'?: string | undefined
  'performance-source'?: string | undefined
}

function checkDataInputs(inputs: DataInputs): Problem[] {
  const { reference, current, estimate } = inputs
  const problem = (input: string, message: string, isWrong: boolean): Problem[] =>
    isWrong ? [{ input, message }] : []
  // Rules also run where an input is invalid, and then it is undefined.
  const ignored = inputs['ignore-columns'] ?? []
  const named = [...(inputs.columns ?? []), ...(inputs['critical-columns'] ?? [])]
  return [
    ...problem(
      'reference',
      'there is nothing to check. Set reference and current, or performance-source',
      !reference && !current && inputs['performance-source'] === undefined,
    ),
    ...problem('current', 'is required with reference', !!reference && !current),
    ...problem('reference', 'is required with current', !!current && !reference),
    ...problem(
      'k-of-n',
      'needs history, the reports of earlier checks',
      inputs['k-of-n'] !== undefined && inputs.history === undefined,
    ),
    ...ignored
      .filter((name) => named.includes(name))
      .map((name) => ({
        input: 'ignore-columns',
        message: `has ${quote(name)}, which columns or critical-columns name, too. Remove it from one of them`,
      })),
    ...problem('estimate', 'needs reference and current', estimate === true && !reference && !current),
    ...(['estimate-target', 'estimate-score'] as const).flatMap((name) =>
      problem(name, 'is required with estimate', estimate === true && inputs[name] === undefined),
    ),
  ]
}
