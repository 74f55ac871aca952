import { ledger, type Tags } from './ledger.ts'

/** What the registry knows of a version, as far as the champion is concerned. */
export interface VersionRecord {
  number: string
  stage: string
  tags: Tags
}

/** What the registry says of the champion. */
export type CurrentChampion<V extends VersionRecord> =
  | { kind: 'version'; version: V; by: 'alias' | 'stage' }
  /** Nothing has ever been in production, as far as the registry can know. */
  | { kind: 'none' }
  /** Something is or was in production, and nobody can say which version. */
  | { kind: 'unclear'; why: string }

/**
 * The version that a candidate must beat. The alias decides; where there is none, one version in stage Production does.
 * "None" is said only where nothing speaks against it: never first by accident. What serves outside the registry's
 * knowledge (a release without an alias) is for the deployment to notice.
 * @param aliases alias to version number
 */
export function currentChampion<V extends VersionRecord>(
  aliases: ReadonlyMap<string, string>,
  versions: readonly V[],
  names: { champion: string; previous: string },
): CurrentChampion<V> {
  const named = aliases.get(names.champion)
  if (named !== undefined) {
    const version = versions.find((one) => one.number === named)
    const gone = `alias ${names.champion} points at version ${named}, which the registry does not list`
    return version ? { kind: 'version', version, by: 'alias' } : unclear(gone)
  }
  const [version, ...others] = versions.filter((one) => one.stage === 'Production')
  if (others.length > 0) {
    const numbers = [version, ...others].map((one) => one?.number).join(', ')
    return unclear(`no alias ${names.champion}, and versions ${numbers} are all in stage Production`)
  }
  if (version) return { kind: 'version', version, by: 'stage' }
  const before = aliases.get(names.previous)
  if (before !== undefined) {
    return unclear(`no alias ${names.champion}, but ${names.previous} points at version ${before}`)
  }
  const promoted = versions.filter((one) => one.tags[ledger.promotedAt]).map((one) => one.number)
  if (promoted.length > 0) {
    return unclear(`no alias ${names.champion}, but version ${promoted.join(', ')} was promoted once`)
  }
  return { kind: 'none' }
}

/** For outputs: the version's number, `none`, or empty where nobody can say. */
export function championNumber(champion: CurrentChampion<VersionRecord>): string {
  if (champion.kind === 'version') return champion.version.number
  return champion.kind === 'none' ? 'none' : ''
}

function unclear(what: string): { kind: 'unclear'; why: string } {
  return {
    kind: 'unclear',
    why: `${what}. Run the action promote with adopt: true, which records what is live as champion`,
  }
}
