import { parseDocument } from 'yaml'

/** What is wrong with the input `values`; undefined where it is a YAML mapping, or empty. */
export function valuesProblem(text: string): string | undefined {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) return notYaml(error)
  try {
    const values: unknown = document.toJS()
    if (values === null || (typeof values === 'object' && !Array.isArray(values))) return undefined
  } catch (cause) {
    // An alias without its anchor, or aliases that grow without end.
    return notYaml(cause)
  }
  return 'is not a YAML mapping; write it like "replicas: 2", one key a line'
}

function notYaml(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n')
  return `is not YAML: ${line.replace(/:$/, '')}`
}
