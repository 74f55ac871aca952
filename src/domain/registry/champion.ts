import { type Tags, versionTags } from './version-tags.ts'

/** The part of a model version that decides about the champion. */
export interface VersionRecord {
  number: string
  stage: string
  tags: Tags
}

/** The champion of a model. */
export type CurrentChampion<V extends VersionRecord> =
  | { kind: 'version'; version: V; source: 'alias' | 'stage' }
  /** No version was ever in production, as far as the registry knows. */
  | { kind: 'none' }
  /** A version is or was in production, but it is unclear which one. */
  | { kind: 'unclear'; reason: string }

/**
 * The version that a candidate must beat: the one that the alias names; without an alias, the single version in stage
 * Production. `none` needs the absence of any contrary evidence, so that no model is first by accident. helm-deploy notices
 * a live release without an alias.
 * @param aliases alias to version number
 */
export function currentChampion<V extends VersionRecord>(
  aliases: ReadonlyMap<string, string>,
  versions: readonly V[],
  names: { champion: string; previous: string },
): CurrentChampion<V> {
  const number = aliases.get(names.champion)
  if (number !== undefined) {
    const version = versions.find((one) => one.number === number)
    const gone = `alias ${names.champion} points at version ${number}, which the registry does not list`
    return version ? { kind: 'version', version, source: 'alias' } : unclearChampion(gone)
  }
  const [version, ...others] = versions.filter((one) => one.stage === 'Production')
  if (others.length > 0) {
    const numbers = [version, ...others].map((one) => one?.number).join(', ')
    return unclearChampion(`no alias ${names.champion}, and versions ${numbers} are all in stage Production`)
  }
  if (version) return { kind: 'version', version, source: 'stage' }
  const previous = aliases.get(names.previous)
  if (previous !== undefined) {
    return unclearChampion(`no alias ${names.champion}, but ${names.previous} points at version ${previous}`)
  }
  const promoted = versions.filter((one) => one.tags[versionTags.promotedAt]).map((one) => one.number)
  if (promoted.length > 0) {
    return unclearChampion(`no alias ${names.champion}, but version ${promoted.join(', ')} was promoted once`)
  }
  return { kind: 'none' }
}

/** For outputs: the version number, `none`, or empty if unclear. */
export function championNumber(champion: CurrentChampion<VersionRecord>): string {
  if (champion.kind === 'version') return champion.version.number
  return champion.kind === 'none' ? 'none' : ''
}

function unclearChampion(evidence: string): { kind: 'unclear'; reason: string } {
  return {
    kind: 'unclear',
    reason: `${evidence}. Run the action promote with adopt: true, which records what is live as champion`,
  }
}
