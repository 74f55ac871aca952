import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../../src/domain/statistics/random.ts'
import { type Case, chainSteps } from '../cases.ts'
import type { Harness, HelmName } from '../harness.ts'
import { formatVariant } from '../injection/injection-points.ts'
import { type Interceptor, openInterceptor, type WriteHandler } from '../injection/interceptor.ts'
import {
  findCrashingVersions,
  findFalseClaims,
  findInconsistencies,
  type SystemState,
  waitForNoViolations,
} from '../invariant.ts'
import { deleteRelease, prepareCase } from '../prepare-case.ts'
import { describeSteps, hasSucceeded, runJob, type StepRun } from '../run-job.ts'

/** Two chains of one model that run at once. */
export interface ConcurrentRound {
  name: string
  helm: HelmName
  /** Both chains run as the root action, or both as separate steps. */
  singleStep: boolean
  /** Whether the better candidate crashes. */
  secondCrashes: boolean
  /** Milliseconds by which the better candidate starts later; negative if it starts first. */
  delayMs: number
}

export interface ConcurrentResult {
  violations: string[]
  trace: string[]
  seconds: number
}

/** How often a user re-runs a chain that failed because another one was running. */
const MAX_ATTEMPTS = 5

/** Creates rounds. In every second round, a candidate crashes. The seed decides when the chains start. */
export function createRounds(count: number, seed: number): ConcurrentRound[] {
  return Array.from({ length: count }, (_, at) => {
    const chance = createRandom(createHash('sha256').update(`concurrent runs ${seed} ${at}`).digest('hex'))
    const round = {
      helm: chance.below(2) === 0 ? 'helm4' : 'helm3',
      singleStep: chance.below(2) === 0,
      secondCrashes: at % 2 === 1,
      delayMs: chance.below(12_000) - 6000,
    } as const
    const when = `${(Math.abs(round.delayMs) / 1000).toFixed(1)} s ${round.delayMs < 0 ? 'before' : 'after'}`
    const second = `${round.secondCrashes ? 'a crashing' : 'a better'} one ${when} another`
    const form = formatVariant({ kind: 'healthy', singleStep: round.singleStep, helm: round.helm })
    return { ...round, name: `concurrent runs ${at + 1}: ${form}, ${second}` }
  })
}

/** Runs both chains until each has finished, and checks the final state. */
export async function runConcurrently(
  harness: Harness,
  { helm, singleStep, secondCrashes, delayMs }: ConcurrentRound,
): Promise<ConcurrentResult> {
  const started = Date.now()
  const base = await prepareCase(harness, { kind: 'healthy', singleStep, helm })
  try {
    const [weaker, better] = [
      await trainCandidate(harness, base, 0.8, 'healthy'),
      await trainCandidate(harness, base, 0.9, secondCrashes ? 'crashing' : 'healthy'),
    ]
    const ran = await Promise.all([
      runUntilFinished(harness, weaker),
      sleep(delayMs).then(() => runUntilFinished(harness, better)),
    ])
    const trace = ran.flatMap((each, at) =>
      each.flatMap((one) => describeSteps(one).map((line) => `${at === 0 ? 'weaker' : 'better'} ${line}`)),
    )
    const violations = await findViolationsAfterConcurrentRuns(harness, weaker, better)
    return { violations, trace, seconds: (Date.now() - started) / 1000 }
  } finally {
    await deleteRelease(harness, base).catch(() => {})
  }
}

async function trainCandidate(
  harness: Harness,
  base: Case,
  auc: number,
  kind: 'healthy' | 'crashing',
): Promise<Case> {
  const { runId } = await harness.trainer.train({ metrics: { auc } })
  return { ...base, kind, runId }
}

/** Runs a chain, and re-runs it while it fails for a reason other than its model. */
export async function runUntilFinished(
  harness: Harness,
  one: Case,
  onWrite?: WriteHandler,
): Promise<StepRun[][]> {
  const all: StepRun[][] = []
  while (all.length < MAX_ATTEMPTS) {
    const interceptor = await openInterceptor(harness.rig, one, all.length === 0 ? onWrite : undefined)
    const ran = await runChain(harness, one, interceptor).finally(() => interceptor.close())
    all.push(ran)
    if (
      hasSucceeded(ran) ||
      ran.some(({ result }) => /^(rolled-back|uninstalled)$/.test(result.outputs.outcome ?? ''))
    )
      break
    await sleep(2000)
  }
  return all
}

const runChain = (harness: Harness, one: Case, interceptor: Interceptor): Promise<StepRun[]> =>
  runJob(harness, {
    helm: one.helm,
    steps: chainSteps(harness, one, interceptor),
    interceptor,
    job: harness.nextJob(),
  })

/** Checks the state after both chains: the best ready candidate is champion and serves, and a crashing one is in quarantine. */
export async function findViolationsAfterConcurrentRuns(
  harness: Harness,
  weaker: Case,
  better: Case,
): Promise<string[]> {
  const numberOf = (state: SystemState, { runId }: Case) =>
    state.versions.find((each) => each.runId === runId)?.number
  return waitForNoViolations(harness, weaker, (state) => {
    const [crashing] = findCrashingVersions(state, better)
    const best = numberOf(state, better.kind === 'crashing' ? weaker : better)
    const quarantined = state.versions.filter((each) => each.quarantineReason).map(({ number }) => number)
    return [
      ...findInconsistencies(state),
      ...findFalseClaims(state, crashing === undefined ? [] : [crashing]),
      state.champion !== best && `champion is ${state.champion} instead of ${best}, the best ready candidate`,
      better.kind === 'crashing' &&
        !quarantined.includes(crashing ?? '') &&
        `quarantine lost: version ${crashing} has none`,
      ...quarantined.map(
        (number) => number !== crashing && `version ${number} is in quarantine, and is good`,
      ),
    ].filter((each) => typeof each === 'string')
  })
}
