import { UserError } from '../../domain/failure.ts'
import { type Helm, helmAt } from '../helm/helm.ts'
import { runTool } from '../process/run-tool.ts'
import { type Kubectl, kubectlAt } from './kubectl.ts'
import { type ClusterInputs, type Job, reachOf } from './reach.ts'

/** A release in a cluster, and the two tools that speak to it as the same user. */
export interface ClusterConnection {
  release: string
  namespace: string
  helm: Helm
  kubectl: Kubectl
  /** Removes the kubeconfig that was written for this job; call it in a `finally`. */
  close(): void
}

/**
 * Opens the connection that the cluster inputs describe.
 * @throws UserError where helm or kubectl is missing, or helm is of an unknown major
 */
export async function connectCluster(
  inputs: ClusterInputs & { release: string },
  job: Job,
): Promise<ClusterConnection> {
  const reach = reachOf(inputs, job)
  try {
    const [helm] = await Promise.all([helmAt(reach), seeKubectl(reach.env)])
    return {
      release: inputs.release,
      namespace: inputs.namespace,
      helm,
      kubectl: kubectlAt(reach),
      close: reach.close,
    }
  } catch (error) {
    reach.close()
    throw error
  }
}

async function seeKubectl(env: Job['env']): Promise<void> {
  await runTool('kubectl', ['version', '--client'], { env, timeout: 30_000 }).catch((cause) => {
    throw new UserError(
      'kubectl was not found on the PATH. Add a step with azure/setup-kubectl before this one.',
      { cause },
    )
  })
}
