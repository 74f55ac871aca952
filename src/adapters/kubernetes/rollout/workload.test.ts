import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fakeProgram } from '../../../../test/fakes/program.ts'
import type { Helm } from '../../helm/helm.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { openRelease } from '../release/release.ts'
import { createReleaseHistory } from '../release/release-history.ts'
import {
  findUnwatchedObjects,
  parseWorkloads,
  readWorkloads,
  selectServingWorkload,
  UnwatchedWorkloadError,
} from './workload.ts'

const manifestOf = (...names: string[]) =>
  names.map((name) => `---\nkind: Deployment\nmetadata: { name: ${name} }\n`).join('')

/** Revision 1 has the workload `first`; revision 2, which is deployed, has those of `second`. */
const fakeRenamedRelease = (first: string, ...second: string[]) => {
  const line = { updated: '', isRollback: false }
  const history = [
    { ...line, revision: 1, status: 'superseded' },
    { ...line, revision: 2, status: 'deployed' },
  ]
  const helm: Partial<Helm> = {
    history: async () => history,
    values: async () => ({ model: { name: 'fraud', version: '8' } }),
    manifest: async (_release, revision) => (revision === 1 ? manifestOf(first) : manifestOf(...second)),
  }
  const kubectl = { get: async () => undefined, run: async () => '' }
  return { helm, kubectl, release: 'fraud', namespace: 'ml' } as unknown as ClusterConnection
}

describe('a chart that has renamed its workload', () => {
  const cluster = fakeRenamedRelease('fraud', 'fraud-server', 'fraud-worker')
  const wanted = 'deployment/fraud-server'

  test('an earlier revision is served by its only workload', async () => {
    const { workloads, ref } = await readWorkloads(cluster, 1, wanted)
    expect([workloads.length, ref.name]).toEqual([1, 'fraud'])
    expect((await readWorkloads(cluster, 2, wanted)).ref.name).toBe('fraud-server')
    expect((await readWorkloads(cluster, undefined, wanted)).ref.name).toBe('fraud-server')
  })

  test('the live workload is found before the new one is deployed', async () => {
    const options = { versionFrom: 'env:MODEL_VERSION', workload: wanted }
    expect(
      await createReleaseHistory(fakeRenamedRelease('older', 'fraud'), options).readLive(),
    ).toMatchObject({
      workload: 'deployment/fraud',
      releaseVersion: '8',
    })
  })

  test('of several workloads the named one must exist', async () => {
    await expect(readWorkloads(cluster, 2, 'deployment/fraud')).rejects.toThrow(
      /has no deployment\/fraud; it has/,
    )
    await expect(readWorkloads(cluster, 2, undefined)).rejects.toThrow(/several workloads/)
    await expect(
      createReleaseHistory(cluster, { versionFrom: 'image-tag', workload: 'deployment/x' }).readLive(),
    ).rejects.toThrow(/has no deployment\/x/)
  })

  test('a rollback is watched whatever its workload, a new revision only by the given name', async () => {
    const history = JSON.stringify([{ revision: 1, updated: '', status: 'deployed' }])
    const { env, folder } = fakeProgram(
      'helm',
      () => `case "$1 $2" in
        version*) echo v4.2.1 ;;
        history*) echo '${history}' ;;
        'get manifest') printf '%s' '${manifestOf('fraud')}' ;;
        *) echo '{}' ;;
      esac\n`,
    )
    // The workload does not exist, which is enough for one poll.
    writeFileSync(join(folder, 'kubectl'), "#!/bin/sh\necho '(NotFound)' >&2\nexit 1\n", { mode: 0o755 })
    const inputs = { release: 'fraud', namespace: 'ml', 'version-from': 'image-tag', workload: wanted }
    const log = { info: () => undefined, warning: () => undefined }
    const release = await openRelease(inputs, { env, temp: folder, log, cancelled: undefined })
    expect(await release.watch('7', 0)).toMatchObject({ kind: 'failed' })
    await expect(release.watch('7', 0, 1)).rejects.toThrow(/has no deployment\/fraud-server/)
  })
})

describe('the workload of a release', () => {
  const deployment = (name: string) =>
    `---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n`
  const service = '---\napiVersion: v1\nkind: Service\nmetadata:\n  name: digits\n'
  test('is the only one', () => {
    const found = parseWorkloads(`${service}${deployment('digits')}---\n# an empty document\n`)
    expect(selectServingWorkload(found, 'r', undefined)).toEqual({
      kind: 'deployment',
      name: 'digits',
      namespace: undefined,
    })
  })
  test('must be named where there are several', () => {
    const found = parseWorkloads(deployment('a') + deployment('b'))
    expect(() => selectServingWorkload(found, 'r', undefined)).toThrow(
      /several workloads.*deployment\/a, deployment\/b/,
    )
    expect(selectServingWorkload(found, 'r', 'Deployment/b').name).toBe('b')
    expect(() => selectServingWorkload(found, 'r', 'deployment/c')).toThrow(/has no deployment\/c/)
  })
  const custom = (apiVersion: string, kind: string) =>
    `---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: fraud\n`
  test.each([
    ['serving.kserve.io/v1beta1', 'InferenceService', 'InferenceService fraud'],
    ['ray.io/v1', 'RayService', 'RayService fraud'],
    ['argoproj.io/v1alpha1', 'Rollout', 'Rollout fraud'],
    ['batch/v1', 'CronJob', 'CronJob fraud'],
    ['batch/v1', 'Job', 'Job fraud'],
    ['v1', 'Pod', 'Pod fraud'],
    ['serving.knative.dev/v1', 'Service', 'Knative Service fraud'],
    ['example.com/v1', 'Predictor', 'Predictor fraud'],
  ])('%s %s cannot be watched, and is named', (apiVersion, kind, name) => {
    const monitor = custom('monitoring.coreos.com/v1', 'ServiceMonitor').replace('fraud', 'metrics')
    const others = findUnwatchedObjects(
      service + custom(apiVersion, kind) + (kind === 'Predictor' ? '' : monitor),
    )
    expect(others).toEqual([name])
    expect(() => selectServingWorkload([], 'r', undefined, others)).toThrow(UnwatchedWorkloadError)
    expect(() => selectServingWorkload([], 'r', undefined, others)).toThrow(
      `it has ${name}, which this suite cannot watch yet.`,
    )
  })
  test.each([service, custom('networking.k8s.io/v1', 'Ingress'), custom('v1', 'ConfigMap')])(
    'no other object is named',
    (manifest) => {
      expect(findUnwatchedObjects(manifest)).toEqual([])
    },
  )
  test('must exist', () => {
    expect(() => selectServingWorkload(parseWorkloads(service), 'r', undefined)).toThrow(
      /no Deployment, StatefulSet or DaemonSet/,
    )
  })
})
