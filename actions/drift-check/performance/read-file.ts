import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { errorMessage, UserError } from '../../../src/domain/core/errors.ts'
import { parseJson } from '../../../src/domain/core/text.ts'
import { listExamples, quote } from '../../../src/domain/table/messages.ts'

/** Key of the number of rows in the file. */
const ROWS = 'n'
/** A metrics file of more bytes is another file. */
const MAX_LENGTH = 1_000_000

/**
 * Reads a metric, and its number of rows if the file has one.
 * @throws UserError if the file is no object, or the metric or the rows are no numbers
 */
export async function readMetricFile(
  path: string,
  metric: string,
  workspace: string,
): Promise<{ value: number; rows: number | undefined }> {
  const problem = (what: string) => new UserError(`Input performance-file: ${quote(path)} ${what}`)
  const text = await readFile(resolve(workspace, path), 'utf8').catch((cause: unknown) => {
    throw problem(`cannot be read (${errorMessage(cause)}). Write the file in an earlier step.`)
  })
  const content = text.length > MAX_LENGTH ? undefined : parseJson(text.replace(/^\uFEFF/, ''))
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    const hint = /\b(NaN|Infinity)\b/.test(text.slice(0, MAX_LENGTH))
      ? ' NaN and Infinity are no JSON numbers.'
      : ''
    throw problem(`is not one JSON object, such as {"accuracy": 0.91, "n": 1200}.${hint}`)
  }
  const read = (key: string): unknown => (Object.hasOwn(content, key) ? Reflect.get(content, key) : undefined)
  const value = read(metric)
  if (value === undefined)
    throw problem(
      `lacks the key ${quote(metric)}; it has ${listExamples(Object.keys(content)) || 'none'}. Correct performance-metric or the file.`,
    )
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw problem(`has ${quote(JSON.stringify(value))} for ${quote(metric)}. Write a number without quotes.`)
  const rows = metric === ROWS ? undefined : read(ROWS)
  if (rows !== undefined && !(typeof rows === 'number' && Number.isSafeInteger(rows) && rows > 0))
    throw problem(
      `has ${quote(JSON.stringify(rows))} for "n". Write the number of labelled rows, or remove it.`,
    )
  return { value, rows }
}
