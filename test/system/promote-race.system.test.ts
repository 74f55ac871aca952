import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { releaseOf } from './chart-life.ts'
import { openSpace, type Space } from './rollback-space.ts'

let space: Space
beforeAll(async () => {
  space = await openSpace()
})
afterAll(() => space.close())

test('promotions of different versions at once, and during a deployment: champion is what the pods serve', async () => {
  const [model, release] = [`race-${randomUUID()}`, `race-${randomUUID().slice(0, 4)}`]
  for (const number of ['1', '2', '3']) expect((await space.registered(model)).number).toBe(number)
  const own = releaseOf(
    space,
    'helm4',
    { chart: 'tiny', 'version-from': 'env:MODEL_VERSION' },
    release,
    model,
  )
  const promote = (version: string) => own.promote({ 'model-version': version, timeout: '120s' })
  const holder = async () => {
    const found = await space.kubectl('get', 'configmap', `retrain-actions.${release}`, '--output', 'json')
    const { lease } = JSON.parse(found).data
    return lease === undefined ? undefined : JSON.parse(lease).action
  }

  await own.deploy('1')
  await promote('1')
  await own.deploy('2')
  const ends = await Promise.all(['1', '2', '1', '2'].map(promote))
  for (const [index, { outputs, failure }] of ends.entries())
    if (index % 2 === 0) expect(failure?.message).toMatch(/serve version 2, not 1/)
    else expect(outputs).toMatchObject({ 'champion-version': '2', 'previous-version': '1' })
  expect(await space.aliases(model)).toEqual({ champion: '2', previous: '1' })
  expect(await holder()).toBeUndefined()

  // Both come while a deployment has the release: they wait, and find what it has brought.
  const deploying = own.deploy('3')
  await vi.waitUntil(async () => (await holder()) === 'helm-deploy', { timeout: 60_000, interval: 200 })
  const [old, next] = await Promise.all([promote('2'), promote('3')])
  expect((await deploying).outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '3' })
  expect(old.failure?.message).toMatch(/serve version 3, not 2/)
  expect(next.outputs).toMatchObject({ 'champion-version': '3', 'previous-version': '2', changed: 'true' })
  expect(await space.aliases(model)).toEqual({ champion: '3', previous: '2' })
  expect(await space.variable(release, 'MODEL_VERSION')).toBe('3')
})
