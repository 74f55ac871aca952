import { UserError } from '../../domain/failure.ts'
import { USUAL } from '../helm/arguments.ts'
import { type Helm, helmAt } from '../helm/helm.ts'
import { remembering } from '../helm/remembering.ts'
import { runTool } from '../process/run-tool.ts'
import { type Kubectl, kubectlAt } from './kubectl.ts'
import { type ClusterInputs, type Job, reachOf } from './reach.ts'
import { type Forward, forwardAt } from './trial-forward.ts'

/** A release in a cluster, and the two tools that speak to it as the same user. */
export interface ClusterConnection {
  release: string
  namespace: string
  helm: Helm
  kubectl: Kubectl
  /** The same kubectl, but one that works on when the job is cancelled: for short calls that tidy up. */
  tidying: Kubectl
  /** Ways to ports of pods. */
  forward: Forward
  /** Removes the kubeconfig that was written for this job; call it in a `finally`. */
  close(): void
}

/** How Helm is to write; left out by actions that only read. */
export interface HelmInputs {
  'history-max'?: number | undefined
  'force-conflicts'?: boolean | undefined
}

/**
 * Opens the connection that the cluster inputs describe.
 * @throws UserError where helm or kubectl is missing, or helm is of an unknown major
 */
export async function connectCluster(
  inputs: ClusterInputs & HelmInputs & { release: string },
  job: Job,
): Promise<ClusterConnection> {
  const reach = reachOf(inputs, job)
  try {
    const [helm] = await Promise.all([helmAt(reach, optionsOf(inputs)), seeKubectl(reach.env)])
    return {
      release: inputs.release,
      namespace: inputs.namespace,
      helm: remembering(helm),
      kubectl: kubectlAt(reach),
      tidying: kubectlAt({ ...reach, cancelled: undefined }),
      forward: forwardAt(reach),
      close: reach.close,
    }
  } catch (error) {
    reach.close()
    throw error
  }
}

function optionsOf(inputs: HelmInputs) {
  return {
    historyMax: inputs['history-max'] ?? USUAL.historyMax,
    forceConflicts: inputs['force-conflicts'] ?? USUAL.forceConflicts,
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
