import type { ParsedFields, Problem } from '../../../src/runtime/contract.ts'
import { choice, decimal, flag, matchPattern, modelName, runId, text } from '../../../src/runtime/fields.ts'
import {
  aliasFields,
  connectionFields,
  optionalPrometheusUrl,
  optionalTrackingUri,
} from '../../../src/runtime/shared-inputs.ts'

const rows = () =>
  matchPattern(/^[1-9][0-9]{0,14}$/, 'a number of rows, such as 1200')
    .transform(Number)
    .optional()
const limit = () =>
  decimal()
    .refine((value) => Number(value) >= 0, { error: 'must not be negative' })
    .optional()

/** Inputs of the comparison of a metric with that of the champion. It is asked for by `performance-source`. */
export const performanceFields = {
  'performance-source': choice(['file', 'mlflow', 'prometheus'])
    .optional()
    .describe('Where the current value of the metric comes from. Left out, performance is not compared.'),
  'performance-metric': text()
    .optional()
    .describe('Metric, such as `accuracy`: the key in the file, and the name in MLflow.'),
  'performance-file': text()
    .optional()
    .describe(
      'JSON file of one object, such as `{"accuracy": 0.91, "n": 1200}`, for `performance-source: file`.',
    ),
  'performance-run-id': runId()
    .optional()
    .describe('Finished run with the current value of the metric, for `performance-source: mlflow`.'),
  query: text().optional().describe('Query with exactly one value, for `performance-source: prometheus`.'),
  'count-query': text()
    .optional()
    .describe('Query with the number of labelled rows behind the value of `query`.'),
  'performance-n': rows().describe(
    'Labelled rows behind the current value (of a recall, the positive ones). Without it, the value alone decides.',
  ),
  'performance-baseline': decimal()
    .optional()
    .describe("Value to compare with. Defaults to the metric of the champion's run in MLflow."),
  'performance-baseline-n': rows().describe(
    'Labelled rows behind the baseline. Left out, it counts as exact.',
  ),
  'max-drop': limit().describe('Largest drop that is no drift, in the unit of the metric. Defaults to 0.05.'),
  'max-drop-relative': limit().describe(
    'The same as a share of the baseline, such as 0.1, in place of `max-drop`.',
  ),
  'higher-is-better': flag()
    .optional()
    .describe('Whether a higher value is better. Needed only for a metric whose name does not say it.'),
  'model-name': modelName().optional().describe('Registered model whose champion gives the baseline.'),
  'champion-alias': aliasFields['champion-alias'],
  ...connectionFields.mlflow,
  'tracking-uri': optionalTrackingUri(),
  ...connectionFields.prometheus,
  'prometheus-url': optionalPrometheusUrl(),
} as const

export type PerformanceInputs = ParsedFields<typeof performanceFields>

/** Inputs that each source needs, and those that only it reads. */
const SOURCES = {
  file: { needed: ['performance-file'], own: ['performance-file'] },
  mlflow: { needed: ['performance-run-id', 'tracking-uri'], own: ['performance-run-id'] },
  prometheus: { needed: ['query', 'prometheus-url'], own: ['query', 'count-query'] },
} as const

/** The rules between these inputs. */
export function checkPerformanceInputs(inputs: PerformanceInputs): Problem[] {
  const source = inputs['performance-source']
  const isSet = (name: keyof PerformanceInputs) => inputs[name] !== undefined
  const need = (name: keyof PerformanceInputs, why: string): Problem[] =>
    isSet(name) ? [] : [{ input: name, message: `is required ${why}` }]
  const foreign = Object.entries(SOURCES).flatMap(([other, { own }]) =>
    other === source
      ? []
      : own.filter(isSet).map((input) => ({ input, message: `needs performance-source: ${other}` })),
  )
  if (source === undefined) {
    const unused = (['performance-metric', 'performance-baseline', 'max-drop', 'max-drop-relative'] as const)
      .filter(isSet)
      .map((input) => ({ input, message: 'needs performance-source: file, mlflow or prometheus' }))
    return [...foreign, ...unused]
  }
  const fromChampion = 'for a baseline from the champion; or set performance-baseline'
  return [
    ...foreign,
    ...SOURCES[source].needed.flatMap((name) => need(name, `with performance-source: ${source}`)),
    ...need('performance-metric', 'with performance-source'),
    ...(isSet('performance-baseline') ? [] : (['model-name', 'tracking-uri'] as const))
      .filter((name) => source !== 'mlflow' || name !== 'tracking-uri')
      .flatMap((name) => need(name, fromChampion)),
    ...(isSet('max-drop') && isSet('max-drop-relative')
      ? [{ input: 'max-drop-relative', message: 'excludes max-drop. Remove one of them' }]
      : []),
    ...(isSet('count-query') && isSet('performance-n')
      ? [{ input: 'performance-n', message: 'excludes count-query. Remove one of them' }]
      : []),
  ]
}
