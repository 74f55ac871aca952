import { contract } from '../../actions/promote/contract.ts'
import { main } from '../../actions/promote/main.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { LiveRelease } from '../../src/domain/release/live-release.ts'
import { fakeContext, parseInputs } from './context.ts'
import { fakeLeaseEnvironment } from './lease-environment.ts'
import { type FakeMlflow, fakeMlflow, fakeVersion } from './mlflow.ts'
import { liveServing, releaseServing } from './serving-release.ts'

/** The tags that gatekeeper writes to an accepted version. */
export const promoteVerdictTags = {
  [versionTags.verdict]: 'promote',
  [versionTags.artifactDigest]: 'digest-of-2',
  [versionTags.reason]: 'auc is better by 0.03',
}
export const champion = fakeVersion('1', { runId: '1' })
export const candidate = fakeVersion('2', { runId: '2', tags: promoteVerdictTags })

/** A registry with champion 1 and candidate 2. */
export const fakeRegistry = (aliases: Record<string, string> = { champion: '1' }) =>
  fakeMlflow({ versions: [champion, candidate], aliases })

/** Promotes version 2 of `fraud`. By default, it serves. An input with the value '' is omitted. */
export async function runPromote(
  mlflow: FakeMlflow,
  changes: Record<string, string> = {},
  seen: LiveRelease | undefined = liveServing('2'),
  context = fakeContext(),
  fake = releaseServing(seen),
) {
  const defaults = {
    'model-name': 'fraud',
    'model-version': '2',
    release: 'fraud',
    'tracking-uri': 'http://mlflow.test',
  }
  const present = Object.entries({ ...defaults, ...changes }).filter(([, value]) => value !== '')
  const adapters = {
    mlflow: () => mlflow,
    openRelease: async () => fake.release,
    now: () => new Date('2026-01-02T03:04:05Z'),
    leaseEnvironment: fakeLeaseEnvironment(),
  }
  const outcome = await main(parseInputs(contract, Object.fromEntries(present)), context, adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

/** @throws the failure of a failed step */
export async function runPromoteOrThrow(...args: Parameters<typeof runPromote>) {
  const outcome = await runPromote(...args)
  if (outcome.failure) throw outcome.failure
  return outcome
}
