import { contract } from '../../actions/promote/contract.ts'
import { main } from '../../actions/promote/main.ts'
import { type FakeMlflow, fakeMlflow, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Live } from '../../src/domain/live.ts'
import { parseInputs, quietContext } from './context.ts'
import { live, serving } from './serving.ts'
import { hurried } from './waiting.ts'

/** What gatekeeper writes on a version that it lets through. */
export const good = { [ledger.verdict]: 'promote', [ledger.artifactDigest]: 'digest-of-2' }
export const champion = fakeVersion('1', { runId: '1' })
export const candidate = fakeVersion('2', { runId: '2', tags: good })

/** A registry with the champion 1, and 2 that is to become it. */
export const registry = (aliases: Record<string, string> = { champion: '1' }) =>
  fakeMlflow({ versions: [champion, candidate], aliases })

/** Promotes version 2 of `fraud`, which serves unless told otherwise. An input that is given as '' is left out. */
export async function outcomeOf(
  mlflow: FakeMlflow,
  given: Record<string, string> = {},
  seen: Live | undefined = live('2'),
  context = quietContext(),
  fake = serving(seen),
) {
  const usual = {
    'model-name': 'fraud',
    'model-version': '2',
    release: 'fraud',
    'tracking-uri': 'http://mlflow.test',
  }
  const present = Object.entries({ ...usual, ...given }).filter(([, value]) => value !== '')
  const adapters = {
    mlflow: () => mlflow,
    openRelease: async () => fake.release,
    now: () => new Date('2026-01-02T03:04:05Z'),
    waiting: hurried(),
  }
  const outcome = await main(parseInputs(contract, Object.fromEntries(present)), context, adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

/** The same, and throws the failure of a step that is red. */
export async function promote(...order: Parameters<typeof outcomeOf>) {
  const outcome = await outcomeOf(...order)
  if (outcome.failure) throw outcome.failure
  return outcome
}
