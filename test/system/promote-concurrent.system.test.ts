import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createChartRelease } from './support/cluster/chart-release.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
})
afterAll(() => cluster.close())

test('concurrent promotions, also during a deployment: champion is the version that the pods serve', async () => {
  const [model, release] = [`race-${randomUUID()}`, `race-${randomUUID().slice(0, 4)}`]
  for (const number of ['1', '2', '3']) expect((await cluster.registerVersion(model)).number).toBe(number)
  const own = createChartRelease(
    cluster,
    'helm4',
    { chart: 'tiny', 'version-from': 'env:MODEL_VERSION' },
    release,
    model,
  )
  const promote = (version: string) => own.promote({ 'model-version': version, timeout: '120s' })
  const readHolder = () =>
    cluster.kubectl('get', 'lease', `retrain-actions.${release}`, '--output=jsonpath={.spec.holderIdentity}')

  await own.deploy('1')
  await promote('1')
  await own.deploy('2')
  const ends = await Promise.all(['1', '2', '1', '2'].map(promote))
  for (const [index, { outputs, failure }] of ends.entries())
    if (index % 2 === 0) expect(failure?.message).toMatch(/serve version 2, not 1/)
    else expect(outputs).toMatchObject({ 'champion-version': '2', 'previous-version': '1' })
  expect(await cluster.readAliases(model)).toEqual({ champion: '2', previous: '1' })
  expect(await readHolder()).toBe('')

  // Both start while a deployment holds the lease: they wait, and find the new version.
  const deploying = own.deploy('3')
  await vi.waitUntil(async () => (await readHolder()).startsWith('helm-deploy of '), {
    timeout: 60_000,
    interval: 200,
  })
  const [old, next] = await Promise.all([promote('2'), promote('3')])
  expect((await deploying).outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '3' })
  expect(old.failure?.message).toMatch(/serve version 3, not 2/)
  expect(next.outputs).toMatchObject({ 'champion-version': '3', 'previous-version': '2', changed: 'true' })
  expect(await cluster.readAliases(model)).toEqual({ champion: '3', previous: '2' })
  expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('3')
})
