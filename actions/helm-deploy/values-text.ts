import { type Document, parseDocument, visit } from 'yaml'

/** What is wrong with the input `values`; undefined where it is a YAML mapping, or empty. */
export function valuesProblem(text: string): string | undefined {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) return notYaml(error)
  try {
    const values: unknown = document.toJS()
    if (values === null || (typeof values === 'object' && !Array.isArray(values))) return roundedIn(document)
  } catch (cause) {
    // An alias without its anchor, or aliases that grow without end.
    return notYaml(cause)
  }
  return 'is not a YAML mapping; write it like "replicas: 2", one key a line'
}

/** Helm reads numbers as floats: an id of 17 digits would arrive as another one. */
function roundedIn(document: Document): string | undefined {
  let found: string | undefined
  visit(document, {
    Scalar(_key, { value, source }) {
      if (typeof value !== 'number' || !/^[-+]?\d+$/.test(source ?? '') || Number.isSafeInteger(value))
        return undefined
      found = source?.slice(0, 40)
      return visit.BREAK
    },
  })
  return found && `has the number ${found}, which Helm would round; write it in quotes`
}

function notYaml(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n')
  return `is not YAML: ${line.replace(/:$/, '')}`
}
