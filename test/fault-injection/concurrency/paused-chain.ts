import { setTimeout as sleep } from 'node:timers/promises'
import { type Case, chainSteps } from '../cases.ts'
import type { Harness } from '../harness.ts'
import { type Interceptor, openInterceptor, type WriteHandler } from '../injection/interceptor.ts'
import { type ChainVariant, deleteRelease, prepareCase } from '../prepare-case.ts'
import { describeSteps, runJob, type StepRun } from '../run-job.ts'
import {
  type ConcurrentResult,
  findViolationsAfterConcurrentRuns,
  runUntilFinished,
} from './concurrent-runs.ts'

/** Whether the second chain times out, or waits until the first one has ended. */
export type CompetitorBehavior = 'times-out' | 'waits'

/**
 * Pauses a chain at a write and starts a second chain of the same model. The second must not write to the release while
 * the first holds the lease. Then the first continues, and both run until they have finished.
 */
export async function runWithPausedChain(
  harness: Harness,
  variant: ChainVariant,
  key: string,
  competitor: CompetitorBehavior,
): Promise<ConcurrentResult> {
  const started = Date.now()
  const seconds = () => (Date.now() - started) / 1000
  const base = await prepareCase(harness, variant)
  try {
    const weaker = await trainCandidate(harness, base, 0.8)
    const better = await trainCandidate(harness, base, 0.9)
    // The verdict of the waiting chain refers to an earlier champion, so it gets the weaker candidate.
    const [first, second] = competitor === 'waits' ? [better, weaker] : [weaker, better]
    const pause = createPause(key)
    const paused = runUntilFinished(harness, first, pause.onWrite)
    if (!(await Promise.race([pause.reached, paused.then(() => false)])))
      return { violations: ['injection point was not reached'], trace: [], seconds: seconds() }

    const other = await runCompetitor(harness, second, competitor, pause.open)
    const trace = [
      ...describeSteps(other.ran).map((line) => `second ${line}`),
      ...(await paused).flatMap((ran) => describeSteps(ran).map((line) => `first ${line}`)),
      ...(await runUntilFinished(harness, second)).flatMap((ran) =>
        describeSteps(ran).map((line) => `second again ${line}`),
      ),
    ]
    const stolen =
      other.writesWhilePaused.length > 0
        ? [`wrote while another job held the lease: ${other.writesWhilePaused.join(', ')}`]
        : []
    return {
      violations: [...stolen, ...(await findViolationsAfterConcurrentRuns(harness, weaker, better))],
      trace,
      seconds: seconds(),
    }
  } finally {
    await deleteRelease(harness, base).catch(() => {})
  }
}

async function trainCandidate(harness: Harness, base: Case, auc: number): Promise<Case> {
  const { runId } = await harness.trainer.train({ metrics: { auc } })
  return { ...base, runId }
}

/** Creates a write handler that pauses a write until `open` is called. */
function createPause(key: string): { onWrite: WriteHandler; reached: Promise<true>; open(): void } {
  let arrive = () => {}
  let open = () => {}
  const reached = new Promise<true>((resolve) => {
    arrive = () => resolve(true)
  })
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const onWrite: WriteHandler = async (write, pass) => {
    if (write.key === key) {
      arrive()
      await opened
    }
    return pass()
  }
  return { onWrite, reached, open }
}

/** Runs the second chain. @returns its steps, and its writes while the first one was paused */
async function runCompetitor(
  harness: Harness,
  one: Case,
  competitor: CompetitorBehavior,
  open: () => void,
): Promise<{ ran: StepRun[]; writesWhilePaused: string[] }> {
  const interceptor = await openInterceptor(harness.rig, one)
  const competitorCase = competitor === 'times-out' ? { ...one, timeout: '5s' } : one
  const steps = chainSteps(harness, competitorCase, interceptor)
  const running = runJob(harness, { helm: one.helm, steps, interceptor, job: harness.nextJob() })
  try {
    await (competitor === 'times-out' ? running : waitUntilBlocked(interceptor, running))
    const writesWhilePaused = interceptor.writes
      .map(({ call }) => call)
      .filter((call) => /secrets|deployments|alias/.test(call))
    open()
    return { ran: await running, writesWhilePaused }
  } finally {
    await interceptor.close()
  }
}

/** Milliseconds after which a started step waits for the lease. */
const LEASE_WAIT_STARTED_MS = 4000

/** Waits until the chain is blocked in its deployment, or has ended. */
async function waitUntilBlocked(interceptor: Interceptor, running: Promise<unknown>): Promise<void> {
  let hasEnded = false
  running.then(
    () => {
      hasEnded = true
    },
    () => {
      hasEnded = true
    },
  )
  while (!hasEnded && interceptor.step !== 'helm-deploy') await sleep(200)
  await sleep(LEASE_WAIT_STARTED_MS)
}
