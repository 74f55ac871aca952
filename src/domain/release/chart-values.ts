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

/**
 * Formats the last values file for Helm, which overrides the user's. JSON is valid YAML except for U+0085, U+2028 and
 * U+2029, which YAML 1.1 reads as line breaks and folds into blanks.
 */
export function formatValues(values: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(values, null, 2)
  return `${text.replace(/[\u0085\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
