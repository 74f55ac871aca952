import { contract } from '../../actions/gatekeeper/contract.ts'
import { type Adapters, main } from '../../actions/gatekeeper/main.ts'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { fakeContext, parseInputs } from './context.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from './mlflow.ts'

/** The run of the candidate, and of the champion. */
export const CANDIDATE_RUN = 'c'.repeat(32)
export const CHAMPION_RUN = 'a'.repeat(32)
/** Written by each evaluation. */
export const REPORT_WRITE = 'write retrain/gate-report.json'

export const runWithAuc = (id: string, auc: number, changes: Partial<Run> = {}) =>
  fakeRun(id, { metrics: new Map([['auc', auc]]), ...changes })
export const championVersion = fakeVersion('1', { runId: CHAMPION_RUN })

/** A registry with a champion of AUC 0.8 and the run of a candidate. */
export const registryWithChampion = (auc = 0.9, changes: Partial<Run> = {}) =>
  fakeMlflow({
    runs: [runWithAuc(CHAMPION_RUN, 0.8), runWithAuc(CANDIDATE_RUN, auc, changes)],
    versions: [championVersion],
    aliases: { champion: '1' },
  })

/** Runs the gate, by default on `auc`. An input with the value '' is omitted. */
export async function runGate(
  mlflow: FakeMlflow,
  changes: Record<string, string> = {},
  context = fakeContext(),
  more: Partial<Adapters> = {},
) {
  const defaults = {
    'model-name': 'fraud',
    'run-id': CANDIDATE_RUN,
    metric: 'auc',
    'tracking-uri': 'http://mlflow.test',
  }
  const present = Object.entries({ ...defaults, ...changes }).filter(([, value]) => value !== '')
  const adapters = { mlflow: () => mlflow, now: () => new Date('2026-01-02T03:04:05Z'), ...more }
  const outcome = await main(parseInputs(contract, Object.fromEntries(present)), context, adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

/** Decodes the entities of escaped markdown. */
export const decodeEntities = (markdown = '') =>
  markdown.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
