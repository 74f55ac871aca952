import { glob, readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { UserError } from '../../src/domain/core/errors.ts'
import { parseJson } from '../../src/domain/core/text.ts'
import { quote } from '../../src/domain/table/messages.ts'
import { reportSchema } from './report-schema.ts'

/** What a later check needs of an earlier one. */
export interface EarlierCheck {
  name: string
  drifted: boolean
  /** By column; a column whose finding decided, or that was not compared, is not there. */
  severities: ReadonlyMap<string, number>
}

/**
 * Reads the reports that match a pattern, in ascending order of their names. Checks that could not be made do not
 * count.
 * @throws UserError if a file is no report of drift-check
 */
export async function readHistory(pattern: string, workspace: string): Promise<EarlierCheck[]> {
  const paths: string[] = []
  for await (const path of glob(pattern, { cwd: workspace })) paths.push(resolve(workspace, path))
  const checks: EarlierCheck[] = []
  for (const path of paths.sort()) {
    const name = relative(workspace, path)
    const { drifted, columns } = await readReport(path, name)
    if (drifted === null) continue
    const severities = columns.flatMap((column) =>
      column.severity === null ? [] : [[column.name, column.severity] as const],
    )
    checks.push({ name, drifted, severities: new Map(severities) })
  }
  return checks
}

async function readReport(path: string, name: string) {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new UserError(`Input history: ${quote(name)} cannot be read (${cause.code ?? cause.message}).`, {
      cause,
    })
  })
  const report = reportSchema.safeParse(parseJson(text))
  if (report.success) return report.data
  throw new UserError(
    `Input history: ${quote(name)} is no report of drift-check. Set a pattern that only matches files of its output report-json.`,
  )
}
