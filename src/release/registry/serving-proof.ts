import type { Release, ReleaseInputs } from '../../adapters/kubernetes/release/release.ts'
import type { MlflowInputs } from '../../adapters/mlflow/http/connection.ts'
import type { Mlflow } from '../../adapters/mlflow/mlflow.ts'
import { checkServing, type ServingExpectation } from '../../domain/registry/serving-proof.ts'
import type { LiveRelease } from '../../domain/release/live-release.ts'
import type { Context } from '../../runtime/context.ts'
import { createLeaseRequest } from '../lease/lease-request.ts'
import { withLease } from '../with-lease.ts'
import type { ReleaseAdapters } from './connect.ts'

/** A serving version with a description of the evidence, or why nothing is proven. */
export type ServingProof =
  | { version: string; description: string; reason?: undefined }
  | { version?: undefined; reason: string }

/** Checks what a release serves, in words for messages and for the tag `retrain.proof`. */
export function verifyServing(
  live: LiveRelease | undefined,
  release: string,
  expected: ServingExpectation,
): ServingProof {
  const check = checkServing(live, expected)
  if (!live) return { reason: `release ${release} has no deployed revision` }
  const { workload, versionFrom, releaseModel, releaseVersion } = live
  const revision = `revision ${live.revision} of release ${release}`
  switch (check.kind) {
    case 'serving': {
      const ready = live.pods.filter((pod) => pod.ready).length
      const pods = `${ready} ${ready === 1 ? 'pod' : 'pods'} of ${workload} ready`
      const description = `cluster: ${pods}, ${versionFrom}, revision ${live.revision} of ${release}`
      return { version: check.version, description }
    }
    case 'no-ready-pods':
      return { reason: `it is unknown what ${revision} serves: no pod of ${workload} is ready` }
    case 'version-unknown':
      return {
        reason: `it is unknown what ${revision} serves: by ${versionFrom}, ${check.pods.join(', ')} name no version`,
      }
    case 'several':
      return { reason: `the ready pods of ${revision} serve versions ${check.versions.join(' and ')}` }
    case 'other-version':
      return { reason: `the pods of ${revision} serve version ${check.served}, not ${expected.version}` }
    case 'values-disagree':
      return {
        reason: `the values of ${revision} say version ${releaseVersion ?? '(none)'}, but its pods serve ${check.served}`,
      }
    default:
      return { reason: `${revision} serves the model ${releaseModel}` }
  }
}

/** The inputs that name the release and the registry. */
export interface ServingProofInputs extends Omit<ReleaseInputs, 'release'>, MlflowInputs {
  proof: 'cluster' | 'none'
  /** Required by the contract for `proof: cluster`. */
  release?: string | undefined
  'model-name': string
  /** Milliseconds. */
  timeout: number
}

interface LeaseOptions {
  action: string
  inputs: ServingProofInputs
  context: Context
  adapters: Pick<ReleaseAdapters, 'openRelease' | 'mlflow' | 'leaseEnvironment'>
}

/**
 * Runs `work` with the proof of what the release serves, under its lease, so that nothing changes between proof and
 * write. `guard` makes the writes of an MLflow client need the lease. With `proof: none` there is no release to lock.
 */
export async function withServingProof<T>(
  request: LeaseOptions & Pick<ServingExpectation, 'version' | 'adopt'>,
  work: (proof: ServingProof, guard: (mlflow: Mlflow) => Mlflow, release: Release | undefined) => Promise<T>,
): Promise<T> {
  const { action, inputs, context, adapters, version, adopt } = request
  const { release: name, 'model-name': model } = inputs
  if (inputs.proof === 'none' || name === undefined)
    return work({ version: version ?? '', description: 'none' }, (mlflow) => mlflow, undefined)
  const release = await adapters.openRelease({ ...inputs, release: name }, context)
  try {
    const options = { ...adapters, registry: () => adapters.mlflow(inputs, context) }
    const leaseRequest = createLeaseRequest(action, inputs, context, options)
    return await withLease(release, leaseRequest, async ({ notes, guard }) => {
      for (const note of notes) context.log.warning(note)
      return work(verifyServing(await release.readLive(), name, { model, version, adopt }), guard, release)
    })
  } finally {
    release.close()
  }
}
