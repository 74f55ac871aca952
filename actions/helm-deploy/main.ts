import { openRelease } from '../../src/adapters/kubernetes/release/release.ts'
import { Fault, UserError } from '../../src/domain/core/errors.ts'
import { checkPreflight, checkUpgrade } from '../../src/domain/preflight/preflight.ts'
import { LeaseLostError } from '../../src/domain/release/lease.ts'
import { formatBudget } from '../../src/domain/release/time-budget.ts'
import { verifiedVersion } from '../../src/domain/release/verified-revisions.ts'
import { checkChartInputs } from '../../src/release/chart-inputs.ts'
import { readGoldenRequests } from '../../src/release/golden-requests.ts'
import { createLeaseRequest, type LeaseEnvironment } from '../../src/release/lease/lease-request.ts'
import {
  describePreflightFailure,
  describeUpgradeWarnings,
  formatPreflightFailure,
} from '../../src/release/preflight-messages.ts'
import { prepareUpgrade, removeValues, valuesFolder } from '../../src/release/prepare-upgrade.ts'
import { RecoveryInterruptedError } from '../../src/release/recovery/recover.ts'
import { openMlflow } from '../../src/release/registry/connect.ts'
import { adoptLiveRevision } from '../../src/release/rollout/verified-revisions.ts'
import { withLease } from '../../src/release/with-lease.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { findBlockedRollback } from './blocked-rollback.ts'
import { contract } from './contract.ts'
import {
  clearFailureTags,
  computeTimeBudget,
  type Dependencies,
  type Deployment,
  finish,
  loadState,
} from './deployment.ts'
import { rollbackBlocked } from './messages.ts'
import { readModelValues } from './model-values.ts'
import { post } from './post.ts'
import { rollOut } from './rollout.ts'
import { runSmokeTest } from './smoke-test/run-smoke-test.ts'

const systemAdapters = { openRelease, openMlflow }
export type Adapters = typeof systemAdapters & { leaseEnvironment?: LeaseEnvironment }

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = systemAdapters,
): Promise<Outcome<typeof contract>> => {
  checkChartInputs(inputs)
  const { timeout, verify } = inputs
  const goldenRequests = verify === undefined ? [] : readGoldenRequests(verify, context.workspace)
  const mlflow = adapters.openMlflow(inputs, context)
  const release = await adapters.openRelease(inputs, context)
  const folder = valuesFolder(context.temp, release.name)
  context.log.info(`${release.name}: time limit: ${formatBudget(computeTimeBudget(inputs))}`)
  try {
    const model = await readModelValues(inputs, mlflow)
    const job = { ...context, namespace: inputs.namespace }
    const request = await prepareUpgrade(inputs, job, { release: release.name, timeout, folder, model })
    if (inputs['create-namespace']) await release.createNamespace()
    const options = { ...adapters, registry: () => mlflow }
    const leaseRequest = createLeaseRequest('helm-deploy', inputs, context, options)
    return await withLease(release, leaseRequest, (session) => {
      const guarded = { release: session.release, mlflow: mlflow && session.guard(mlflow) }
      return deployWithLease({ inputs, context, request, goldenRequests, session, ...guarded })
    }).catch(async (error: unknown) => {
      // Reports all missing permissions, not only the one that failed first.
      if (error instanceof Fault && /forbidden/i.test(error.message)) await release.checkPermissions(request)
      throw error
    })
  } catch (error) {
    if (!(error instanceof RecoveryInterruptedError || error instanceof LeaseLostError)) throw error
    const reason = error instanceof LeaseLostError ? 'Superseded' : 'Unknown'
    return { outputs: { outcome: 'failed', 'failure-reason': reason }, failure: error }
  } finally {
    removeValues(folder)
    release.close()
  }
}

async function deployWithLease(dependencies: Dependencies): Promise<Outcome<typeof contract>> {
  const deployment = await loadState(dependencies)
  const { inputs, context, request, release, history, live, versionStatus } = deployment
  const { 'model-name': model, 'model-version': version } = inputs
  const { 'require-verdict': requireVerdict, 'first-install': firstInstall } = inputs
  const failure = checkPreflight({ ...deployment, model, version, requireVerdict, firstInstall })
  if (failure) {
    const { championRelease } = versionStatus ?? {}
    return refuse(deployment, await describePreflightFailure(release, failure, inputs, championRelease))
  }
  // Everything that dry runs say, before anything is changed.
  const diff = await release.compare(request, live?.revision)
  const failures = checkUpgrade(live, version, diff)
  if (failures.length > 0) {
    const reasons = failures.map((each) => formatPreflightFailure(each, inputs))
    return refuse(deployment, reasons.join('\n'))
  }
  if (diff.conflict)
    return finish(deployment, { outcome: 'refused', reason: 'FieldConflict', failure: diff.conflict })
  for (const { message } of describeUpgradeWarnings(diff, inputs)) {
    context.log.warning(message)
    deployment.notes.push(message)
  }
  const isServing = live !== undefined && verifiedVersion(live) === version
  // A live revision that meets the success criteria becomes a rollback target, even if another tool deployed it.
  const digest = isServing ? versionStatus?.digest : undefined
  const verifiedRevisions = await adoptLiveRevision(release, deployment, digest)
  const isNewest = history.at(-1)?.revision === live?.revision
  const isRecorded = live?.releaseVersion === version
  if (isServing && isRecorded && isNewest && diff.isUnchanged) {
    await clearFailureTags(deployment)
    return finish(deployment, { outcome: 'unchanged' })
  }
  const blocked = await findBlockedRollback({ ...deployment, verifiedRevisions })
  if (blocked) return refuse(deployment, rollbackBlocked(inputs, blocked))
  return (await runSmokeTest(deployment)) ?? rollOut(deployment)
}

function refuse(deployment: Deployment, reason: string): Promise<Outcome<typeof contract>> {
  return finish(deployment, { outcome: 'refused', failure: new UserError(reason) })
}

export const helmDeploy = defineAction(contract, (inputs, context) => main(inputs, context), post)
