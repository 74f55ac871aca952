import type * as z from 'zod'
import { InitError } from '../repository.ts'

/** A value, and where it comes from. */
export interface Suggestion {
  value: string
  source: string
}

export interface Question {
  /** Name of the flag that answers it. */
  flag: string
  /** Names the value in the report and in the question. */
  what: string
  suggestion?: Suggestion | undefined
  /** A sentence that precedes the question. */
  hint?: string | undefined
  /** Values to choose from; empty for any. */
  options?: readonly string[]
  /** @returns why a value is not allowed, as the end of a sentence */
  findProblem?: (value: string) => string | undefined
  /** Only the flag changes the suggestion; it is not asked for. */
  quiet?: boolean
  /** The error without an answer. If left out, the value is optional. */
  required?: string
}

/** Asks on the terminal. @returns the answer; empty for none */
export type Ask = (question: string) => Promise<string>

/** Settles each value by its flag, else by an answer on the terminal, else by the suggestion, and records its source. */
export class Chooser {
  readonly choices: { what: string; value: string; source: string }[] = []
  readonly #flags: Readonly<Record<string, unknown>>
  readonly #previous: ReadonlyMap<string, Suggestion>
  readonly #ask: Ask | undefined
  readonly #consulted = new Set<string>()

  /** @param ask undefined without a terminal */
  constructor(
    flags: Readonly<Record<string, unknown>>,
    previous: ReadonlyMap<string, Suggestion>,
    ask: Ask | undefined,
  ) {
    this.#flags = flags
    this.#previous = previous
    this.#ask = ask
  }

  /** @throws InitError if a flag is invalid, or a required value is missing */
  async choose(question: Question): Promise<string | undefined> {
    const { flag, what } = question
    const given = this.#flags[flag]
    this.#consulted.add(flag)
    if (typeof given === 'string') {
      const problem = findProblem(question, given)
      if (problem !== undefined) throw new InitError(`--${flag} ${JSON.stringify(given)}: ${problem}.`)
      return this.record(what, given, `--${flag}`)
    }
    const suggestion = [this.#previous.get(flag), question.suggestion].find(
      (one) => one !== undefined && findProblem(question, one.value) === undefined,
    )
    const answer =
      !question.quiet && this.#ask && (await this.#askUntilValid(this.#ask, question, suggestion))
    if (answer) return this.record(what, answer, 'your answer')
    if (suggestion) return this.record(what, suggestion.value, suggestion.source)
    if (question.required !== undefined) throw new InitError(question.required)
    return undefined
  }

  /** Flags among these that were given, but change nothing in this repository. */
  listUnused(flags: readonly string[]): string[] {
    return flags.filter((flag) => typeof this.#flags[flag] === 'string' && !this.#consulted.has(flag))
  }

  record(what: string, value: string, source: string): string {
    this.choices.push({ what, value, source })
    return value
  }

  async #askUntilValid(ask: Ask, question: Question, suggestion: Suggestion | undefined): Promise<string> {
    const { what, options = [], required, hint: first } = question
    const list = options.length > 1 ? ` (${options.map(printable).join(', ')})` : ''
    const initial = suggestion === undefined ? '' : ` [${printable(suggestion.value)}]`
    let hint = first === undefined ? '' : `${first}\n`
    for (;;) {
      const answer = (await ask(`${hint}${what}${list}${initial}: `)).trim()
      if (answer === '' && (suggestion !== undefined || required === undefined)) return ''
      const problem = answer === '' ? 'a value is needed' : findProblem(question, answer)
      if (problem === undefined) return answer
      hint = `${JSON.stringify(answer)}: ${problem}.\n`
    }
  }
}

function findProblem({ options = [], findProblem: find }: Question, value: string): string | undefined {
  if (value.includes('${{')) return 'contains ${{, which GitHub would evaluate'
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) return 'contains control characters'
  if (options.length > 0 && !options.includes(value))
    return `is not one of ${options.map(printable).join(', ')}`
  return find?.(value)
}

/** Why a value is not of a schema, as the end of a sentence; undefined if it is. */
export function findIssue(schema: z.ZodType, value: string): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message.replace(/^"[^"]*" /, '')
}

/** A text of several lines for the terminal. */
export function printableLines(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, '?')
}

/** A text of the repository for the terminal, without control characters. */
export function printable(text: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(text)
    ? text
    : JSON.stringify(text).replace(/[\p{Cc}\p{Cf}]/gu, '?')
}
