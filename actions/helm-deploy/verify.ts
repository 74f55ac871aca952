import type { UpgradeOrder } from '../../src/adapters/helm/arguments.ts'
import type { Trial } from '../../src/adapters/kubernetes/trial.ts'
import type { WatchFailed } from '../../src/adapters/kubernetes/watch.ts'
import { capital } from '../../src/domain/capital.ts'
import { UserError } from '../../src/domain/failure.ts'
import { sentenceOf } from '../../src/domain/rollout-failure.ts'
import { aboutPods } from '../../src/domain/rollout-redaction.ts'
import { checkLine, type GoldenRequest, wrongIn } from '../../src/domain/verify.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import { type Deployment, underwayOf } from './deployment.ts'
import { ended, type Failing } from './ended.ts'
import { saveEvidence } from './evidence.ts'
import { blame } from './failed.ts'
import { causeOf } from './report.ts'
import { messageOf } from './rolling.ts'
import { readGoldenRequests } from './verify-input.ts'

/**
 * Runs one pod of what is to be rolled out beside the release, where no traffic reaches it, and asks it the golden
 * requests. Undefined where it answered them as expected, or there are none; else how the deployment ends, with nothing
 * of the release touched. The pod is gone afterwards; where this process is killed, the post step removes it.
 */
export async function verified(
  deployment: Deployment,
  order: UpgradeOrder,
): Promise<Outcome<typeof contract> | undefined> {
  const { inputs, context } = deployment
  const requests = goldenRequestsOf(inputs, context)
  if (requests.length === 0) return undefined
  const run = runOf(context)
  context.saveState('trial', run)
  try {
    const failure = await tried(deployment, order, requests, run)
    return failure && (await refused(deployment, failure))
  } catch (error) {
    if (!context.cancelled.aborted) throw error
    return await cancelledAt(deployment)
  } finally {
    await endTrial(deployment, run)
  }
}

/**
 * What a candidate shall be asked; empty: nothing.
 * @throws UserError with everything that is wrong with the input
 */
export function goldenRequestsOf(
  { verify }: Pick<Inputs<typeof contract>, 'verify'>,
  { workspace }: Context,
): GoldenRequest[] {
  return verify === undefined ? [] : readGoldenRequests(verify, workspace)
}

/** The run as a label's value. */
function runOf({ run: { id, attempt } }: Context): string {
  return [id, attempt].filter(Boolean).join('-')
}

async function tried(
  deployment: Deployment,
  order: UpgradeOrder,
  requests: readonly GoldenRequest[],
  run: string,
): Promise<WatchFailed | undefined> {
  const { inputs, context, release, notes } = deployment
  const { 'model-version': version, 'evidence-logs': logs } = inputs
  context.log.info(`${release.name}: trying a pod of version ${version} out beside the release`)
  const deadline = Date.now() + inputs.timeout
  const trial = await release.trial(order, { version, run, requests, deadline })
  if (trial.kind === 'failed') return trial
  notes.push(...trial.notes)
  const unlike = trial.notes.length > 0
  const failing = (end: WatchFailed): WatchFailed => ({ ...end, diagnosis: { ...end.diagnosis, unlike } })
  const up = await trial.up()
  if (up.kind === 'failed') return failing(up)
  const wrong: string[] = []
  for (const [index, request] of requests.entries()) {
    const check = await checked(trial, request, deadline)
    if (check.kind === 'failed') return failing(check)
    const line = aboutPods(checkLine(check, index + 1, logs !== 'off'), logs)
    context.log.info(`${release.name}: ${line}`)
    notes.push(`${capital(line)}.`)
    if (check.wrong.length > 0) wrong.push(line)
  }
  if (wrong.length === 0) return undefined
  const { observation } = up
  const pod = observation.pods[0]?.name ?? ''
  return { kind: 'failed', diagnosis: { reason: 'VerifyFailed', pod, said: wrong.join('; ') }, observation }
}

/** Never waits beyond the time that all of them have together. */
async function checked(trial: Trial, request: GoldenRequest, deadline: number) {
  const left = Math.max(1, deadline - Date.now())
  const bounded = { ...request, expect: { ...request.expect, within: Math.min(request.expect.within, left) } }
  const heard = await trial.ask(bounded)
  if (heard.kind === 'failed') return heard
  return { kind: 'checked' as const, request: bounded, heard, wrong: wrongIn(bounded, heard) }
}

/** Evidence while the pod is still there, and the ledger; the release is as it was. */
async function refused(
  deployment: Deployment,
  { diagnosis, observation }: WatchFailed,
): Promise<Outcome<typeof contract>> {
  const { inputs, context, release } = deployment
  if (context.cancelled.aborted) return cancelledAt(deployment)
  const { 'model-name': model, 'model-version': version, namespace, 'evidence-logs': logs } = inputs
  context.log.info(`${release.name}: ${sentenceOf(diagnosis)}`)
  const suspect = { namespace, model, version, diagnosis, observation, logs }
  const evidence: Failing['evidence'] = await saveEvidence(release, suspect, context.temp)
  const why = evidence.evidence.diagnosis ?? diagnosis
  await blame(deployment, underwayOf(deployment), why)
  const failure = new UserError(
    `Version ${version} of model ${JSON.stringify(model)} was not rolled out, since its pod beside release ${release.name} failed: ${causeOf(diagnosis, evidence.evidence)}. Nothing of the release was touched.`,
  )
  return ended(deployment, 'refused', { reason: why.reason, evidence, failure })
}

function cancelledAt(deployment: Deployment): Promise<Outcome<typeof contract>> {
  const failure = new UserError(
    `The job was cancelled while a pod was tried out beside release ${deployment.release.name}; nothing of the release was touched.`,
  )
  return ended(deployment, 'refused', { reason: 'Cancelled', failure })
}

/** One that cannot be removed is left to the post step, to the next run, and at last to its own time limit. */
async function endTrial({ context, release }: Deployment, run: string): Promise<void> {
  try {
    await release.endTrials(run)
    context.saveState('trial', '')
  } catch (error) {
    context.log.warning(`The pod beside release ${release.name} is not removed yet: ${messageOf(error)}`)
  }
}
