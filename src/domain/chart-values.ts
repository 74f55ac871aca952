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

/** The file given to Helm as the last one, so that nothing of the user's values wins over it. JSON is YAML. */
export function modelValuesFile(model: ModelValues): string {
  return `${JSON.stringify({ model }, null, 2)}\n`
}
