import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

type Triggers = string | string[] | Record<string, { types?: string | string[] } | null>

/** Whether `on:` accepts this type of repository_dispatch. Without `types:` it accepts all. */
const isTriggeredBy = (on: Triggers | undefined, type: string): boolean => {
  if (on === undefined) return false
  if (typeof on === 'string' || Array.isArray(on)) return [on].flat().includes('repository_dispatch')
  if (!('repository_dispatch' in on)) return false
  const types = on.repository_dispatch?.types
  return types === undefined || [types].flat().includes(type)
}

/** Lists the workflow files in a folder that a repository_dispatch of this type starts, sorted by name. */
export const findTriggeredWorkflows = async (folder: string, type: string): Promise<string[]> => {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort()
  const triggered = await Promise.all(
    names.map(async (name) => {
      const workflow = parse(await readFile(join(folder, name), 'utf8')) as { on?: Triggers } | null
      return isTriggeredBy(workflow?.on, type) ? [name] : []
    }),
  )
  return triggered.flat()
}
