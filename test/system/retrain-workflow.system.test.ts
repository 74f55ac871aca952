import { afterAll, beforeAll, expect, test } from 'vitest'
import { play } from '../../rig/demo/play.ts'
import { scenes } from '../../rig/demo/scenes.ts'
import { createUser, type User } from '../../rig/demo/user.ts'
import { type Rig, up } from '../../rig/index.ts'
import { forgetDigits } from './forget.ts'

let rig: Rig
let user: User

beforeAll(async () => {
  rig = await up()
  user = await createUser(rig.image)
  await forgetDigits(rig)
})

afterAll(async () => {
  await user.remove()
  await forgetDigits(rig)
})

test.each(scenes)('$title', async (scene) => {
  const { claims, run } = await play(scene, user, rig)
  const differ = claims.filter(({ expected, seen }) => expected !== seen)
  expect(differ, run.log).toEqual([])
})
