import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAll } from '../../rig/demo/reading.ts'
import { runner } from '../../rig/demo/stage.ts'
import { createUser, type User } from '../../rig/demo/user.ts'
import { type Rig, up } from '../../rig/index.ts'
import { forgetDigits } from './forget.ts'

const workflow = 'retrain-one-step.yml'
let rig: Rig
let user: User

beforeAll(async () => {
  rig = await up()
  user = await createUser(rig.image, [workflow])
  await forgetDigits(rig)
})

afterAll(async () => {
  await user.remove()
  await forgetDigits(rig)
})

test('the whole chain in one step brings a first model to life', async () => {
  const run = await runner(user, rig)
  const result = await run(workflow, 'schedule', { schedule: '41 4 * * 1' })
  expect(result.exitCode, result.log).toBe(0)
  const { outputs, summary } = result.step('retrain')
  expect(outputs).toMatchObject({
    verdict: 'promote',
    outcome: 'deployed',
    promoted: 'true',
    'live-model-version': '1',
  })
  expect(await readAll(rig, 'digits')).toMatchObject({
    champion: '1',
    release: '1',
    served: '1',
    servedRun: outputs['run-id'],
  })
  expect(summary).toContain('| live now | version 1 |')
  const { users } = JSON.parse(await readFile(rig.kubernetes.kubeconfig, 'utf8'))
  expect(users[0].user.token.length).toBeGreaterThan(10)
  expect(result.log).not.toContain(users[0].user.token)
})
