import { openRelease } from '../../src/adapters/kubernetes/release/release.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { capitalize } from '../../src/domain/core/text.ts'
import type { LiveRelease } from '../../src/domain/release/live-release.ts'
import { formatForeignPending } from '../../src/domain/release/recovery-plan.ts'
import {
  deployedRevision,
  describeNoDeployedRevision,
  pendingRevision,
  type Revision,
} from '../../src/domain/release/revision-history.ts'
import { formatBudget, leaseWaitBudget, rollbackBudget } from '../../src/domain/release/time-budget.ts'
import type { VerifiedRevision } from '../../src/domain/release/verified-revisions.ts'
import type { LeaseEnvironment } from '../../src/release/lease/lease-request.ts'
import { openMlflow } from '../../src/release/registry/connect.ts'
import { assertRegistered, readModelSnapshot } from '../../src/release/registry/model-snapshot.ts'
import type { SavedEvidence } from '../../src/release/rollout/evidence.ts'
import type { LeaseSession } from '../../src/release/with-lease.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

export const systemAdapters = { openRelease, openMlflow }
export type Adapters = typeof systemAdapters & { leaseEnvironment?: LeaseEnvironment }

/** What a rollback needs. */
export interface Dependencies {
  inputs: Inputs<typeof contract>
  context: Context
  /** Undefined without a tracking server. */
  mlflow: Mlflow | undefined
  lease: LeaseSession
}

/** The state before anything is changed. */
export interface RollbackState extends Dependencies {
  release: LeaseSession['release']
  history: readonly Revision[]
  verifiedRevisions: readonly VerifiedRevision[]
  live: LiveRelease | undefined
  champion: string | undefined
  versions: readonly ModelVersion[]
  /** The version to roll back; empty while `live` stands for it. */
  badVersion: string
  /** Saved before the rollback. */
  evidence?: SavedEvidence
  /** For the job summary, beside the result. */
  notes: string[]
}

/** Reads what the decision needs. */
export async function loadState(dependencies: Dependencies): Promise<RollbackState> {
  const { inputs, mlflow, lease } = dependencies
  const { release } = lease
  const [history, verifiedRevisions, live, registry] = await Promise.all([
    release.history(),
    release.readVerifiedRevisions(),
    release.readLive(),
    mlflow && readModelSnapshot(mlflow, inputs),
  ])
  if (registry) assertRegistered(registry)
  const notes = [
    `Time budget: ${formatTimeBudget(inputs)}.`,
    ...lease.notes,
    ...(registry ? [] : ['Without a tracking server, quarantine and loadability were not checked.']),
  ]
  const champion = registry?.champion.kind === 'version' ? registry.champion.version.number : undefined
  const { versions = [] } = registry ?? {}
  const requested = inputs['bad-model-version']
  const badVersion = requested === 'live' ? '' : requested
  return { ...dependencies, release, history, verifiedRevisions, live, champion, versions, badVersion, notes }
}

/** The time that the whole action may take. */
export function formatTimeBudget({ timeout }: { timeout: number }): string {
  return formatBudget({ ...leaseWaitBudget(timeout), ...rollbackBudget(timeout) })
}

/** A user error that makes any decision impossible, as a sentence with its fix. */
export function findStateError({ inputs, history, live }: RollbackState): string | undefined {
  const { release: name, namespace, 'model-name': model } = inputs
  const pending = pendingRevision(history)
  if (pending) return formatForeignPending(pending, deployedRevision(history), inputs)
  if (!live && history.length > 0)
    return `${capitalize(describeNoDeployedRevision(name, history))}, so it is unknown what it serves. Run "helm rollback ${name} REVISION" with a revision that worked; "helm history ${name}" lists them.`
  if (!live)
    return `Input release: ${name} has no deployed revision in namespace ${namespace}; name the release that serves the model.`
  const { releaseModel } = live
  if (releaseModel !== undefined && releaseModel !== model)
    return `Input release: ${name} serves the model ${JSON.stringify(releaseModel)}, not ${JSON.stringify(model)}; name the release of this model.`
  return undefined
}
