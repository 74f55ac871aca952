import { contract } from '../../actions/gatekeeper/contract.ts'
import { type Adapters, main } from '../../actions/gatekeeper/main.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { parseInputs, quietContext } from './context.ts'

/** The run of the candidate, and of the champion. */
export const RUN = 'c'.repeat(32)
export const CHAMPION_RUN = 'a'.repeat(32)
/** Written at every judgement, over the one before. */
export const REPORT = 'write retrain/gate-report.json'

export const scored = (id: string, auc: number, changes: Partial<Run> = {}) =>
  fakeRun(id, { metrics: new Map([['auc', auc]]), ...changes })
export const champion = fakeVersion('1', { runId: CHAMPION_RUN })

/** A registry with a champion of auc 0.8, and the run of a candidate. */
export const registry = (auc = 0.9, changes: Partial<Run> = {}) =>
  fakeMlflow({
    runs: [scored(CHAMPION_RUN, 0.8), scored(RUN, auc, changes)],
    versions: [champion],
    aliases: { champion: '1' },
  })

/** Judges by auc, unless told otherwise; an input given as "" is left out. */
export async function gate(
  mlflow: FakeMlflow,
  given: Record<string, string> = {},
  context = quietContext(),
  more: Partial<Adapters> = {},
) {
  const usual = { 'model-name': 'fraud', 'run-id': RUN, metric: 'auc', 'tracking-uri': 'http://mlflow.test' }
  const present = Object.entries({ ...usual, ...given }).filter(([, value]) => value !== '')
  const adapters = { mlflow: () => mlflow, now: () => new Date('2026-01-02T03:04:05Z'), ...more }
  const outcome = await main(parseInputs(contract, Object.fromEntries(present)), context, adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

/** What a person reads of markdown whose odd characters are entities. */
export const readable = (markdown = '') =>
  markdown.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
