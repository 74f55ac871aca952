import { UserError } from '../../src/domain/core/errors.ts'
import { checkConsistency } from '../../src/domain/reconcile/consistency.ts'
import { championNumber } from '../../src/domain/registry/champion.ts'
import { liveVersion } from '../../src/domain/release/live-release.ts'
import { createPostStep } from '../../src/release/post-step.ts'
import {
  type ReleaseAdapters,
  systemAdapters as releaseAdapters,
} from '../../src/release/registry/connect.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import { createIssueClient, type IssueSyncResult, syncIssue } from './issue-sync.ts'
import { describeMostSevere } from './messages.ts'
import { type Dependencies, readSnapshot } from './read-snapshot.ts'
import { isRepairable, runRepair } from './repair.ts'
import { buildSummary, type ReconcileReport } from './report.ts'

type Adapters = Omit<ReleaseAdapters, 'now'> & { openIssues: typeof createIssueClient }
const systemAdapters: Adapters = { ...releaseAdapters, openIssues: createIssueClient }

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = systemAdapters,
): Promise<Outcome<typeof contract>> => {
  const mlflow = adapters.mlflow(inputs, context)
  const release = await adapters.openRelease(inputs, context)
  try {
    const { leaseEnvironment } = adapters
    const report = await checkAndRepair({ inputs, context, mlflow, release, leaseEnvironment })
    const issue = inputs.issue
      ? await syncIssue(adapters.openIssues(inputs, context), report, inputs, context)
      : { url: '' }
    return finish(inputs, context, report, issue)
  } finally {
    release.close()
  }
}

/** The report describes the state after the repair. */
async function checkAndRepair(dependencies: Dependencies): Promise<ReconcileReport> {
  let report = await check(dependencies)
  // Another job may have written between two reads.
  if (report.result.consistent === 'false') report = await check(dependencies)
  if (!dependencies.inputs.repair || !isRepairable(report.result)) return report
  const repair = await runRepair(dependencies)
  return { ...(await check(dependencies)), repair }
}

async function check(dependencies: Dependencies): Promise<ReconcileReport> {
  const snapshot = await readSnapshot(dependencies)
  return { snapshot, result: checkConsistency(snapshot), repair: undefined }
}

function finish(
  inputs: Inputs<typeof contract>,
  { log }: Context,
  report: ReconcileReport,
  issue: IssueSyncResult,
): Outcome<typeof contract> {
  const { snapshot, result, repair } = report
  const { consistent } = result
  const finding = describeMostSevere(result, snapshot)
  const outputs = {
    consistent,
    'champion-version': championNumber(snapshot.champion),
    'release-version': snapshot.live?.releaseVersion ?? '',
    'live-model-version': liveVersion(snapshot.live),
    finding,
    repaired: repair && repair.changes.length > 0 ? ('true' as const) : ('false' as const),
    'issue-url': issue.url,
  }
  const summary = buildSummary(report, issue.note === undefined ? [] : [issue.note])
  for (const change of repair?.changes ?? []) log.info(change)
  const message = [finding, repair?.refusal].filter(Boolean).join(' ')
  if (consistent === 'false' && inputs['on-inconsistent'] === 'fail')
    return { outputs, summary, failure: new UserError(message) }
  if (consistent === 'false' || repair?.refusal !== undefined) log.warning(message)
  else
    log.info(finding || `Registry, release and pods are consistent: version ${outputs['champion-version']}.`)
  return { outputs, summary }
}

export const post = createPostStep('reconcile', systemAdapters)
export const reconcile = defineAction(contract, (inputs, context) => main(inputs, context), post)
