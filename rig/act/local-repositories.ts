import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { exactTag, majorTag, slug } from '../../scripts/checkout.ts'
import pins from '../actions/pins.json' with { type: 'json' }
import { repository } from '../paths.ts'

/** The stand-in for a third-party action; undefined where there is none. */
const findStandIn = (action: string): string | undefined => {
  const folder = join(repository, 'rig/actions', action)
  return existsSync(join(folder, 'action.yml')) ? folder : undefined
}

/** Copies the files that a job uses. act copies the whole folder once for each action of a run, so it must be small. */
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
 * act's options that have the suite taken from a checkout, under every ref that a user may write, and third-party
 * actions from their stand-ins, at exactly the commits that pins.json names.
 */
export const localRepositoryOptions = (checkout: string): string[] => {
  const ours = [majorTag, exactTag].map((ref) => `${slug}@${ref}=${checkout}`)
  const theirs = Object.entries(pins).flatMap(([action, pin]) => {
    const folder = findStandIn(action)
    return folder === undefined ? [] : [`${action}@${pin.sha}=${folder}`]
  })
  return [...ours, ...theirs].flatMap((mapping) => ['--local-repository', mapping])
}
