import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { checkoutPath } from '../../../../scripts/checkout.ts'

/** A form of a training script, as a section of docs/training-scripts.md shows it. */
export interface ScriptForm {
  heading: string
  /** File name to content. Python without a name in its first line is `train.py`. */
  files: ReadonlyMap<string, string>
  /** Inputs of the steps that the section shows, by action. */
  inputs: Readonly<Record<string, Record<string, string>>>
}

/** Reads the forms of the page: the sections with a Python script. */
export function readScriptForms(): ScriptForm[] {
  const page = readFileSync(checkoutPath('docs/training-scripts.md'), 'utf8')
  const sections = page.split(/^## /m).slice(1)
  return sections.map(readForm).filter(({ files }) => files.size > 0)
}

function readForm(section: string): ScriptForm {
  const files = new Map<string, string>()
  const inputs: Record<string, Record<string, string>> = {}
  for (const [, language, text = ''] of section.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const [, name] = /^# (\S+)\n/.exec(text) ?? []
    if (name !== undefined || language === 'python') files.set(name ?? 'train.py', text)
    else for (const step of parse(text)) inputs[readActionName(step.uses)] = step.with
  }
  return { heading: section.split('\n', 1)[0] ?? '', files, inputs }
}

const readActionName = (uses: string) => /\/actions\/([\w-]+)@/.exec(uses)?.[1] ?? uses

/** A script without the line, and what it held less indented. */
export function withoutBlock(script: string, line: string): string {
  const [before, inside, ...others] = script.split(`${line}\n`)
  if (inside === undefined || others.length > 0) throw new Error(`not one line ${JSON.stringify(line)}`)
  return `${before}${inside.replaceAll(/^ {4}/gm, '')}`
}
