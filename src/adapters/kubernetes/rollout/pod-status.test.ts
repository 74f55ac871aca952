import { describe, expect, test } from 'vitest'
import {
  deploymentObject,
  kubectlWith,
  podObject,
  replicaSetObject,
} from '../../../../test/fakes/kubernetes-objects.ts'
import { observe } from './observe.ts'
import type { VersionFrom } from './version-from.ts'

describe('the container that serves the model', () => {
  const named = { env: [{ name: 'MODEL_VERSION', value: '8' }] }
  const status = (name: string) => ({ name, state: { running: {} } })
  const see = async (containers: object[], where: VersionFrom, ignored: string[] = []) => {
    const pod = {
      ...podObject('pod-1', 'new'),
      spec: { containers, initContainers: [{ name: 'proxy', restartPolicy: 'Always' }, { name: 'fetch' }] },
      status: {
        phase: 'Running',
        initContainerStatuses: [status('proxy'), status('fetch')],
        containerStatuses: (containers as { name: string }[]).map(({ name }) => status(name)),
      },
    }
    const kubectl = kubectlWith(deploymentObject(), [replicaSetObject('new', 2), pod])
    const ref = { kind: 'deployment', name: 'digits', namespace: undefined }
    return (
      (await observe(kubectl, ref, { versionFrom: where, disclosure: 'full', ignoredContainers: ignored }))
        ?.pods[0]?.containers ?? []
    )
  }
  const env: VersionFrom = { from: 'env', name: 'MODEL_VERSION' }
  const http: VersionFrom = { from: 'http', port: '8080', path: '/', field: 'v' }
  const serve = { name: 'serve', ...named, ports: [{ containerPort: 8080 }], readinessProbe: {} }
  const log = { name: 'log' }

  test.each<[string, object[], VersionFrom, string[], string[]]>([
    ['the only main one', [log], env, [], ['log']],
    ['the only main one that counts', [{ name: 'a' }, log], { from: 'label', key: 'x' }, ['a'], ['log']],
    ['the one that names the version', [log, serve], env, [], ['serve']],
    ['the one that is asked', [log, serve], http, [], ['serve']],
    ['the one whose image is meant', [serve, log], { from: 'image-tag' }, [], ['serve']],
    ['version-from does not tell', [log, serve], { from: 'label', key: 'x' }, [], []],
  ])('%s', async (_title, containers, where, ignored, expected) => {
    const seen = await see(containers, where, ignored)
    expect(seen.filter(({ servesModel: serves }) => serves).map(({ name }) => name)).toEqual(expected)
    expect(seen.filter((each) => each.ignored).map(({ name }) => name)).toEqual(ignored)
  })

  test('an init container with restartPolicy Always is a sidecar; readiness probes are reported', async () => {
    const seen = await see([serve, log], env)
    expect(seen.map(({ name, init, hasReadinessProbe: probed }) => [name, init, probed])).toEqual([
      ['proxy', false, false],
      ['fetch', true, false],
      ['serve', false, true],
      ['log', false, false],
    ])
  })
})

test.each([
  ['2026-11-01T12:00:00Z', 264_000],
  [null, undefined],
])('a run that started at %s and has ended took %s ms', async (startedAt, expected) => {
  const terminated = { exitCode: 1, startedAt, finishedAt: '2026-11-01T12:04:24Z' }
  const pod = {
    ...podObject('pod-1', 'new'),
    status: { phase: 'Running', containerStatuses: [{ name: 'serve', lastState: { terminated } }] },
  }
  const kubectl = kubectlWith(deploymentObject(), [replicaSetObject('new', 2), pod])
  const ref = { kind: 'deployment', name: 'digits', namespace: undefined }
  const seen = await observe(kubectl, ref, { versionFrom: { from: 'label', key: 'x' } })
  expect(seen?.pods[0]?.containers[0]?.lastRunMs).toBe(expected)
})
