import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { tinyChart } from './helm-releases.ts'
import { hoursAgo, standing } from './reconciled.ts'
import { openSpace, type Space } from './rollback-space.ts'

let space: Space
let github: GitHub

beforeAll(async () => {
  space = await openSpace()
  const folder = { workflows: import.meta.dirname, onStart: async () => {} }
  github = await startGitHub({ repository: 'shop/digits', token: 'sesame', ...folder })
})
afterAll(async () => {
  await github.close()
  await space.close()
})

test('nothing is said while a deployment is under way, and what a dead one left is put right', async () => {
  const { model, release, reconcile, aliases } = await standing(
    space,
    github,
    `dying-${randomUUID().slice(0, 4)}`,
    1,
  )
  const { number } = await space.registered(model, { weights: 'second' })
  const values = ['--set', 'serve=sleep 3600', '--set-string', `model.name=${model},model.version=${number}`]
  // Its pod never gets ready, so the revision stays unproven.
  await space.helm('helm4', 'upgrade', release, tinyChart, '--reuse-values', ...values)
  const underway = { release, namespace: space.namespace, before: 1, first: false, version: number, own: 2 }
  const whose = { id: randomUUID(), action: 'helm-deploy', repository: 'shop/digits', run: '1', attempt: '1' }
  const hold = (until: string) => {
    const lease = { ...whose, runner: 'another', url: '', since: hoursAgo(0.1), until, underway }
    const data = { data: { lease: JSON.stringify(lease) } }
    const patch = ['patch', 'configmap', `retrain-actions.${release}`, '--type', 'merge']
    return space.kubectl(...patch, '--patch', JSON.stringify(data))
  }
  await hold(hoursAgo(-1))
  expect(await reconcile({ repair: 'true' })).toMatchObject({
    consistent: 'unknown',
    finding: expect.stringMatching(
      /^Release dying-.* is being worked on, by helm-deploy of a process on another/,
    ),
    repaired: 'false',
  })
  await hold(hoursAgo(0.01))
  expect(await reconcile()).toMatchObject({
    consistent: 'false',
    finding: expect.stringMatching(
      /has died and left release dying-.* half done: revision 2 was never seen serving\.$/,
    ),
  })
  const right = await reconcile({ repair: 'true' })
  expect(right, right.said).toMatchObject({ consistent: 'true', repaired: 'true', 'live-model-version': '1' })
  expect(right.said).toContain('went back to revision 1')
  expect(await aliases()).toEqual({ champion: '1' })
  expect(await reconcile({ repair: 'true' })).toMatchObject({ consistent: 'true', repaired: 'false' })

  // What serves now may not come up again.
  const { runId = '' } = (await space.mlflow.version(model, '1')) ?? {}
  await fetch(`${space.trainer.uri}/api/2.0/mlflow/runs/delete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ run_id: runId }),
  })
  expect((await reconcile()).finding).toMatch(/^Alias champion points at version 1, which has lost its run/)
})
