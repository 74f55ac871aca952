import { glob, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { UserError } from '../../domain/core/errors.ts'
import { oneLine } from '../../domain/core/text.ts'
import type { Column } from '../../domain/table/columns.ts'
import { quote } from '../../domain/table/messages.ts'
import { type Locate, readTable } from './read-table.ts'
import { assertSameColumns, type TableLimits } from './table-file.ts'

/** Readers of whole tables keep counters and samples, so that only time limits the size. Unpacked bytes, against files that unpack without end. */
const LIMITS: TableLimits = { maxBytes: 64 * 1024 ** 3, maxRows: 2_000_000_000 }

/** A file of the table, or a folder of part files. */
export interface DataFile {
  path: string
  /** Relative to the workspace. */
  name: string
  locate: Locate
}

type NamedColumn = { name: string; column: Column }

/** Lists the files of an input in ascending order. @throws UserError if a path or pattern matches none */
export async function listFiles(
  input: string,
  entries: readonly string[],
  workspace: string,
): Promise<string[]> {
  const paths = new Set<string>()
  for (const entry of entries) {
    const path = resolve(workspace, entry)
    const found = (await exists(path)) ? [path] : await matchFiles(entry, workspace)
    if (found.length === 0)
      throw new UserError(
        `Input ${input}: ${quote(entry)} ${/[*?[{]/.test(entry) ? 'matches no file' : 'does not exist'}. Check the path, and that an earlier step writes it.`,
      )
    for (const each of found) paths.add(each)
  }
  return [...paths]
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function matchFiles(pattern: string, workspace: string): Promise<string[]> {
  if (!/[*?[{]/.test(pattern)) return []
  const found: string[] = []
  for await (const path of glob(pattern, { cwd: workspace })) found.push(resolve(workspace, path))
  return found.sort()
}

/**
 * Reads files as one table.
 * @param cursor gets the index of the file that is read
 * @param select the columns by the names of the first file; the others must have the same columns
 */
export async function readFiles(
  paths: readonly string[],
  workspace: string,
  cursor: { file: number },
  select: (names: readonly string[]) => readonly NamedColumn[],
): Promise<{ names: readonly string[]; files: DataFile[] }> {
  let first: { names: readonly string[]; columns: readonly NamedColumn[]; label: string } | undefined
  const files: DataFile[] = []
  for (const [index, path] of paths.entries()) {
    cursor.file = index
    const name = relative(workspace, path)
    const label = oneLine(name)
    const locate = await readTable(
      { path, label },
      (names) => {
        first ??= { names, columns: select(names), label }
        assertSameColumns(label, names, first, 'Files of one table must have the same columns.')
        return first.columns
      },
      LIMITS,
    )
    files.push({ path, name, locate })
  }
  return { names: first?.names ?? [], files }
}
