import type { ModelValues } from '../release/chart-values.ts'
import type { ValuePath } from './value-paths.ts'

/** A value of the chart, written from a template such as `v{{version}}`. */
export interface VersionValue {
  path: ValuePath
  template: string
}

/** What a template can name in double braces. */
const PLACEHOLDERS = {
  version: 'version',
  name: 'name',
  'mlflow-uri': 'mlflowUri',
  digest: 'digest',
  'run-id': 'runId',
} as const satisfies Record<string, keyof ModelValues>
export type Placeholder = keyof typeof PLACEHOLDERS
export const placeholders = Object.keys(PLACEHOLDERS) as Placeholder[]

/** A bare word: `{{ .Values.x }}` belongs to the chart. */
const PLACEHOLDER = /\{\{\s*([\w-]+)\s*\}\}/g

/** What is meant as one: `{{model.version}}` and `{{version | quote}}` are nothing that a chart could render. */
const MEANT = new RegExp(
  `\\{\\{-?\\s*((?:${placeholders.join('|')})\\b[^}]*?|[\\w-]+(?:\\.[\\w-]+)*)\\s*-?\\}\\}`,
  'g',
)

/** The words that a template has in double braces, known or not. */
export function findPlaceholders(template: string): string[] {
  return [...template.matchAll(MEANT)].map(([, word = '']) => word)
}

/** Fills in a template. A placeholder without a value becomes empty. */
export function renderTemplate(template: string, model: ModelValues): string {
  return template.replaceAll(
    PLACEHOLDER,
    (_match, word: string) => model[PLACEHOLDERS[word as Placeholder]] ?? '',
  )
}

/** Labels of a revision that state its model, where its values have no `model.version`. */
export const modelLabels = {
  name: 'retrain-actions.github.io/model',
  version: 'retrain-actions.github.io/model-version',
} as const

/** The labels of a revision. A model name that is no label value is left out. */
export function formatModelLabels({ name, version }: ModelValues): Record<string, string> {
  const isLabelValue = /^[a-z0-9]([-\w.]{0,61}[a-z0-9])?$/i.test(name)
  return { ...(isLabelValue ? { [modelLabels.name]: name } : {}), [modelLabels.version]: version }
}
