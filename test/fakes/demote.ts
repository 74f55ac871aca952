import { contract } from '../../actions/demote/contract.ts'
import { main } from '../../actions/demote/main.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import type { LiveRelease } from '../../src/domain/release/live-release.ts'
import { fakeContext, parseInputs } from './context.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from './mlflow.ts'
import { liveServing, releaseServing } from './serving-release.ts'

export const now = '2026-01-03T00:00:00.000Z'
const promotedTags = (from: string, tags: Tags = {}): Tags => ({
  [versionTags.artifactDigest]: `digest ${from}`,
  [versionTags.promotedAt]: '2026-01-01T00:00:00.000Z',
  [versionTags.promotedFrom]: from,
  ...tags,
})

/** Versions 1, 2 and 3 were promoted in this order. 3 is champion and bad, 2 serves again. */
export const fakeRegistry = (bad: Tags = {}, restored: Tags = {}): FakeMlflow =>
  fakeMlflow({
    runs: ['1', '2', '3'].map((number) => fakeRun(number.padStart(32, '0'))),
    versions: [
      fakeVersion('1', { tags: promotedTags('none') }),
      fakeVersion('2', { tags: promotedTags('1', restored) }),
      fakeVersion('3', { tags: promotedTags('2', bad) }),
    ],
    aliases: { champion: '3', previous: '2' },
  })

/** Demotes version 3 of `fraud`. By default, version 2 serves. An input with the value '' is omitted. */
export async function runDemote(
  mlflow: FakeMlflow,
  changes: Record<string, string> = {},
  seen: LiveRelease | undefined = liveServing('2'),
  fake = releaseServing(seen),
) {
  const defaults = {
    'model-name': 'fraud',
    'model-version': '3',
    reason: 'accuracy 0.61,\nfor 30 minutes',
    release: 'fraud',
    'tracking-uri': 'http://mlflow.test',
  }
  const present = Object.entries({ ...defaults, ...changes }).filter(([, value]) => value !== '')
  const adapters = {
    mlflow: () => mlflow,
    openRelease: async () => fake.release,
    now: () => new Date(now),
  }
  return main(parseInputs(contract, Object.fromEntries(present)), fakeContext(), adapters)
}

export const readTags = (mlflow: FakeMlflow, number: string) =>
  mlflow.allVersions.find((one) => one.number === number)?.tags ?? {}
