import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

type Triggers = string | string[] | Record<string, { types?: string | string[] } | null>

/** Whether a workflow's `on:` names this type of repository_dispatch; without `types:` it takes every one. */
const isTriggeredBy = (on: Triggers | undefined, type: string): boolean => {
  if (on === undefined) return false
  if (typeof on === 'string' || Array.isArray(on)) return [on].flat().includes('repository_dispatch')
  if (!('repository_dispatch' in on)) return false
  const types = on.repository_dispatch?.types
  return types === undefined || [types].flat().includes(type)
}

/** The file names of the workflows in a folder that a repository_dispatch of this type starts, in order. */
export const findTriggeredWorkflows = async (folder: string, type: string): Promise<string[]> => {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort()
  const listening = await Promise.all(
    names.map(async (name) => {
      const workflow = parse(await readFile(join(folder, name), 'utf8')) as { on?: Triggers } | null
      return isTriggeredBy(workflow?.on, type) ? [name] : []
    }),
  )
  return listening.flat()
}
