import type * as z from 'zod'
import { oneLine } from '../domain/core/text.ts'
import type { Problem } from '../runtime/contract.ts'
import { quote } from '../runtime/fields.ts'
import {
  detectForm,
  documentForms,
  findMisspelledModel,
  isModelName,
  selectGateSections,
} from './file-schema.ts'
import type { Layer } from './layers.ts'
import { type Path, readYaml } from './yaml.ts'
import { toSchemaProblems } from './zod-issue-paths.ts'

export interface PolicyText {
  text: string
  /** Name in messages, such as "retrain-policy.yml". */
  label: string
}

const MAX_PROBLEMS = 20

/** Reads the gate layers of one model from a policy document, weakest first, or all problems of the document. */
export function readDocument(
  { text, label }: PolicyText,
  model: string | undefined,
): { layers: Layer[] } | { problems: Problem[] } {
  const name = oneLine(label)
  const problem = (line: number | undefined, message: string): Problem => ({
    input: 'policy',
    message: `${name}${line === undefined ? '' : `, line ${line}`}: ${message}`,
  })
  const read = readYaml(text, isModelName)
  if (Array.isArray(read))
    return { problems: limitProblems(read.map(({ line, message }) => problem(line, message))) }
  if (read.value === null)
    return { problems: [problem(undefined, 'is empty. Write a gate with at least a metric')] }
  const form = detectForm(read.value)
  const schema: z.ZodType = documentForms[form]
  const parsed = schema.safeParse(read.value, { reportInput: true })
  const problemAt = (path: Path, subject: Path, message: string) =>
    problem(read.line(path), `${formatPath(subject)}${message}`)
  if (!parsed.success) {
    const found = toSchemaProblems(parsed.error.issues).sort((a, b) => read.line(a.path) - read.line(b.path))
    const problems = found.map(({ path, subject, message }) => problemAt(path, subject, message))
    return { problems: limitProblems(problems) }
  }
  const misspelled = findMisspelledModel(form, parsed.data, model)
  if (misspelled !== undefined) {
    const message = `${quote(misspelled)} differs from the model ${quote(model ?? '')} only in case or blanks. Use the name in the registry`
    return { problems: [problem(read.line(['models', misspelled]), message)] }
  }
  const layers = selectGateSections(form, parsed.data, model).map(({ gate, path: gatePath }) => ({
    gate,
    toProblem: (path: Path, message: string) => problemAt([...gatePath, ...path], path, message),
  }))
  if (layers.length > 0) return { layers }
  const scope = model === undefined ? 'all models' : `the model ${quote(model)}`
  return { problems: [problem(undefined, `has no gate for ${scope}. Add one in defaults or models`)] }
}

function limitProblems(problems: Problem[]): Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems
  const more = { input: 'policy', message: `and ${problems.length - MAX_PROBLEMS} more` }
  return [...problems.slice(0, MAX_PROBLEMS), more]
}

/** Formats a path as the prefix of a message: `guardrails[0].floor `. Empty for the whole document. */
function formatPath(path: Path): string {
  const text = path
    .map((part) =>
      typeof part === 'number' ? `[${part}]` : `.${/^\w{1,40}$/.test(part) ? part : quote(part)}`,
    )
    .join('')
  return text === '' ? '' : `${text.replace(/^\./, '')} `
}
