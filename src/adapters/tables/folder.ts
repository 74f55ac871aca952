import { UserError } from '../../domain/core/errors.ts'
import { quote } from '../../domain/gate/dataset/table-messages.ts'

/** An entry of a folder. */
export interface FolderEntry {
  name: string
  isFolder: boolean
}

/**
 * The part files of a table that is a folder, as Spark writes it, in ascending order. Names with a leading underscore or
 * dot (_SUCCESS, _metadata, .part-0.crc) are no parts.
 * @throws UserError if the folder has subfolders or no part
 */
export function listPartNames(label: string, entries: readonly FolderEntry[]): string[] {
  const visible = entries.filter(({ name }) => !/^[._]|\.crc$/.test(name))
  const subfolder = visible.find(({ isFolder }) => isFolder)
  if (subfolder)
    throw new UserError(
      `${label}: is a folder with the subfolder ${quote(subfolder.name)}. Name a file, or a folder that contains only part files (in Spark: without partitionBy).`,
    )
  if (visible.length === 0) throw new UserError(`${label}: is a folder without part files.`)
  return visible.map(({ name }) => name).sort()
}
