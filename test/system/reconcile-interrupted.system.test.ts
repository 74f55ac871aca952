import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { deployVersions, hoursAgo } from './support/cluster/deployed-model.ts'
import { tinyChart } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
let github: GitHub

beforeAll(async () => {
  cluster = await openTestEnvironment()
  const folder = { workflows: import.meta.dirname, onStart: async () => {} }
  github = await startGitHub({ repository: 'shop/digits', token: 'sesame', ...folder })
})
afterAll(async () => {
  await github.close()
  await cluster.close()
})

test('reports nothing while a deployment is running, and recovers an interrupted one', async () => {
  const {
    model,
    release,
    reconcile,
    readAliases: aliases,
  } = await deployVersions(cluster, github, `dying-${randomUUID().slice(0, 4)}`, 1)
  const { number } = await cluster.registerVersion(model, { weights: 'second' })
  const values = ['--set', 'serve=sleep 3600', '--set-string', `model.name=${model},model.version=${number}`]
  // Its pod never becomes ready, so the revision stays unverified.
  await cluster.helm('helm4', 'upgrade', release, tinyChart, '--reuse-values', ...values)
  const operation = {
    release,
    namespace: cluster.namespace,
    previousRevision: 1,
    isInstall: false,
    version: number,
    revision: 2,
  }
  const hold = (renewTime: string) => {
    const holderIdentity = 'helm-deploy of a process on another (its id)'
    const annotations = { 'retrain-actions.github.io/operation': JSON.stringify(operation) }
    const spec = { holderIdentity, renewTime: renewTime.replace('Z', '000Z') }
    const patch = ['patch', 'lease', `retrain-actions.${release}`, '--type', 'merge']
    return cluster.kubectl(...patch, '--patch', JSON.stringify({ metadata: { annotations }, spec }))
  }
  await hold(hoursAgo(0))
  expect(await reconcile({ repair: 'true' })).toMatchObject({
    consistent: 'unknown',
    finding: expect.stringMatching(/^Release dying-.* is locked by helm-deploy of a process on another/),
    repaired: 'false',
  })
  await hold(hoursAgo(0.1))
  expect(await reconcile()).toMatchObject({
    consistent: 'false',
    finding: expect.stringMatching(
      /was interrupted and left release dying-.* incomplete: revision 2 is not verified\.$/,
    ),
  })
  const repaired = await reconcile({ repair: 'true' })
  expect(repaired, repaired.log).toMatchObject({
    consistent: 'true',
    repaired: 'true',
    'live-model-version': '1',
  })
  expect(repaired.log).toContain('rolled back to revision 1')
  expect(await aliases()).toEqual({ champion: '1' })
  expect(await reconcile({ repair: 'true' })).toMatchObject({ consistent: 'true', repaired: 'false' })

  // The pods that serve now might not start again.
  const { runId = '' } = (await cluster.mlflow.getVersion(model, '1')) ?? {}
  await fetch(`${cluster.trainer.uri}/api/2.0/mlflow/runs/delete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ run_id: runId }),
  })
  expect((await reconcile()).finding).toMatch(/^Alias champion points to version 1, which has lost its run/)
})
