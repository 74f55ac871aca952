import { parse } from 'yaml'

interface InterfaceField {
  description?: string
  required?: boolean
  default?: unknown
  type?: string
  value?: string
}
type Group = Readonly<Record<string, InterfaceField | null>>

/** Renders tables of a reusable workflow's inputs, secrets and outputs from its YAML. */
export function renderWorkflow(source: string): string {
  const {
    inputs = {},
    secrets = {},
    outputs = {},
  } = parse(source).on.workflow_call as Record<string, Group | undefined>
  return [
    renderSection('input', inputs, true),
    renderSection('secret', secrets, false),
    renderSection('output', outputs, false),
  ].join('\n\n')
}

/** Reads the documented parts of a composite action; undefined if the action is not composite. */
export function readComposite(source: string) {
  const { description, inputs = {}, outputs = {}, runs } = parse(source)
  if (runs?.using !== 'composite') return undefined
  return {
    description: String(description),
    inputs: renderSection('input', inputs, true),
    outputs: renderSection('output', outputs, false),
  }
}

function renderSection(title: string, group: Group, defaults: boolean): string {
  const head = defaults
    ? `| ${title} | what it is | default |\n| --- | --- | --- |`
    : `| ${title} | what it is |\n| --- | --- |`
  const rows = Object.entries(group).map(([name, it]) => {
    const fallback = it?.required
      ? '**required**'
      : it?.default === undefined || it.default === ''
        ? ''
        : `\`${it.default}\``
    const text = (it?.description ?? '').replaceAll('\n', ' ').replaceAll('|', '\\|').trim()
    return defaults ? `| \`${name}\` | ${text} | ${fallback} |` : `| \`${name}\` | ${text} |`
  })
  return [head, ...rows].join('\n')
}
