import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { exactTag, majorTag, slug } from '../../scripts/checkout.ts'
import pins from '../actions/pins.json' with { type: 'json' }
import { repository } from '../paths.ts'

/** Returns the folder of the fake of a third-party action; undefined if there is none. */
const findFakeAction = (action: string): string | undefined => {
  const folder = join(repository, 'rig/actions', action)
  return existsSync(join(folder, 'action.yml')) ? folder : undefined
}

/** Copies the files that a job uses. act copies the folder once for each action of a run, so it must be small. */
export const copySuite = async (
  checkout: string,
  into: string,
  dist = join(checkout, 'dist'),
): Promise<string> => {
  const parts = { ...mapParts(checkout, ['action.yml', 'actions', '.github']), dist }
  for (const [part, source] of Object.entries(parts)) {
    if (!existsSync(source)) continue
    await cp(source, join(into, part), { recursive: true, filter: (path) => !path.endsWith('.ts') })
  }
  return into
}

const mapParts = (folder: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, join(folder, name)]))

/**
 * Options of act that replace remote actions with local folders: the suite, at every ref that users may write, with
 * a checkout, and third-party actions, at the commits of pins.json, with their fakes.
 */
export const localRepositoryOptions = (checkout: string): string[] => {
  const suiteMappings = [majorTag, exactTag].map((ref) => `${slug}@${ref}=${checkout}`)
  const fakeMappings = Object.entries(pins).flatMap(([action, pin]) => {
    const folder = findFakeAction(action)
    return folder === undefined ? [] : [`${action}@${pin.sha}=${folder}`]
  })
  return [...suiteMappings, ...fakeMappings].flatMap((mapping) => ['--local-repository', mapping])
}
