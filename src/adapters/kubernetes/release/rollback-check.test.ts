import { expect, test } from 'vitest'
import { Fault } from '../../../domain/core/errors.ts'
import type { UpgradeRequest } from '../../helm/arguments.ts'
import type { ClusterConnection } from '../client/connection.ts'
import type { DryRun } from './dry-run.ts'
import { findRollbackObstacles } from './rollback-check.ts'

const object = (kind: string, spec: object = {}, apiVersion = 'batch/v1') =>
  JSON.stringify({ apiVersion, kind, metadata: { name: 'a' }, spec })
const job = (template: string, more: object = {}) => object('Job', { template: { spec: template }, ...more })

interface Cluster {
  /** Of revision 1, the target, and of revision 2, the newest. */
  manifests: [target: string, newest: string]
  /** What `kubectl apply` prints for an object; undefined: it accepts it. */
  refuse?: (manifest: string, args: readonly string[]) => string | undefined
  major?: '3' | '4'
  forcesConflicts?: boolean
  /** What the upgrade to come renders. */
  upgrade?: string
  newestStatus?: string
}

async function findObstacles({
  manifests,
  refuse,
  major = '4',
  forcesConflicts = false,
  upgrade,
  newestStatus,
}: Cluster) {
  const applied: string[] = []
  const cluster = {
    release: 'digits',
    namespace: 'ml',
    helm: {
      major,
      forcesConflicts,
      history: async () => [{ revision: 2, status: newestStatus }],
      usesServerSideApply: async () => major === '4',
      manifest: async (_release: string, revision?: number) => manifests[revision === 1 ? 0 : 1],
    },
    kubectl: {
      async run(args: readonly string[], stdin = '') {
        applied.push(args.join(' '))
        const detail = refuse?.(stdin, args)
        if (detail === undefined) return ''
        throw new Fault({ system: 'Kubernetes', call: 'kubectl apply', detail, hint: 'Look.' })
      },
    },
  } as unknown as ClusterConnection
  const dryRun = { preview: async () => ({ manifest: upgrade, hooks: '', values: {} }) } as unknown as DryRun
  const request = upgrade === undefined ? undefined : ({} as UpgradeRequest)
  const obstacles = await findRollbackObstacles(cluster, dryRun, 'secrets', 1, request)
  return { obstacles, applied }
}

const IMMUTABLE = 'The Job "a" is invalid: spec.template: Invalid value: {}: field is immutable'
const UNKNOWN =
  'resource mapping not found for name: "a" namespace: "" from "STDIN": no matches for kind "Adapter" in version "x.io/v1beta1"'
const adapter = object('Adapter', {}, 'x.io/v1beta1')

test('a target that the API server accepts has no obstacles, and nothing but dry runs asks for them', async () => {
  const { obstacles, applied } = await findObstacles({ manifests: [job('1'), object('Deployment')] })
  expect(obstacles).toEqual([])
  expect(applied).toHaveLength(2)
  for (const call of applied)
    expect(call).toMatch(/^apply --server-side --field-manager=helm --dry-run=server /)
})

test('an immutable field, with the command', async () => {
  const manifests = [job('1'), object('Deployment')] as [string, string]
  const refuse = (manifest: string) => (manifest.includes('Job') ? IMMUTABLE : undefined)
  for (const major of ['3', '4'] as const) {
    const { obstacles } = await findObstacles({ manifests, refuse, major })
    expect(obstacles).toEqual([
      {
        text: 'Job a: spec.template: field is immutable',
        hint: expect.stringContaining('"kubectl delete job a --namespace ml"'),
      },
    ])
  }
})

test('a Job of the newest revision that deletes itself is only in the way for some time', async () => {
  const manifests = [job('1'), job('2', { ttlSecondsAfterFinished: 100 })] as [string, string]
  const { obstacles } = await findObstacles({ manifests, refuse: () => IMMUTABLE })
  expect(obstacles).toMatchObject([{ expiresAfterMs: 100_000 }])
})

test('a kind that is gone is an obstacle in the target, and in the newest revision', async () => {
  const refuse = (manifest: string) => (manifest.includes('Adapter') ? UNKNOWN : undefined)
  const target = await findObstacles({ manifests: [adapter, job('1')], refuse })
  expect(target.obstacles).toMatchObject([
    { text: expect.stringMatching(/^Adapter a: the cluster has no kind/) },
  ])
  const newest = await findObstacles({ manifests: [job('1'), adapter], refuse, newestStatus: 'deployed' })
  expect(newest.obstacles).toMatchObject([
    {
      text: expect.stringMatching(/^the newest revision has Adapter a: /),
      hint: expect.stringContaining('"helm mapkubeapis digits --namespace ml"'),
    },
  ])
})

test('a failed newest revision of a kind that is gone is to be deleted: Helm can do nothing before', async () => {
  const refuse = (manifest: string) => (manifest.includes('Adapter') ? UNKNOWN : undefined)
  const { obstacles } = await findObstacles({
    manifests: [job('1'), adapter],
    refuse,
    newestStatus: 'failed',
  })
  expect(obstacles[0]?.hint).toContain('"kubectl delete secrets sh.helm.release.v1.digits.v2 --namespace ml"')
})

test('a stale discovery cache names no kind, so each object is asked about', async () => {
  const stale =
    'Error from server (NotFound): the server could not find the requested resource (patch adapters.x.io a)'
  const refuse = (manifest: string) => (manifest.includes('Adapter') ? stale : undefined)
  const { obstacles } = await findObstacles({ manifests: [`${adapter}\n---\n${job('1')}`, job('1')], refuse })
  expect(obstacles.map(({ text }) => text)).toEqual([
    'Adapter a: the cluster has no kind Adapter in version x.io/v1beta1',
  ])
})

test('a webhook names no object, so each is asked about', async () => {
  const denied = 'Error from server: admission webhook "no.x.io" denied the request: no'
  const manifest = `${object('Service')}\n---\n${job('1')}`
  const refuse = (text: string) => (text.includes('Job') ? denied : undefined)
  const { obstacles } = await findObstacles({ manifests: [manifest, manifest], refuse })
  expect(obstacles.map(({ text }) => text)).toEqual([
    'Job a: admission webhook "no.x.io" denied the request: no',
  ])
})

test('Helm 3 removes fields that a dry run keeps, so what only the sum makes invalid is no obstacle', async () => {
  const invalid = 'The Service "a" is invalid: spec.ports[1].name: Duplicate value: "http"'
  const manifests = [object('Service'), object('Service')] as [string, string]
  const refuse = (_: string, args: readonly string[]) => (args[0] === 'apply' ? invalid : undefined)
  expect((await findObstacles({ manifests, refuse, major: '3' })).obstacles).toEqual([])
  expect((await findObstacles({ manifests, refuse, major: '4' })).obstacles).toHaveLength(1)
})

test('a field of another manager stops Helm 4 unless it is forced', async () => {
  const conflict =
    'Apply failed with 1 conflict: conflict with "hpa" using apps/v1: .spec.replicas\nPlease review the fields above'
  const refuse = (_: string, args: readonly string[]) =>
    args.includes('--force-conflicts') ? undefined : conflict
  const manifests = [object('Deployment'), object('Deployment')] as [string, string]
  expect((await findObstacles({ manifests, refuse })).obstacles).toMatchObject([
    { text: expect.stringMatching(/\.spec\.replicas \(set by "hpa"\).*force-conflicts: true$/) },
  ])
  expect((await findObstacles({ manifests, refuse, forcesConflicts: true })).obstacles).toEqual([])
  expect((await findObstacles({ manifests, refuse, major: '3' })).obstacles).toEqual([])
})

test('a dry run that fails for another reason is no obstacle', async () => {
  const refuse = () => 'Unable to connect to the server: dial tcp: i/o timeout'
  expect((await findObstacles({ manifests: [job('1'), job('2')], refuse })).obstacles).toEqual([])
})

test.each([
  [
    'differs',
    job('2'),
    ['Job a: spec.template: is immutable, and the new revision would set another value'],
    undefined,
  ],
  ['differs, and deletes itself', job('2', { ttlSecondsAfterFinished: 5 }), [expect.any(String)], 5000],
  ['is the same', job('1'), [], undefined],
  ['is left out', object('Deployment'), [], undefined],
])('before an upgrade that would make a Job that %s', async (_title, upgrade, texts, expiresAfterMs) => {
  const { obstacles } = await findObstacles({ manifests: [job('1'), job('1')], upgrade })
  expect(obstacles.map(({ text }) => text)).toEqual(texts)
  expect(obstacles[0]?.expiresAfterMs).toBe(expiresAfterMs)
  // The Job may not exist yet.
  expect(obstacles[0]?.hint ?? '').not.toContain('kubectl delete')
})
