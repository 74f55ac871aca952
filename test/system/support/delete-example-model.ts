import { model } from '../../../rig/demo/environment.ts'
import type { Rig } from '../../../rig/index.ts'
import { tryRun } from '../../../rig/process/command.ts'

/** Deletes the release and the model of the example, so that its workflows start with a first model. */
export async function deleteExampleModel({ mlflow, tools, kubernetes }: Rig): Promise<void> {
  const env = { KUBECONFIG: kubernetes.kubeconfig }
  await tryRun([tools.helm4, 'uninstall', model, '--wait'], { env })
  // Verified revisions intentionally outlive a release.
  await tryRun([tools.kubectl, 'delete', 'configmap', `retrain-actions.${model}`], { env })
  await fetch(`${mlflow.uri}/api/2.0/mlflow/registered-models/delete`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: model }),
  })
}
