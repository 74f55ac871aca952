import { defineContract, type Problem } from '../../src/runtime/contract.ts'
import {
  choice,
  decimal,
  flag,
  list,
  matchPattern,
  modelName,
  runId,
  text,
} from '../../src/runtime/fields.ts'
import { aliasFields, optionalTrackingUri } from '../../src/runtime/shared-inputs.ts'
import { kOfNField, nonNegativeDecimal, positiveNumber, typesField, wholeNumber } from './inputs/fields.ts'
import { reportSchema } from './output/report-schema.ts'

export const contract = defineContract({
  name: 'drift-check',
  description:
    'Compares current data with reference data, and the performance of the live model with its baseline, and reports drift only if it is significant and material.',
  connections: ['mlflow', 'prometheus'],
  inputs: {
    reference: list()
      .optional()
      .describe(
        'Files with the data that the model was trained with, one per line: CSV, CSV in gzip or Parquet, a folder of part files, or a pattern such as `data/*.csv`. Several files are one table.',
      ),
    current: list().optional().describe('Files with the data of now, as `reference`.'),
    columns: list().optional().describe('Columns to compare. Default: all columns of the reference.'),
    'ignore-columns': list().prefault('').describe('Columns not to compare.'),
    types: typesField()
      .optional()
      .describe(
        'Types of columns, one per line, such as `zip: categorical`. One of `numeric`, `categorical`, `datetime`, `id`. Default: inferred from the reference. Columns of type `datetime` and `id` are not compared.',
      ),
    'critical-columns': list()
      .prefault('')
      .describe('Columns whose drift suffices alone, whatever `min-drifted-columns` says.'),
    'drift-policy': choice(['calibrated', 'two-sigma', 'evidently'])
      .prefault('calibrated')
      .describe(
        '`calibrated`: a column drifts if its difference is significant, after correction for the number of tests, and material. `two-sigma`: the means differ by more than `sigmas` standard deviations of the reference. `evidently`: the default tests of Evidently, to compare.',
      ),
    sigmas: positiveNumber(Infinity)
      .prefault('2')
      .describe('Policy `two-sigma`: largest distance of the means, in standard deviations.'),
    alpha: positiveNumber(0.5)
      .prefault('0.05')
      .describe('Largest adjusted p-value of a significant difference.'),
    'numeric-floor': positiveNumber(Infinity)
      .prefault('0.1')
      .describe(
        'Smallest material difference of a numeric column: its Kolmogorov-Smirnov distance, or its Wasserstein distance in interquartile ranges of the reference.',
      ),
    'categorical-floor': positiveNumber(1)
      .prefault('0.1')
      .describe('Smallest material difference of a categorical column: its Jensen-Shannon distance.'),
    'null-floor': positiveNumber(1)
      .prefault('0.05')
      .describe('Smallest material change of the share of missing cells.'),
    'min-rows': wholeNumber('rows', 1)
      .prefault('30')
      .describe('With fewer rows on a side, the check is an error.'),
    'min-drifted-columns': wholeNumber('columns', 1)
      .prefault('1')
      .describe(
        'Drifted columns that make the data drifted. A missing column or a changed type suffices alone.',
      ),
    'extra-columns': choice(['warn', 'drift'])
      .prefault('warn')
      .describe('What a column means that the reference does not have.'),
    group: text()
      .optional()
      .describe('Column that names the user, session or device of a row, if several rows of one are alike.'),
    'time-column': text()
      .optional()
      .describe('Column with the time of a row. Default: rows are taken in the order of the file.'),
    'sample-rows': wholeNumber('rows', 1000, 10_000_000)
      .prefault('100000')
      .describe('Rows per side for the tests. Counts and moments are those of all rows.'),
    seed: wholeNumber('the seed').prefault('0').describe('Changes which rows are sampled.'),
    'k-of-n': kOfNField()
      .optional()
      .describe(
        'Report drift only if at least K of the last N checks drifted, this one included, such as `2/3`. Needs `history`.',
      ),
    history: list()
      .optional()
      .describe(
        'JSON reports of earlier checks, as paths or patterns such as `reports/*.json`, oldest first by name. They also draw the trend in `report-html`. A pattern that matches no file is an empty history.',
      ),
    estimate: flag()
      .prefault('false')
      .describe(
        'Estimate the accuracy of the current rows from the scores of a classifier of two classes, calibrated on the labels of the reference. Advice that never decides.',
      ),
    'estimate-target': text()
      .optional()
      .describe('Column of the reference with the labels 0 and 1. Not compared.'),
    'estimate-score': text().optional().describe('Column with the probability of class 1.'),
    'estimate-prediction': text()
      .optional()
      .describe('Column with the predicted class. Default: class 1 from a score of 0.5 on.'),
    'performance-source': choice(['file', 'mlflow', 'prometheus'])
      .optional()
      .describe('Where the performance of the live model is read. Default: it is not checked.'),
    'performance-metric': text()
      .optional()
      .describe('Name of the metric in the file or the MLflow run, and on the run of the champion.'),
    'performance-file': text().optional().describe('Source `file`: path of one JSON object with the metric.'),
    'performance-run-id': runId().optional().describe('Source `mlflow`: run that logged the metric.'),
    query: text().optional().describe('Source `prometheus`: PromQL query that answers with one value.'),
    'count-query': text()
      .optional()
      .describe('Source `prometheus`: PromQL query for the number of rows behind the value.'),
    'performance-n': wholeNumber('rows', 1)
      .optional()
      .describe('Number of rows behind the current value. With it, the drop is tested.'),
    'performance-baseline': decimal()
      .optional()
      .describe("Value to compare with. Default: the champion's own value of the metric, from MLflow."),
    'performance-baseline-n': wholeNumber('rows', 1)
      .optional()
      .describe('Number of rows behind the baseline.'),
    'max-drop': nonNegativeDecimal()
      .optional()
      .describe('Largest allowed drop, absolute. Default 0.05. A drop of exactly this much is allowed.'),
    'max-drop-relative': nonNegativeDecimal()
      .optional()
      .describe('Largest allowed drop as a share of the baseline, instead of `max-drop`.'),
    'higher-is-better': flag().prefault('true').describe('Set `false` for errors, such as RMSE.'),
    'model-name': modelName().optional().describe('Registered model whose champion gives the baseline.'),
    'champion-alias': aliasFields['champion-alias'],
    'tracking-uri': optionalTrackingUri(),
    'fail-on': choice(['error', 'drift', 'never'])
      .prefault('error')
      .describe(
        'Whether the step fails if the check could not be made, on drift too, or never. Drift is a result, to be read from output `drift-detected`.',
      ),
    'report-html': matchPattern(/^\P{Cc}{1,1000}$/u, 'a path on one line')
      .optional()
      .describe('File for the report as one HTML page, such as `drift.html`.'),
    'show-values': flag()
      .prefault('true')
      .describe(
        'Show categories, quantiles and histograms of the data in the reports. Set `false` where the run is public and the data is not.',
      ),
  },
  rules: (inputs) => [...findDataProblems(inputs), ...findPerformanceProblems(inputs)],
  outputs: {
    verdict: choice(['drift', 'stable', 'inconclusive', 'error'])
      .describe(
        '`inconclusive`: no drift was found, but the rows are too few to have seen it. `error`: the check could not be made.',
      )
      .meta({ onFailure: 'error' }),
    'drift-detected': choice(['true', 'false'])
      .describe('Whether the verdict is `drift`.')
      .meta({ onFailure: 'false' }),
    'data-drift': text().describe(
      '`true` or `false`: whether the data drifted in this check. Empty if not checked.',
    ),
    'performance-drift': text().describe(
      '`true` or `false`: whether performance drifted. Empty if not checked, or not read.',
    ),
    'drifted-columns': text()
      .describe('Drifted columns as a JSON array, the worst first.')
      .meta({ onFailure: '[]' }),
    'drift-share': text().describe('Share of the compared columns that drifted, from 0 to 1.'),
    'max-effect': text().describe(
      'Largest effect relative to its floor: 1 is at the floor. Empty if none was measured.',
    ),
    'performance-drop': text().describe('Baseline minus current value; the reverse if lower is better.'),
    'estimated-accuracy': text().describe('Estimate of the accuracy, with `estimate: true`. Advice only.'),
    'rows-reference': text().describe('Rows of the reference.'),
    'rows-current': text().describe('Rows of the current data.'),
    'report-json': text().describe('Path of the JSON report; its schema is report-json.schema.json.'),
    'report-html': text().describe('Path of the HTML report; empty without the input.'),
    reason: text().describe('Reason for the verdict, on one line.'),
  },
  reports: { 'report-json': reportSchema },
  permissions: { contents: 'read' },
  example: {
    reference: 'data/train.csv',
    current: 'data/this-week.csv',
    'report-html': 'drift.html',
  },
})

interface DataInputs {
  reference?: readonly string[] | undefined
  current?: readonly string[] | undefined
  'performance-source'?: string | undefined
  estimate?: boolean
  'estimate-target'?: string | undefined
  'estimate-score'?: string | undefined
  'k-of-n'?: unknown
  history?: readonly string[] | undefined
}

function findDataProblems(inputs: DataInputs): Problem[] {
  const { reference, current } = inputs
  const problems: Problem[] = []
  const add = (input: string, message: string) => problems.push({ input, message })
  if (!reference && !current && inputs['performance-source'] === undefined)
    add('reference', 'there is nothing to check. Set reference and current, or performance-source')
  if (reference && !current) add('current', 'is required with reference')
  if (current && !reference) add('reference', 'is required with current')
  if (inputs['k-of-n'] !== undefined && !inputs.history)
    add('history', 'is required with k-of-n: the JSON reports of earlier checks')
  if (inputs.estimate !== true) return problems
  if (!reference) add('reference', 'is required with estimate')
  for (const name of ['estimate-target', 'estimate-score'] as const)
    if (inputs[name] === undefined) add(name, 'is required with estimate')
  return problems
}

interface PerformanceRules {
  'performance-source'?: 'file' | 'mlflow' | 'prometheus' | undefined
  'performance-metric'?: string | undefined
  'performance-file'?: string | undefined
  'performance-run-id'?: string | undefined
  'performance-baseline'?: string | undefined
  'model-name'?: string | undefined
  'tracking-uri'?: unknown
  'prometheus-url'?: unknown
  query?: string | undefined
  'max-drop'?: string | undefined
  'max-drop-relative'?: string | undefined
}

function findPerformanceProblems(inputs: PerformanceRules): Problem[] {
  const source = inputs['performance-source']
  const problems: Problem[] = []
  const require = (input: keyof PerformanceRules, why: string) => {
    if (inputs[input] === undefined) problems.push({ input, message: `is required ${why}` })
  }
  if (inputs['max-drop'] !== undefined && inputs['max-drop-relative'] !== undefined)
    problems.push({ input: 'max-drop-relative', message: 'set only one of max-drop and max-drop-relative' })
  if (source === undefined) return problems
  if (source === 'file') require('performance-file', 'with performance-source: file')
  if (source === 'mlflow') require('performance-run-id', 'with performance-source: mlflow')
  if (source === 'prometheus') {
    require('prometheus-url', 'with performance-source: prometheus')
    require('query', 'with performance-source: prometheus')
  } else require('performance-metric', `with performance-source: ${source}`)
  const readsChampion = inputs['performance-baseline'] === undefined
  if (readsChampion) {
    const why = 'for the value of the champion. Or set performance-baseline'
    require('model-name', why)
    if (source === 'prometheus') require('performance-metric', why)
  }
  if (readsChampion || source === 'mlflow') require('tracking-uri', 'to read from MLflow')
  return problems
}
