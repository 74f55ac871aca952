import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repository } from '../../rig/paths.ts'
import { createUsers, readPublishedRules } from './support/cluster/cluster-users.ts'
import type { HelmName } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

const chart = join(repository, 'test/system/charts/scaled')
/** A unique name, because a definition is cluster-wide. */
const group = `g${randomUUID().slice(0, 8)}.example.com`

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  await cluster.apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gateways.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'gateways', singular: 'gateway', kind: 'Gateway' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: open } }],
    },
  })
})
afterAll(async () => {
  await cluster.kubectl('delete', 'customresourcedefinition', `gateways.${group}`, '--wait=false')
  await cluster.close()
})

const deploy = (
  helm: HelmName,
  release: string,
  version: string,
  values: object = {},
  more: Record<string, string> = {},
) =>
  cluster.deploy(helm, { chart, release, 'model-version': version, values: JSON.stringify(values), ...more })
/** Scales as an autoscaler does: through the subresource, with another field manager than Helm. */
const scale = (release: string, to: number) =>
  cluster.kubectl('scale', 'deployment', release, `--replicas=${to}`)
const replicas = (release: string) =>
  cluster.kubectl('get', 'deployment', release, '--output', 'jsonpath={.spec.replicas}')

describe.concurrent.each(['helm3', 'helm4'] as const)('with %s', (helm) => {
  test('replicas that the chart does not set stay as another tool set them, at an upgrade and at a rollback', async () => {
    const release = `left-${helm}`
    expect((await deploy(helm, release, '1')).outputs.outcome).toBe('deployed')
    // Scaled during a rollout.
    const upgrade = deploy(helm, release, '2', { init: 'sleep 4' })
    const version = '--output=jsonpath={.spec.template.spec.containers[0].env[0].value}'
    while ((await cluster.kubectl('get', 'deployment', release, version)) !== '2') await sleep(200)
    await scale(release, 2)
    const { outputs, failure } = await upgrade
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '2' })
    expect(await replicas(release)).toBe('2')

    const bad = await deploy(helm, release, '3', { serve: 'exit 3' })
    expect(bad.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '2' })
    expect(await replicas(release)).toBe('2')
  })

  test('a custom resource that never becomes ready delays nothing, and a missing permission for it is named', async () => {
    const release = `custom-${helm}`
    const values = { custom: { apiVersion: `${group}/v1`, kind: 'Gateway' } }
    const rule = { apiGroups: [group], resources: ['gateways'], verbs: ['get', 'create', 'patch', 'delete'] }
    const [without = '', full = ''] = await createUsers(cluster, [
      { name: `plain-${helm}`, rules: readPublishedRules() },
      { name: `custom-${helm}`, rules: [...readPublishedRules(), rule] },
    ])
    await expect(deploy(helm, release, '1', values, { kubeconfig: without })).rejects.toThrow(
      `Add to its Role:\n- {apiGroups: ["${group}"], resources: ["gateways"], verbs: ["get", "create", "patch", "delete"]}`,
    )
    for (const version of ['1', '2']) {
      const { outputs } = await deploy(helm, release, version, values, { kubeconfig: full })
      expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': version })
    }
  })
})

test.concurrent('Helm 4 overwrites fields of other managers only with force-conflicts', async () => {
  const release = 'owned'
  const values = { replicas: 1 }
  expect((await deploy('helm4', release, '1', values)).outputs.outcome).toBe('deployed')
  expect((await deploy('helm4', release, '2', values)).outputs.outcome).toBe('deployed')
  await scale(release, 2)
  const before = await cluster.listRevisions('helm4', release)

  const { outputs, failure } = await deploy('helm4', release, '3', values)
  expect(outputs).toMatchObject({
    outcome: 'refused',
    'failure-reason': 'FieldConflict',
    'live-model-version': '2',
  })
  expect(failure?.message).toMatch(/\.spec\.replicas \(set by "kubectl"\).*force-conflicts: true/)
  const back = await cluster.rollBackVersion('helm4', release, '2')
  expect(back.failure?.message).toMatch(/\.spec\.replicas \(set by "kubectl"\).*force-conflicts: true/)
  // Neither changed anything.
  expect(await cluster.listRevisions('helm4', release)).toEqual(before)
  expect(await replicas(release)).toBe('2')

  const forced = await cluster.rollBackVersion('helm4', release, '2', { 'force-conflicts': 'true' })
  expect(forced.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
  expect(await replicas(release)).toBe('1')
})

test.concurrent('a release moves from one Helm to the other and back', async () => {
  const release = 'mixed'
  const values = { replicas: 1 }
  const turns: [HelmName, string][] = [
    ['helm3', '1'],
    ['helm4', '2'],
    ['helm3', '3'],
    ['helm4', '4'],
  ]
  for (const [helm, version] of turns) {
    // Helm 4 keeps the client-side apply of a release of Helm 3, which has no conflicts to force.
    const { outputs, failure } = await deploy(helm, release, version, values, { 'force-conflicts': 'true' })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': version })
    await scale(release, 2)
  }
  const bad = await deploy('helm3', release, '5', { ...values, serve: 'exit 3' })
  expect(bad.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '4' })
})
