import { UserError } from '../../domain/core/errors.ts'
import { quote } from '../../domain/table/messages.ts'

/** An entry of a folder. */
export interface FolderEntry {
  name: string
  isFolder: boolean
}

/** Folders by which other systems know which of the files count. */
const TABLE_FORMATS = new Map([
  ['_delta_log', 'Delta'],
  ['.hoodie', 'Hudi'],
])

/**
 * The part files of a table that is a folder, as Spark writes it, in ascending order. Names with a leading underscore or
 * dot (_SUCCESS, _metadata, .part-0.crc) are no parts.
 * @throws UserError if the folder is of another format, not complete, or has subfolders or no part
 */
export function listPartNames(label: string, entries: readonly FolderEntry[]): string[] {
  const fail = (problem: string): never => {
    throw new UserError(`${label}: ${problem}`)
  }
  const folders = entries.filter(({ isFolder }) => isFolder).map(({ name }) => name)
  const format = folders.map((name) => TABLE_FORMATS.get(name)).find((known) => known !== undefined)
  if (format !== undefined)
    fail(`is a ${format} table, whose files include deleted rows. Export its current rows as CSV or Parquet.`)
  if (folders.includes('_temporary'))
    fail('is not complete: the job that writes it did not finish ("_temporary" is there). Write it again.')
  const isPart = (name: string) => !/^[._]|\.crc$/.test(name)
  const subfolder = folders.find(isPart)
  const [, column] = /^([^=]+)=/.exec(subfolder ?? '') ?? []
  if (column !== undefined)
    fail(
      `is a table partitioned by column ${quote(column)}, in one folder for each value. Write it without partitions (without partitionBy in Spark, partition_cols in pandas), or as one file.`,
    )
  if (subfolder !== undefined)
    fail(
      `is a folder with the subfolder ${quote(subfolder)}. Name a file, or a folder that contains only part files.`,
    )
  const parts = entries.map(({ name }) => name).filter(isPart)
  if (parts.length === 0) fail('is a folder without part files.')
  return parts.sort()
}
