import type { ValuePath } from './value-paths.ts'

/** What a chart can receive of a model version; always strings, so that 007 stays 007. */
export interface ModelValues {
  name: string
  version: string
  /** Left out, the chart's default stays. */
  mlflowUri?: string | undefined
  /** Of the version's files. */
  digest?: string | undefined
  runId?: string | undefined
}

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

/** The words that a template has in double braces, known or not. */
export function findPlaceholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, word = '']) => word)
}

/** Fills in a template. A placeholder without a value becomes empty. */
export function renderTemplate(template: string, model: ModelValues): string {
  return template.replaceAll(
    PLACEHOLDER,
    (_match, word: string) => model[PLACEHOLDERS[word as Placeholder]] ?? '',
  )
}

/** What helm-deploy writes where `version-values` does not say otherwise. */
export function defaultModelValues({ name, version, mlflowUri }: ModelValues) {
  return { model: { name, version, mlflowUri } }
}

/** `model.name` and `model.version` in a release's values; undefined where a value is missing or empty. */
export function readModelValues(values: Readonly<Record<string, unknown>>) {
  const { name, version } = Object(values.model) as Record<string, unknown>
  return { name: toText(name), version: toText(version) }
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Labels of a revision that state its model, where its values have no `model.version`. */
export const modelLabels = {
  name: 'retrain-actions/model',
  version: 'retrain-actions/model-version',
} as const

/** The labels of a revision. A model name that is no label value is left out. */
export function formatModelLabels({ name, version }: ModelValues): Record<string, string> {
  const isLabelValue = /^[a-z0-9]([-\w.]{0,61}[a-z0-9])?$/i.test(name)
  return { ...(isLabelValue ? { [modelLabels.name]: name } : {}), [modelLabels.version]: version }
}

/**
 * Formats the last values file for Helm, which overrides the user's. JSON is valid YAML except for U+0085, U+2028 and
 * U+2029, which YAML 1.1 reads as line breaks and folds into blanks.
 */
export function formatValues(values: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(values, null, 2)
  return `${text.replace(/[\u0085\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
