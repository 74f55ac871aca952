/** What the chart is told of the model; always strings, so that 007 stays 007. */
export interface ModelValues {
  name: string
  version: string
  /** Left out, the chart's own value stays. */
  mlflowUri?: string | undefined
}

/** `model.name` and `model.version` in a release's values; undefined where a value is missing or empty. */
export function modelIn(values: Readonly<Record<string, unknown>>): {
  name: string | undefined
  version: string | undefined
} {
  const model = values.model
  if (typeof model !== 'object' || model === null) return { name: undefined, version: undefined }
  const { name, version } = model as Record<string, unknown>
  return { name: textOf(name), version: textOf(version) }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/**
 * The file given to Helm as the last one, so that nothing of the user's values wins over it. JSON is YAML but for
 * characters that YAML 1.1 takes for line breaks (U+0085, U+2028, U+2029), which it would fold into blanks.
 */
export function modelValuesFile(model: ModelValues): string {
  const text = JSON.stringify({ model }, null, 2)
  return `${text.replace(/[\u0085\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
