import { UserError } from '../../../domain/core/errors.ts'
import { type ClusterInputs, type JobContext, openClusterAccess } from '../../cluster-access/kubeconfig.ts'
import type { HelmInputs } from '../../helm/arguments.ts'
import { createHelm } from '../../helm/helm.ts'
import { runTool } from '../../process/run-tool.ts'
import { createKubectl } from './kubectl.ts'
import { createPortForward } from './port-forward.ts'

/** A release in a cluster, and the tools that reach it as the same user. */
export type ClusterConnection = Awaited<ReturnType<typeof connectCluster>>

/**
 * Opens the connection that the cluster inputs describe.
 * @throws UserError where helm or kubectl is missing, or the major version of helm is unknown
 */
export async function connectCluster(
  inputs: ClusterInputs & HelmInputs & { release: string },
  job: JobContext,
) {
  const access = openClusterAccess(inputs, job)
  try {
    const [helm] = await Promise.all([createHelm(access, inputs), readKubectlVersion(access.env)])
    return {
      release: inputs.release,
      namespace: inputs.namespace,
      helm,
      kubectl: createKubectl(access),
      /** The same kubectl, which a cancelled job does not terminate: for short calls that clean up. */
      uncancellableKubectl: createKubectl({ ...access, cancelled: undefined }),
      portForward: createPortForward(access),
      /** Deletes the kubeconfig that was written for this job; call it in a `finally`. */
      close: access.close,
    }
  } catch (error) {
    access.close()
    throw error
  }
}

/** The version of the kubectl on the PATH. @throws UserError where there is none */
export async function readKubectlVersion(env: JobContext['env']): Promise<string> {
  const args = ['version', '--client']
  const { stdout } = await runTool('kubectl', args, { env, timeoutMs: 30_000 }).catch((cause) => {
    throw new UserError(
      'kubectl was not found on the PATH. Add a step with azure/setup-kubectl before this one.',
      { cause },
    )
  })
  return /Client Version: (\S+)/.exec(stdout)?.[1] ?? ''
}
