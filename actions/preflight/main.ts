import { UserError } from '../../src/domain/core/errors.ts'
import { downgrade, type Finding } from '../../src/domain/preflight/findings.ts'
import { removeValues, valuesFolder } from '../../src/release/prepare-upgrade.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import { type Adapters, type PreflightInputs, systemAdapters } from './adapters.ts'
import { Checklist } from './checklist.ts'
import { checkChart, checkChartFiles } from './checks/chart.ts'
import { checkCluster } from './checks/cluster.ts'
import { checkData } from './checks/data.ts'
import { checkMetrics } from './checks/metrics.ts'
import { checkPolicy } from './checks/policy.ts'
import { checkRegistry } from './checks/registry.ts'
import { checkNewRelease, checkRelease } from './checks/release.ts'
import { checkScripts } from './checks/scripts.ts'
import { contract } from './contract.ts'
import { countProblems, formatFindings, renderChecklist, writeReport } from './report.ts'

export const main = async (
  inputs: PreflightInputs,
  context: Context,
  adapters: Adapters = systemAdapters,
): Promise<Outcome<typeof contract>> => {
  const findings = await collectFindings(inputs, context, adapters)
  context.cancelled.throwIfAborted()
  const passed = findings.every(({ status }) => status !== 'failed')
  const summary = renderChecklist(inputs['model-name'], findings)
  const outputs = {
    passed: passed ? 'true' : 'false',
    findings: JSON.stringify(findings),
    report: writeReport(context.temp, summary),
  } as const
  context.log.info(`Preflight: ${countProblems(findings)}.`)
  for (const warning of formatFindings(findings, 'warning')) context.log.warning(warning)
  const failures = formatFindings(findings, 'failed')
  if (!passed && inputs['on-preflight-failure'] === 'fail')
    return { outputs, summary, failure: new UserError(failures.join('\n')) }
  for (const failure of failures) context.log.warning(failure)
  return { outputs, summary }
}

async function collectFindings(
  inputs: PreflightInputs,
  context: Context,
  adapters: Adapters,
): Promise<Finding[]> {
  const [local, tracking, serving] = [new Checklist(), new Checklist(), new Checklist()]
  const policy = await checkPolicy(local, inputs, context.workspace)
  const checkLocal = async () => {
    if (policy) await checkData(local, policy, inputs, context.workspace)
    await checkScripts(local, policy, inputs, context)
  }
  const checkTracking = async () => {
    const mlflow = await tracking.run('MLflow', 'tracking-uri', () => adapters.openMlflow(inputs, context))
    const snapshot = mlflow && (await checkRegistry(tracking, mlflow, inputs))
    if (snapshot && policy) await checkMetrics(tracking, mlflow, snapshot, inputs, policy)
    if (!policy) tracking.skip('Metrics', 'the policy is invalid.')
    return { mlflow, snapshot }
  }
  const [, { mlflow, snapshot }, cluster] = await Promise.all([
    checkLocal(),
    checkTracking(),
    checkCluster(serving, inputs, context, adapters),
  ])
  const folder = valuesFolder(context.temp, inputs.release)
  const { release, hasHelm, isUsable } = cluster
  try {
    const canRender = await checkChartFiles(serving, inputs, context)
    const mlflowUri = inputs['pod-tracking-uri'] ?? mlflow?.base
    const rendered =
      canRender && hasHelm
        ? await checkChart(serving, inputs, context, cluster, adapters, { folder, mlflowUri })
        : { request: undefined, isDescribed: false }
    if (release && isUsable) await checkRelease(serving, inputs, release, rendered, snapshot)
    else if (release && cluster.isNewNamespace) await checkNewRelease(serving, inputs, release, snapshot)
    else serving.skip('Permissions, release', 'the cluster cannot be used.')
  } finally {
    removeValues(folder)
    release?.close()
  }
  const isDryRun = inputs.mode === 'dry-run' || policy?.decision.mode === 'dry-run'
  return [
    ...local.findings,
    ...tracking.findings,
    ...(isDryRun ? downgrade(serving.findings) : serving.findings),
  ]
}

export const preflight = defineAction(contract, (inputs, context) => main(inputs, context))
