import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Rig } from '../index.ts'

/** Returns the variables and secrets of the caller workflows, and the programs of a hosted runner. */
export const readRunnerSettings = async (rig: Rig) => ({
  vars: { MLFLOW_TRACKING_URI: rig.mlflow.uri, MLFLOW_POD_TRACKING_URI: rig.mlflow.podUri },
  secrets: { KUBECONFIG: await readFile(rig.kubernetes.kubeconfig, 'utf8') },
  path: [dirname(rig.tools.kubectl)],
})
