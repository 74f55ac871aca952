import { openRelease } from '../../src/adapters/kubernetes/release/release.ts'
import { Fault, UserError } from '../../src/domain/core/errors.ts'
import {
  checkObservability,
  checkPreflight,
  type PreflightFailure,
} from '../../src/domain/preflight/preflight.ts'
import { LeaseLostError } from '../../src/domain/release/lease.ts'
import { formatBudget } from '../../src/domain/release/time-budget.ts'
import { verifiedVersion } from '../../src/domain/release/verified-revisions.ts'
import { checkChartInputs } from '../../src/release/chart-inputs.ts'
import { readGoldenRequests } from '../../src/release/golden-requests.ts'
import { createLeaseRequest, type LeaseEnvironment } from '../../src/release/lease/lease-request.ts'
import { describePreflightFailure } from '../../src/release/preflight-messages.ts'
import { prepareUpgrade, removeValues, valuesFolder } from '../../src/release/prepare-upgrade.ts'
import { RecoveryInterruptedError } from '../../src/release/recovery/recover.ts'
import { openMlflow } from '../../src/release/registry/connect.ts'
import { adoptLiveRevision } from '../../src/release/rollout/verified-revisions.ts'
import { withLease } from '../../src/release/with-lease.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import {
  clearFailureTags,
  computeTimeBudget,
  type Dependencies,
  type Deployment,
  finish,
  loadState,
} from './deployment.ts'
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
  const { inputs, request, release, history, live, versionStatus } = deployment
  const { 'model-name': model, 'model-version': version } = inputs
  const { 'require-verdict': requireVerdict, 'first-install': firstInstall } = inputs
  const failure = checkPreflight({ ...deployment, model, version, requireVerdict, firstInstall })
  if (failure) return refuse(deployment, await describeFailure(deployment, failure))
  // The dry run also finds a chart that does not render, before anything is changed.
  const diff = live && (await release.compare(request, live.revision))
  const unobservable = live && diff && checkObservability(live, version, diff)
  if (unobservable) return refuse(deployment, await describeFailure(deployment, unobservable))
  if (diff?.conflict)
    return finish(deployment, { outcome: 'refused', reason: 'FieldConflict', failure: diff.conflict })
  const isServing = live !== undefined && verifiedVersion(live) === version
  // A live revision that meets the success criteria becomes a rollback target, even if another tool deployed it.
  await adoptLiveRevision(release, deployment, isServing ? versionStatus?.digest : undefined)
  const isNewest = history.at(-1)?.revision === live?.revision
  const isRecorded = live?.releaseVersion === version
  if (isServing && isRecorded && isNewest && diff?.isUnchanged) {
    await clearFailureTags(deployment)
    return finish(deployment, { outcome: 'unchanged' })
  }
  return (await runSmokeTest(deployment)) ?? rollOut(deployment)
}

function refuse(deployment: Deployment, reason: string): Promise<Outcome<typeof contract>> {
  return finish(deployment, { outcome: 'refused', failure: new UserError(reason) })
}

function describeFailure(
  { inputs, release, versionStatus }: Deployment,
  failure: PreflightFailure,
): Promise<string> {
  return describePreflightFailure(release, failure, inputs, versionStatus?.championRelease)
}

export const helmDeploy = defineAction(contract, (inputs, context) => main(inputs, context), post)
