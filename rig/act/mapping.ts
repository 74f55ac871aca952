import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { exactTag, majorTag, slug } from '../../scripts/project.ts'
import pins from '../actions/pins.json' with { type: 'json' }
import { repository } from '../places.ts'

/** The stand-in for a third-party action; undefined where there is none. */
const standIn = (action: string): string | undefined => {
  const folder = join(repository, 'rig/actions', action)
  return existsSync(join(folder, 'action.yml')) ? folder : undefined
}

/** A checkout without what no download of it would hold: act copies the whole folder once for every action of a run. */
export const slimSuite = async (checkout: string, into: string): Promise<string> => {
  const left = new Set(['.git', 'node_modules', 'build', '.venv'].map((name) => join(checkout, name)))
  await cp(checkout, into, { recursive: true, filter: (path) => !left.has(path) })
  return into
}

/**
 * act's options that have the suite taken from a checkout, under every ref that a user may write, and third-party
 * actions from their stand-ins, at exactly the commits that pins.json names.
 */
export const localRepositories = (checkout: string): string[] => {
  const ours = [majorTag, exactTag].map((ref) => `${slug}@${ref}=${checkout}`)
  const theirs = Object.entries(pins).flatMap(([action, pin]) => {
    const folder = standIn(action)
    return folder === undefined ? [] : [`${action}@${pin.sha}=${folder}`]
  })
  return [...ours, ...theirs].flatMap((mapping) => ['--local-repository', mapping])
}
