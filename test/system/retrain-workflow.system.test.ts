import { afterAll, beforeAll, expect, test } from 'vitest'
import { attempt } from '../../rig/command.ts'
import { model, play } from '../../rig/demo/play.ts'
import { scenes } from '../../rig/demo/scenes.ts'
import { createUser, type User } from '../../rig/demo/user.ts'
import { type Rig, up } from '../../rig/index.ts'

let rig: Rig
let user: User

beforeAll(async () => {
  rig = await up()
  user = await createUser(rig.image)
  await forget(rig)
})

afterAll(async () => {
  await user.remove()
  await forget(rig)
})

/** The scenes begin with no release and no model of that name. */
async function forget({ mlflow, tools, kubernetes }: Rig): Promise<void> {
  await attempt([tools.helm4, 'uninstall', model, '--wait'], { env: { KUBECONFIG: kubernetes.kubeconfig } })
  await fetch(`${mlflow.uri}/api/2.0/mlflow/registered-models/delete`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: model }),
  })
}

test.each(scenes)('$title', async (scene) => {
  const { claims, run } = await play(scene, user, rig)
  const differ = claims.filter(({ expected, seen }) => expected !== seen)
  expect(differ, run.log).toEqual([])
})
