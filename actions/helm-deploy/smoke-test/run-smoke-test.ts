import type { WatchFailure } from '../../../src/adapters/kubernetes/rollout/watch-rollout.ts'
import { errorMessage, UserError } from '../../../src/domain/core/errors.ts'
import { capitalize } from '../../../src/domain/core/text.ts'
import { verifiedVersion } from '../../../src/domain/release/verified-revisions.ts'
import { formatDiagnosis } from '../../../src/domain/rollout/diagnosis.ts'
import { checkResponse, formatResult } from '../../../src/domain/rollout/golden-requests.ts'
import { sanitizeMessage } from '../../../src/domain/rollout/redaction.ts'
import { saveEvidence } from '../../../src/release/rollout/evidence.ts'
import { formatCause } from '../../../src/release/rollout/report.ts'
import type { Outcome } from '../../../src/runtime/action.ts'
import type { contract } from '../contract.ts'
import { type Deployment, finish } from '../deployment.ts'
import { writeFailureTags } from '../failure-tags.ts'
import { smokeTestCancelled, smokeTestFailed } from '../messages.ts'
import { compareWithPrevious, runLabel } from './compare-previous.ts'

/**
 * Runs one pod of the candidate beside the release, without traffic, and sends it the golden requests. Returns undefined if
 * every response is as expected, or no requests are given; else the end of the deployment, with the release unchanged.
 * Deletes the pod afterwards. If this process is killed, the post step deletes it.
 */
export async function runSmokeTest(deployment: Deployment): Promise<Outcome<typeof contract> | undefined> {
  const { inputs, context, goldenRequests } = deployment
  if (goldenRequests.length === 0) return undefined
  const runId = runLabel(deployment)
  context.saveState('smoke-test', runId)
  const deadline = Date.now() + inputs.timeout
  try {
    const failure = await testCandidatePod(deployment, runId, deadline)
    return failure && (await finishFailedTest(deployment, failure, deadline))
  } catch (error) {
    if (!context.cancelled.aborted) throw error
    return await finishCancelledTest(deployment)
  } finally {
    await deletePod(deployment, runId)
  }
}

async function testCandidatePod(
  { inputs, context, request, goldenRequests: requests, release, notes }: Deployment,
  runId: string,
  deadline: number,
): Promise<WatchFailure | undefined> {
  const { 'model-version': version, 'evidence-logs': disclosure } = inputs
  context.log.info(`${release.name}: smoke test of version ${version} in a pod beside the release`)
  const smokeTest = await release.startSmokeTest(request, { version, runId, requests, deadline })
  if (smokeTest.kind === 'failed') return smokeTest
  notes.push(...smokeTest.notes)
  const markFailure = (failure: WatchFailure): WatchFailure => ({
    ...failure,
    diagnosis: { ...failure.diagnosis, fromSmokeTest: smokeTest.notes.length > 0 },
  })
  const start = await smokeTest.waitUntilReady()
  if (start.kind === 'failed') return markFailure(start)
  const failed: string[] = []
  for (const [index, goldenRequest] of requests.entries()) {
    // All requests together have one deadline.
    const timeoutMs = Math.min(goldenRequest.expect.timeoutMs, Math.max(1, deadline - Date.now()))
    const bounded = { ...goldenRequest, expect: { ...goldenRequest.expect, timeoutMs } }
    const response = await smokeTest.sendRequest(bounded)
    if (response.kind === 'failed') return markFailure(response)
    const problems = checkResponse(bounded, response)
    const result = { request: bounded, response, problems }
    const line = sanitizeMessage(formatResult(result, index + 1, disclosure !== 'off'), disclosure)
    context.log.info(`${release.name}: ${line}`)
    notes.push(`${capitalize(line)}.`)
    if (problems.length > 0) failed.push(line)
  }
  if (failed.length === 0) return undefined
  const { observation } = start
  const pod = observation.pods[0]?.name ?? ''
  const message = failed.join('; ')
  return { kind: 'failed', diagnosis: { reason: 'SmokeTestFailed', pod, message }, observation }
}

/** Saves the evidence while the pod exists, and writes the failure tags. */
async function finishFailedTest(
  deployment: Deployment,
  { diagnosis, observation }: WatchFailure,
  deadline: number,
): Promise<Outcome<typeof contract>> {
  const { inputs, context, release } = deployment
  if (context.cancelled.aborted) return finishCancelledTest(deployment)
  context.log.info(`${release.name}: ${formatDiagnosis(diagnosis)}`)
  const observed = { version: inputs['model-version'], diagnosis, observation }
  const evidence = await saveEvidence(release, inputs, observed, context.temp)
  const cause = evidence.evidence.diagnosis ?? diagnosis
  const { live } = deployment
  const previous = live && { revision: live.revision, version: verifiedVersion(live) ?? '' }
  const compared = await compareWithPrevious(deployment, cause, { previous, observation, deadline })
  await writeFailureTags(deployment, compared)
  const failure = new UserError(smokeTestFailed(inputs, formatCause(evidence.evidence)))
  return finish(deployment, { outcome: 'refused', reason: cause.reason, evidence, failure })
}

function finishCancelledTest(deployment: Deployment): Promise<Outcome<typeof contract>> {
  const failure = new UserError(smokeTestCancelled(deployment.inputs))
  return finish(deployment, { outcome: 'refused', reason: 'Cancelled', failure })
}

/** If this fails, the post step deletes the pod, then the next run, then the pod's own deadline. */
async function deletePod({ context, release }: Deployment, runId: string): Promise<void> {
  try {
    await release.deleteSmokeTestPods(runId)
    context.saveState('smoke-test', '')
  } catch (error) {
    context.log.warning(
      `The smoke test pod beside release ${release.name} is not deleted yet: ${errorMessage(error)}`,
    )
  }
}
