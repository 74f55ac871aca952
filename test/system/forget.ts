import { attempt } from '../../rig/command.ts'
import { model } from '../../rig/demo/stage.ts'
import type { Rig } from '../../rig/index.ts'

/** Leaves no release and no model of the example: its workflows begin with the first one. */
export async function forgetDigits({ mlflow, tools, kubernetes }: Rig): Promise<void> {
  const env = { KUBECONFIG: kubernetes.kubeconfig }
  await attempt([tools.helm4, 'uninstall', model, '--wait'], { env })
  // Marks outlive a release on purpose; a test that begins anew wants none.
  await attempt([tools.kubectl, 'delete', 'configmap', `retrain-actions.${model}`], { env })
  await fetch(`${mlflow.uri}/api/2.0/mlflow/registered-models/delete`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: model }),
  })
}
