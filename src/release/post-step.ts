import { removeKubeconfig } from '../adapters/cluster-access/kubeconfig.ts'
import type { Release, ReleaseInputs } from '../adapters/kubernetes/release/release.ts'
import type { MlflowInputs } from '../adapters/mlflow/http/connection.ts'
import { LeaseLostError } from '../domain/release/lease.ts'
import type { Context } from '../runtime/context.ts'
import { formatHeadline } from '../runtime/markdown.ts'
import { LeaseHeldError } from './lease/acquire.ts'
import {
  createLeaseRequest,
  type LeaseInputs,
  type LeaseRequest,
  type Registry,
} from './lease/lease-request.ts'
import { type LeaseSession, withLease } from './with-lease.ts'

/** Milliseconds for a rollback: GitHub kills the steps of a cancelled job after 5 minutes. */
export const POST_STEP_TIMEOUT = 180_000

/** What a post step needs of the world. */
interface Adapters {
  openRelease(inputs: ReleaseInputs, context: Context): Promise<Release>
  mlflow(inputs: MlflowInputs, context: Context): Registry
}
type Inputs = LeaseInputs & MlflowInputs & Omit<ReleaseInputs, 'release'> & { release?: string | undefined }

/** What a post step reports. */
export interface PostResult {
  /** Markdown for the job summary. */
  summary?: string | undefined
  failure?: Error | undefined
}

/** The post step of actions that only read the release: a main step that was killed leaves its lease and its kubeconfig. */
export function createPostStep(action: string, systemAdapters: Adapters) {
  return async (
    { lease: endedHolder }: { lease?: string | undefined },
    inputs: Inputs,
    context: Context,
    adapters = systemAdapters,
  ): Promise<string | undefined> => {
    removeKubeconfig(inputs, context.temp)
    const { release: name } = inputs
    if (!endedHolder || name === undefined) return undefined
    const release = await adapters.openRelease({ ...inputs, release: name }, context)
    try {
      const registry = () => adapters.mlflow(inputs, context)
      return await runPostStep(
        release,
        createLeaseRequest(action, inputs, context, { registry }),
        endedHolder,
      )
    } finally {
      release.close()
    }
  }
}

/**
 * Recovers what the main step recorded in the lease and did not finish, delivers the outbox and releases the lease. A
 * lease that another job holds by now is left to it.
 * @param endedHolder the main step of the same action, which has ended: it is not waited for, nor is anyone else
 * @param work what to do then; by default, the recovery is reported
 * @returns Markdown for the job summary
 * @throws UserError where manual intervention is required
 */
export async function runPostStep(
  release: Release,
  request: LeaseRequest,
  endedHolder: string,
  work = reportRecovery,
): Promise<string | undefined> {
  const { context, timeout } = request
  const rollbackTimeout = Math.min(timeout, POST_STEP_TIMEOUT)
  const postRequest = { ...request, endedHolder, waitTimeout: 0, rollbackTimeout }
  try {
    const { summary, failure } = await withLease(release, postRequest, (session) =>
      work(session, context.log),
    )
    if (failure) throw failure
    return summary
  } catch (error) {
    if (!(error instanceof LeaseHeldError || error instanceof LeaseLostError)) throw error
    context.log.info(`${release.name} is left to another job: ${error.message}`)
    return undefined
  }
}

async function reportRecovery(
  { release, recovered }: LeaseSession,
  log: Context['log'],
): Promise<PostResult> {
  if (!recovered) return {}
  if (recovered.error) return { failure: recovered.error }
  log[recovered.changed ? 'warning' : 'info'](recovered.message)
  return { summary: formatHeadline(`Recovery of release ${release.name}`, recovered.message) }
}
