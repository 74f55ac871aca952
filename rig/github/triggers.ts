import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

/** `on:` of a workflow. */
export type Triggers = string | string[] | Record<string, unknown>

/** Lists the events that start a workflow. */
export const listEvents = (on: Triggers | undefined): string[] =>
  typeof on === 'object' && !Array.isArray(on) ? Object.keys(on) : [on ?? []].flat()

/** Lists the types of repository_dispatch that `on:` accepts; undefined if it accepts all. */
export const listDispatchTypes = (on: Triggers | undefined): string[] | undefined => {
  if (typeof on !== 'object' || Array.isArray(on)) return undefined
  const { types } = (on.repository_dispatch ?? {}) as { types?: string | string[] }
  return types === undefined ? undefined : [types].flat()
}

/** Whether `on:` accepts this type of repository_dispatch. */
export const isTriggeredBy = (on: Triggers | undefined, type: string): boolean =>
  listEvents(on).includes('repository_dispatch') && (listDispatchTypes(on)?.includes(type) ?? true)

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
