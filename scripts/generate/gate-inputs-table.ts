import { formatTable } from '../../src/runtime/markdown.ts'
import type { GateInput } from '../../test/gate-inputs/gate-input.ts'
import { gateInputs } from '../../test/gate-inputs/gate-inputs.ts'

const MAX_EXAMPLES = 8
const MAX_EXAMPLE_LENGTH = 40

/** A table for each kind of input, by the name of its section. Inputs that are read alike share a row. */
export function renderGateInputs(): Record<string, string> {
  const head = ['input', 'accepted', 'malformed, for example', 'what it gets']
  return Object.fromEntries(
    Object.entries(gateInputs).map(([kind, inputs]) => {
      const rows = Map.groupBy(inputs, ({ accepted, verdict, message }) =>
        [accepted, verdict, message].join(),
      )
      return [kind, formatTable(head, [...rows.values()].map(renderRow))]
    }),
  )
}

function renderRow(inputs: GateInput[]): string[] {
  const { accepted, verdict, message, malformed } = inputs[0] as GateInput
  const format = inputs[0]?.isDescribed ? (text: string) => text : formatExample
  const cells = [
    inputs.map(({ name }) => name).join(', '),
    accepted,
    spread(malformed).map(format).join(', '),
  ]
  return [...cells, `**${verdict}**: ${message}`].map((cell) => cell.replaceAll('|', '\\|'))
}

/** Examples from all of the list, since neighbours are alike. */
function spread(examples: readonly string[]): string[] {
  const step = Math.ceil(examples.length / MAX_EXAMPLES)
  return examples.filter((_, index) => index % step === 0)
}

/** A text as code; blanks and characters that are not printable are written as in JSON. */
function formatExample(text: string): string {
  if (text === '') return 'empty'
  const isPlain = /^[!-~]([ -~]*[!-~])?$/.test(text) && !text.includes('`')
  const shown = isPlain ? text : JSON.stringify(text).replace(/[^ -~]/g, escapeCharacter)
  return `\`${shown.length > MAX_EXAMPLE_LENGTH ? `${shown.slice(0, MAX_EXAMPLE_LENGTH)}…` : shown}\``
}

const escapeCharacter = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
