import type { Live } from '../../src/domain/live.ts'
import type { Evidence } from '../../src/domain/rollout-evidence.ts'
import type { FailureReason } from '../../src/domain/rollout-failure.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Outputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import { type Deployment, liveVersion } from './deployment.ts'
import { summaryOf } from './report.ts'

export interface Failing {
  /** Makes the step red. */
  failure?: Error | undefined
  reason?: FailureReason
  evidence?: { evidence: Evidence; folder: string } | undefined
}

interface Ending extends Failing {
  /** What is live afterwards, where it is being read already. */
  after?: Promise<Live | undefined>
}

/** The end of a deployment: what is live afterwards is read again from Helm and the pods, not concluded. */
export async function ended(
  deployment: Deployment,
  outcome: Outputs<typeof contract>['outcome'],
  { failure, reason, evidence, after }: Ending = {},
): Promise<Outcome<typeof contract>> {
  const { inputs, context, release, notes } = deployment
  const untouched = outcome === 'refused' || outcome === 'unchanged'
  const lost = (what: string) => (error: unknown) => {
    if (!context.cancelled.aborted) notes.push(`${what} could not be read: ${error}`)
    return undefined
  }
  const live = untouched
    ? deployment.live
    : await (after ?? release.live()).catch(lost('What is live afterwards'))
  if (live && outcome === 'deployed') {
    const others = await release.bystanders(live.revision).catch(lost('What else is in the release'))
    for (const other of others ?? []) context.log.warning(`${release.name}: ${other}`)
    notes.push(...(others ?? []))
  }
  const outputs = {
    outcome,
    'live-model-version': liveVersion(live),
    'live-revision': live ? String(live.revision) : '',
    'previous-model-version': liveVersion(deployment.live),
    'failure-reason': reason ?? '',
    evidence: evidence?.folder ?? '',
  }
  const summary = summaryOf(
    {
      outcome,
      release: release.name,
      namespace: inputs.namespace,
      model: inputs['model-name'],
      version: inputs['model-version'],
      liveVersion: outputs['live-model-version'],
      liveRevision: outputs['live-revision'],
      previousVersion: outputs['previous-model-version'],
      proof: inputs['version-from'],
      notes: failure ? [...notes, failure.message] : notes,
    },
    evidence?.evidence,
  )
  if (!failure)
    context.log.info(
      `${release.name}: ${outcome}; live is ${outputs['live-model-version'] ? `version ${outputs['live-model-version']}` : 'no one version'} (revision ${outputs['live-revision'] || 'none'})`,
    )
  return failure ? { outputs, summary, failure } : { outputs, summary }
}
