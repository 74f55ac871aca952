import { versionTags } from '../../../src/domain/registry/version-tags.ts'
import type { GateContext } from '../inputs/load-context.ts'

/**
 * What suggests that a first model is not the first: another alias, or a version with the verdict promote that was never
 * promoted. It is only a note, since both have good reasons too: another environment, and a deployment that failed.
 */
export function noteFirstModel({ snapshot, candidateVersions }: GateContext): string[] {
  const { champion, aliases, versions } = snapshot
  if (champion.kind !== 'none') return []
  const own = candidateVersions.map(({ number }) => number)
  const named = [...aliases].filter(([, number]) => !own.includes(number))
  const accepted = versions.filter(
    ({ number, tags }) =>
      !own.includes(number) && tags[versionTags.verdict] === 'promote' && !tags[versionTags.deployFailed],
  )
  const evidence = [
    ...named.map(([alias, number]) => `version ${number} has the alias ${alias}`),
    ...accepted.map(({ number }) => `version ${number} has the verdict promote, but was never promoted`),
  ].slice(0, 3)
  if (evidence.length === 0) return []
  return [
    `There is no champion, although ${evidence.join(', and ')}. Is champion-alias right, and does promote run after the deployment?`,
  ]
}
