import type * as z from 'zod'
import { oneLine } from '../../domain/one-line.ts'
import type { Problem } from '../contract.ts'
import { shown } from '../fields.ts'
import { formOf, forms, gatesFor, isModelName, otherSpelling } from './file-schema.ts'
import { flawsIn } from './flaws.ts'
import type { Layer } from './layers.ts'
import { type Path, readYaml } from './yaml.ts'

/** A policy as it was given: its text, and what to call it in messages ("retrain-policy.yml"). */
export interface PolicyText {
  text: string
  where: string
}

const MOST = 20

/** Reads a policy document for one model: the layers of its gate, the weaker first, or everything that is wrong with it. */
export function readDocument(
  { text, where }: PolicyText,
  model: string | undefined,
): { layers: Layer[] } | { problems: Problem[] } {
  const name = oneLine(where)
  const problem = (line: number | undefined, message: string): Problem => ({
    input: 'policy',
    message: `${name}${line === undefined ? '' : `, line ${line}`}: ${message}`,
  })
  const read = readYaml(text, isModelName)
  if (Array.isArray(read))
    return { problems: bounded(read.map(({ line, message }) => problem(line, message))) }
  if (read.value === null)
    return { problems: [problem(undefined, 'is empty, and a gate that can never say no is none')] }
  const form = formOf(read.value)
  const schema: z.ZodType = forms[form]
  const parsed = schema.safeParse(read.value, { reportInput: true })
  const at = (path: Path, name: Path, message: string) => problem(read.line(path), `${named(name)}${message}`)
  if (!parsed.success) {
    const flaws = flawsIn(parsed.error.issues).sort((a, b) => read.line(a.path) - read.line(b.path))
    return { problems: bounded(flaws.map(({ path, subject, message }) => at(path, subject, message))) }
  }
  const other = otherSpelling(form, parsed.data, model)
  if (other !== undefined) {
    const message = `${shown(other)} and the model ${shown(model ?? '')} differ only in case or blanks; write the name as the registry has it`
    return { problems: [problem(read.line(['models', other]), message)] }
  }
  const layers = gatesFor(form, parsed.data, model).map(({ gate, under }) => ({
    gate,
    problem: (path: Path, message: string) => at([...under, ...path], path, message),
  }))
  if (layers.length > 0) return { layers }
  const whose = model === undefined ? 'all models' : `the model ${shown(model)}`
  return { problems: [problem(undefined, `holds no gate for ${whose}; write one in defaults or models`)] }
}

/** A flawed document may have more flaws than anybody reads. */
function bounded(problems: Problem[]): Problem[] {
  if (problems.length <= MOST) return problems
  const more = { input: 'policy', message: `and ${problems.length - MOST} more` }
  return [...problems.slice(0, MOST), more]
}

/** `guardrails[0].floor `, to be followed by what is wrong; empty for the whole. */
function named(path: Path): string {
  const text = path
    .map((part) =>
      typeof part === 'number' ? `[${part}]` : `.${/^\w{1,40}$/.test(part) ? part : shown(part)}`,
    )
    .join('')
  return text === '' ? '' : `${text.replace(/^\./, '')} `
}
