import { setCell, setPolicy } from './base-cases.ts'
import type { GateCase, GateResult } from './gate-case.ts'

/**
 * One input of the gate, whose examples the test walks. Texts are Markdown. Neighbours with the same `accepted` and `message`
 * share a row of docs/gate-inputs.md.
 */
export interface GateInput {
  name: string
  accepted: string
  valid: readonly string[]
  /** At least three. */
  malformed: readonly string[]
  /** Whether the examples are descriptions, such as of bytes, and not the texts themselves. */
  isDescribed?: true
  /** What a malformed one gets. */
  verdict: Exclude<GateResult['verdict'], 'promote'>
  /** The core of its message. */
  message: string
  /** The case of an example. */
  put(example: string): GateCase
  /** What the message must name: file, column, line, id, key, input or metric. */
  places(example: string): readonly string[]
}

/** The changed cell is in this row, on this line, and has this id. */
export const ROW = 7
const LINE = 'line 9'
const ID = '"1008"'

type CellInput = Omit<GateInput, 'put' | 'places'> & { column: string }

/** A cell of the holdout of a case. */
export function holdoutCell(
  { name, column, ...input }: CellInput,
  base: GateCase,
  policy: Readonly<Record<string, unknown>> = {},
): GateInput {
  return {
    ...input,
    name,
    put: (cell) => setPolicy(setCell(base, 'holdout.csv', column, ROW, cell), policy),
    places: () => ['"holdout.csv"', `column "${column}"`, LINE],
  }
}

/** A cell of the candidate's predictions. */
export function predictionCell(
  { name, column, ...input }: CellInput,
  base: GateCase,
  place = `column "${column}"`,
): GateInput {
  return {
    ...input,
    name,
    put: (cell) => setCell(base, 'candidate.csv', column, ROW, cell),
    places: () => ['candidate', place, ID],
  }
}

/** Puts a value at a path of the case's policy, as YAML. @returns the case, and the line of the value */
export function setYaml(base: GateCase, path: string, yaml: string): { given: GateCase; line: number } {
  const given = setPolicy(base, { [path]: '@' })
  const [before = '', after = ''] = given.policy.split('"@"')
  return { given: { ...given, policy: before + yaml + after }, line: before.split('\n').length }
}
