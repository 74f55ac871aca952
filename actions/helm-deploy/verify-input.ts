import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import type * as z from 'zod'
import { UserError } from '../../src/domain/failure.ts'
import { oneLine } from '../../src/domain/one-line.ts'
import type { GoldenRequest } from '../../src/domain/verify.ts'
import { shown } from '../../src/runtime/fields.ts'
import { flawsIn } from '../../src/runtime/policy/flaws.ts'
import { LARGEST, type Path, readYaml } from '../../src/runtime/policy/yaml.ts'
import { goldenRequests } from './verify-schema.ts'

const MOST_FLAWS = 20

/**
 * The golden requests of the input `verify`: a path from the workspace on, or YAML.
 * @throws UserError with a line for everything that is wrong
 */
export function readGoldenRequests(given: string, workspace: string): GoldenRequest[] {
  const file = isYaml(given) ? undefined : given
  const text = file === undefined ? given : readText(file, workspace)
  const problem = (line: number | undefined, message: string) =>
    `Input verify: ${file === undefined ? '' : `${oneLine(file)}, `}${line === undefined ? '' : `line ${line}: `}${message}`
  const read = readYaml(text, () => true, 'a list of requests')
  if (Array.isArray(read)) throw refused(read.map(({ line, message }) => problem(line, message)))
  // Scalars are texts in there, and bodies have numbers.
  const { data, error } = goldenRequests.safeParse(
    parse(text, { resolveKnownTags: false, logLevel: 'error' }),
    { reportInput: true },
  )
  if (data) return data.map(composed)
  const flaws = flawsIn(error.issues).sort((one, other) => read.line(one.path) - read.line(other.path))
  throw refused(
    flaws.map(({ path, subject, message }) => problem(read.line(path), `${named(subject)}${message}`)),
  )
}

function refused(problems: readonly string[]): UserError {
  const more = problems.length > MOST_FLAWS ? [`Input verify: and ${problems.length - MOST_FLAWS} more`] : []
  return new UserError([...problems.slice(0, MOST_FLAWS), ...more].join('\n'))
}

function composed({
  port,
  path,
  method,
  headers,
  body,
  expect,
}: z.output<typeof goldenRequests>[number]): GoldenRequest {
  const { status, json, tolerance, contains, within } = expect
  return {
    port,
    path,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...typeOf(body, headers), ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    expect: {
      status,
      json: json === undefined ? undefined : { holds: json, tolerance: tolerance ?? 0 },
      contains,
      within,
    },
  }
}

/** The type of a body, where the headers do not name it. */
function typeOf(body: unknown, headers: Readonly<Record<string, string>>): Record<string, string> {
  if (body === undefined || Object.keys(headers).some((name) => name.toLowerCase() === 'content-type'))
    return {}
  return { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json' }
}

/** YAML has a list, a colon after a key, or several lines; a path has none of them. */
function isYaml(given: string): boolean {
  return /\n|^\s*(-\s|[[{]|[\w"'-]+\s*:(\s|$))/.test(given)
}

function readText(file: string, workspace: string): string {
  try {
    const path = resolve(workspace, file)
    if (statSync(path).size <= LARGEST) return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UserError(
      `Input verify: ${shown(file)} is neither YAML nor a file that can be read (${cause instanceof Error ? cause.message : cause}); check the path, and that the repository is checked out.`,
    )
  }
  throw new UserError(`Input verify: ${shown(file)} is larger than 256 KB, which no list of requests needs.`)
}

/** `[0].expect.status `, to be followed by what is wrong; empty for the whole. */
function named(path: Path): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `request ${part + 1}` : part))
    .map((part) => (/^[\w -]{1,40}$/.test(part) ? part : shown(part)))
  return text.length === 0 ? '' : `${text.join(', ')} `
}
