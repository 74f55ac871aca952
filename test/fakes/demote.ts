import { contract } from '../../actions/demote/contract.ts'
import { main } from '../../actions/demote/main.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import type { Live } from '../../src/domain/live.ts'
import { parseInputs, quietContext } from './context.ts'
import { live, serving } from './serving.ts'

export const now = '2026-01-03T00:00:00.000Z'
const promoted = (from: string, tags: Tags = {}): Tags => ({
  [ledger.artifactDigest]: `digest ${from}`,
  [ledger.promotedAt]: '2026-01-01T00:00:00.000Z',
  [ledger.promotedFrom]: from,
  ...tags,
})

/** 1, 2 and 3 were promoted one after the other; 3 is champion and bad, 2 serves again. */
export const registry = (bad: Tags = {}, restored: Tags = {}): FakeMlflow =>
  fakeMlflow({
    runs: ['1', '2', '3'].map((number) => fakeRun(number.padStart(32, '0'))),
    versions: [
      fakeVersion('1', { tags: promoted('none') }),
      fakeVersion('2', { tags: promoted('1', restored) }),
      fakeVersion('3', { tags: promoted('2', bad) }),
    ],
    aliases: { champion: '3', previous: '2' },
  })

/** Demotes version 3 of `fraud`, with 2 serving unless told otherwise. An input that is given as '' is left out. */
export async function demote(
  mlflow: FakeMlflow,
  given: Record<string, string> = {},
  seen: Live | undefined = live('2'),
  fake = serving(seen),
) {
  const usual = {
    'model-name': 'fraud',
    'model-version': '3',
    reason: 'accuracy 0.61,\nfor 30 minutes',
    release: 'fraud',
    'tracking-uri': 'http://mlflow.test',
  }
  const present = Object.entries({ ...usual, ...given }).filter(([, value]) => value !== '')
  const adapters = {
    mlflow: () => mlflow,
    openRelease: async () => fake.release,
    now: () => new Date(now),
  }
  return main(parseInputs(contract, Object.fromEntries(present)), quietContext(), adapters)
}

export const tagsOf = (mlflow: FakeMlflow, number: string) =>
  mlflow.all.find((one) => one.number === number)?.tags ?? {}
