import { defineContract } from '../../src/runtime/contract.ts'
import { choice, flag, list, matchPattern, quote, text } from '../../src/runtime/fields.ts'
import { reportSchema } from './report-schema.ts'
import { readSeverities } from './severities.ts'

const wholeNumber = (what: string) => matchPattern(/^[0-9]{1,9}$/, `a whole number of ${what}, such as 100`)

const RANGE = /^\s*(-?[0-9]+(?:\.[0-9]+)?)\s*\.\.\s*(-?[0-9]+(?:\.[0-9]+)?)\s*$/

export const contract = defineContract({
  name: 'validate-data',
  description:
    'Checks data against a schema, a reference or a few limits before a model is trained with it, and reports all problems at once with their lines.',
  connections: [],
  inputs: {
    data: list()
      .refine((paths) => paths.length > 0, { error: 'is empty. Set the path of a file' })
      .describe(
        'Files with the data, one per line: CSV, CSV in gzip or Parquet, a folder of part files, or a pattern such as `data/*.csv`. Several files are one table.',
      ),
    schema: text().optional().describe('Rules as YAML, or the path of a file with them.'),
    reference: list()
      .optional()
      .describe(
        'Data that is known to be good, as `data`. The rules are inferred from it, if there is no `schema`.',
      ),
    'write-schema': text()
      .optional()
      .describe('File for the rules that are inferred from `reference`, as YAML to review and commit.'),
    'max-missing': wholeNumber('cells')
      .transform(Number)
      .optional()
      .describe('Missing cells in the whole table, at most (check `no_missing_values`).'),
    columns: list()
      .refine((entries) => new Set(entries).size === entries.length, { error: 'names a column twice' })
      .optional()
      .describe('Number of columns, or their names in any order (check `correct_shape`).'),
    target: text()
      .optional()
      .describe('Column that the model predicts. It must be there, and is no feature.'),
    'min-class-count': wholeNumber('rows')
      .transform(Number)
      .optional()
      .describe('Each class of `target` must have more rows than this (check `target_distribution`).'),
    range: rangeField()
      .optional()
      .describe(
        'Range such as `-10..10` in which every cell of every feature must lie, without its bounds (check `feature_ranges`).',
      ),
    severity: text()
      .superRefine((value, issues) => {
        for (const message of readSeverities(value).problems) issues.addIssue({ code: 'custom', message })
      })
      .transform((value) => readSeverities(value).severities)
      .optional()
      .describe(
        'Severity of checks, one per line, such as `no_missing_values: warn`. It overrides the schema.',
      ),
    'missing-values': list()
      .prefault('')
      .describe(
        'More words that mean a missing value, such as `none`, beside NA, NaN, null and their variants.',
      ),
    'not-missing': list()
      .prefault('')
      .describe('Words that are values although they usually mean a missing one, such as `NA`.'),
    'show-values': flag()
      .prefault('false')
      .describe(
        'Show failing cells and names of classes in messages and report. Everyone who can read the run sees them.',
      ),
    'fail-on': choice(['error', 'warn', 'never'])
      .prefault('error')
      .describe(
        'Whether the step fails on errors, on warnings too, or never. With `never`, read output `valid`, which is false also if the data could not be read.',
      ),
  },
  rules: (inputs) => [
    ...(inputs.schema === undefined &&
    inputs.reference === undefined &&
    inputs['max-missing'] === undefined &&
    inputs.columns === undefined &&
    inputs['min-class-count'] === undefined &&
    inputs.range === undefined
      ? [
          {
            input: 'schema',
            message:
              'there is nothing to check. Set schema, reference, max-missing, columns, target with min-class-count, or range',
          },
        ]
      : []),
    ...(inputs.schema !== undefined && inputs.reference !== undefined
      ? [{ input: 'reference', message: 'set only one of schema and reference' }]
      : []),
    ...(inputs['write-schema'] !== undefined && inputs.reference === undefined
      ? [{ input: 'write-schema', message: 'needs reference, from which the schema is inferred' }]
      : []),
    ...(inputs['min-class-count'] !== undefined && inputs.target === undefined
      ? [{ input: 'min-class-count', message: 'needs target, the column of the classes' }]
      : []),
  ],
  outputs: {
    valid: choice(['true', 'false'])
      .describe('Whether the data was read and no check of severity error failed.')
      .meta({ onFailure: 'false' }),
    errors: text().describe('Number of failed checks of severity error.'),
    warnings: text().describe('Number of failed checks of severity warn.'),
    'failed-checks': text()
      .describe(
        'Names of the failed checks, each once, as a JSON array: `no_missing_values`, `correct_shape`, `target_distribution`, `feature_ranges` of the inputs, and the rules of the schema. `readable` if the data could not be read.',
      )
      .meta({ onFailure: '[]' }),
    rows: text().describe('Number of rows.'),
    columns: text().describe('Number of columns.'),
    samples: text().describe('Number of rows, as `rows`.'),
    features: text().describe('Number of columns without `target`.'),
    'schema-sha256': text().describe('sha256 of the schema as written, or as inferred; empty without one.'),
    'report-json': text().describe('Path of the JSON report; its schema is report-json.schema.json.'),
    reason: text().describe('Reason for the result, on one line.'),
  },
  reports: { 'report-json': reportSchema },
  permissions: { contents: 'read' },
  example: {
    data: 'data/train.csv',
    'max-missing': '0',
    columns: '21',
    target: 'target',
    'min-class-count': '100',
    range: '-10..10',
  },
})

function rangeField() {
  return text()
    .superRefine((value, issues) => {
      const [, low, high] = RANGE.exec(value) ?? []
      if (low === undefined || high === undefined)
        issues.addIssue({
          code: 'custom',
          message: `${quote(value)} is not a range. Write two numbers, such as -10..10`,
        })
      else if (Number(low) >= Number(high))
        issues.addIssue({
          code: 'custom',
          message: `${quote(value)} is empty. Write the smaller number first`,
        })
    })
    .transform((value) => {
      const [, low = '', high = ''] = RANGE.exec(value) ?? []
      return { low, high }
    })
}
