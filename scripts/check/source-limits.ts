import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { checkoutPath } from '../checkout.ts'

const MAX_FILES_PER_FOLDER = 12
const MAX_LINES_PER_FILE = 250

/** Counts the lines of the suite's sources, as path -> lines. Ignores tests. */
export function readSourceLines(): Map<string, number> {
  const files = globSync('{actions,src}/**/*.ts', { cwd: checkoutPath('.') })
  return new Map(
    files
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => [file, readFileSync(checkoutPath(file), 'utf8').trimEnd().split('\n').length]),
  )
}

/** Lists folders with too many files, and files with too many lines. */
export function findOversized(lines: ReadonlyMap<string, number>): string[] {
  const folders = Object.entries(Object.groupBy(lines.keys(), (file) => posix.dirname(file)))
  return [
    ...folders
      .filter(([, files = []]) => files.length > MAX_FILES_PER_FOLDER)
      .map(
        ([folder, files = []]) =>
          `${folder} has ${files.length} source files, at most ${MAX_FILES_PER_FOLDER} are allowed: move one subject into its own folder`,
      ),
    ...[...lines]
      .filter(([, count]) => count > MAX_LINES_PER_FILE)
      .map(
        ([file, count]) => `${file} has ${count} lines, at most ${MAX_LINES_PER_FILE} are allowed: split it`,
      ),
  ].sort()
}
