import { stringify } from 'yaml'
import type { AnyContract } from '../../src/runtime/contract.ts'
import { formatTable } from '../../src/runtime/markdown.ts'
import { majorTag, slug } from '../checkout.ts'
import { describeInputs, describeOutputs, type FieldDescription } from './describe.ts'

/** Renders action.yml of a JavaScript action. */
export function renderActionYml(contract: AnyContract): string {
  const inputs = describeInputs(contract).map((input) => [input.name, renderActionInput(input)] as const)
  const outputs = describeOutputs(contract).map(({ name, description }) => [name, { description }] as const)
  const stub = (phase: string) => `${contract.root ? '' : '../../'}dist/${contract.name}${phase}.js`
  const document = {
    name: contract.root ? 'retrain-actions' : `retrain-actions: ${contract.name}`,
    description: contract.description,
    author: `${slug} authors`,
    branding: { icon: 'refresh-cw', color: 'purple' },
    ...(inputs.length > 0 && { inputs: Object.fromEntries(inputs) }),
    outputs: Object.fromEntries(outputs),
    runs: { using: 'node24', main: stub(''), ...(contract.post && { post: stub('-post') }) },
  }
  return `# Generated from contract.ts by npm run generate.\n${stringify(document, { lineWidth: 0 })}`
}

function renderActionInput(input: FieldDescription): Record<string, unknown> {
  const from = input.env ? ` Left out, the environment variable ${input.env}.` : ''
  return {
    description: input.description + from,
    required: input.required,
    ...(input.default !== undefined && { default: input.default }),
  }
}

/** Renders a minimal step of a workflow. */
export function renderUsage(contract: AnyContract): string {
  const step = {
    uses: `${slug}${contract.root ? '' : `/actions/${contract.name}`}@${majorTag}`,
    with: contract.example,
  }
  const permissions = Object.entries(contract.permissions).map(([name, right]) => `${name}: ${right}`)
  const needs = permissions.length > 0 ? permissions.join(', ') : 'none'
  return `\`\`\`yaml\n${stringify([step], { lineWidth: 0 })}\`\`\`\n\nPermissions of the job's token that it needs: ${needs}.`
}

export function renderInputs(contract: AnyContract): string {
  const rows = describeInputs(contract).map((input) => [
    `\`${input.name}\``,
    escapeCell(
      input.description + (input.options ? ` One of ${input.options.map(formatCode).join(', ')}.` : ''),
    ),
    input.default !== undefined
      ? formatCode(input.default)
      : input.env
        ? formatCode(`$${input.env}`)
        : input.required
          ? '**required**'
          : '',
  ])
  return rows.length === 0 ? 'None.' : formatTable(['input', 'what it is', 'default'], rows)
}

export function renderOutputs(contract: AnyContract): string {
  const rows = describeOutputs(contract).map((output) => [
    `\`${output.name}\``,
    escapeCell(
      output.description + (output.options ? ` One of ${output.options.map(formatCode).join(', ')}.` : ''),
    ),
  ])
  return formatTable(['output', 'what it says'], rows)
}

/** An action in the table of the README. */
export interface ActionSummary {
  name: string
  description: string
}

export function summarizeAction(contract: AnyContract): ActionSummary {
  const { name, description } = contract
  return { name, description }
}

/** Renders the table of all actions for the README. */
export function renderActions(actions: readonly ActionSummary[]): string {
  const rows = actions.map(({ name, description }) => [
    `[\`${name}\`](actions/${name}/README.md)`,
    escapeCell(description),
  ])
  return formatTable(['action', 'what it does'], rows)
}

const formatCode = (text: string) =>
  text === '' ? '' : `\`${text.replaceAll('|', '\\|').replaceAll('\n', ' ')}\``
const escapeCell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
