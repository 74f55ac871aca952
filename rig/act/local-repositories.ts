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

/** Splits `owner/name/path@ref` into repository and ref; undefined for a local action or an image. */
const parseUses = (uses: string): { name: string; ref: string } | undefined => {
  const match = /^([\w.-]+\/[\w.-]+)(?:\/[^@]*)?@([^\s=]+)$/.exec(uses)
  return match && !uses.startsWith('.') ? { name: match[1] ?? '', ref: match[2] ?? '' } : undefined
}

/** act provides checkout itself. */
const CHECKOUT = 'actions/checkout'

/** Lists the actions of `uses:` that act downloads, because they are neither the suite's nor have a fake. */
export const listDownloadedActions = (uses: readonly string[]): string[] =>
  uses.filter((each) => {
    const name = parseUses(each)?.name
    return name !== undefined && name !== slug && name !== CHECKOUT && findFakeAction(name) === undefined
  })

/**
 * Options of act that replace remote actions with local folders: the suite with a checkout, at the tags of this version,
 * and third-party actions with their fakes, at the commits of pins.json; and both at the refs in `uses`.
 */
export const localRepositoryOptions = (checkout: string, uses: readonly string[] = []): string[] => {
  const known = [
    ...[majorTag, exactTag].map((ref) => ({ name: slug, ref })),
    ...Object.entries(pins).map(([name, { sha }]) => ({ name, ref: sha })),
    ...uses.flatMap((each) => parseUses(each) ?? []),
  ]
  const mappings = known.flatMap(({ name, ref }) => {
    const folder = name === slug ? checkout : findFakeAction(name)
    return folder === undefined ? [] : [`${name}@${ref}=${folder}`]
  })
  return [...new Set(mappings)].flatMap((mapping) => ['--local-repository', mapping])
}
