import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../../domain/core/errors.ts'

/**
 * The folder that a script runs in.
 * @param source what names it, such as "Input working-directory"
 * @throws UserError if there is no such folder
 */
export function resolveScriptFolder(given: string, workspace: string, source: string): string {
  const folder = resolve(workspace, given)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder
  throw new UserError(
    `${source}: ${JSON.stringify(given)} is not a folder in ${workspace}. Check the path, and that an earlier step checks out the repository.`,
  )
}
