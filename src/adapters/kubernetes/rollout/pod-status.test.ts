import { describe, expect, test } from 'vitest'
import {
  deploymentObject,
  kubectlWith,
  podObject,
  replicaSetObject,
} from '../../../../test/fakes/kubernetes-objects.ts'
import { pod } from '../client/objects.ts'
import { observe } from './observe.ts'
import { toPodStatus } from './pod-status.ts'
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

describe('the state of a pod', () => {
  const see = (over: { metadata?: object; spec?: object; status?: object }) => {
    const base = podObject('pod-1', 'new', { status: { phase: 'Pending', conditions: [] } })
    const object = {
      ...base,
      metadata: { ...base.metadata, ...over.metadata },
      spec: { ...base.spec, ...over.spec },
      status: { ...base.status, ...over.status },
    }
    return toPodStatus(pod.parse(object), { versionFrom: { from: 'label', key: 'x' } })
  }
  const nothing = { since: '', finalizers: [] }
  const gate = 'target-health.example.com/lb'
  const disruption = (reason: string, message: string) => ({
    conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message }],
  })

  test.each<[string, Parameters<typeof see>[0], object]>([
    [
      'evicted by the kubelet',
      {
        status: {
          phase: 'Failed',
          reason: 'Evicted',
          message:
            'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. token=hunter2',
        },
      },
      {
        end: {
          kind: 'ended',
          reason: 'Evicted',
          message: 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. token=***',
          ...nothing,
        },
      },
    ],
    [
      'refused by the scheduler for another reason than its place',
      {
        status: {
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'SchedulerError',
              message: 'binding volumes: timed out',
            },
          ],
        },
      },
      { unschedulable: 'binding volumes: timed out' },
    ],
    [
      'waiting for a scheduler that is not there',
      { spec: { schedulerName: 'volcano', nodeName: '' } },
      { unschedulable: expect.stringContaining('scheduler volcano') },
    ],
    [
      'waiting for the default scheduler',
      { spec: { schedulerName: 'default-scheduler', nodeName: '' } },
      { unschedulable: undefined },
    ],
    [
      'assigned to a node',
      { spec: { schedulerName: 'volcano', nodeName: 'a' } },
      { unschedulable: undefined },
    ],
    [
      'rejected by the kubelet',
      { status: { phase: 'Failed', reason: 'UnexpectedAdmissionError', message: 'Allocate failed' } },
      { end: { kind: 'ended', reason: 'UnexpectedAdmissionError', message: 'Allocate failed', ...nothing } },
    ],
    [
      'ended by a shutdown of its node',
      {
        status: {
          phase: 'Failed',
          reason: 'Terminated',
          message: 'Pod was terminated in response to node shutdown',
        },
      },
      { end: { reason: 'Terminated', message: 'Pod was terminated in response to node shutdown' } },
    ],
    [
      'ended without a reason of its own, by a disruption',
      {
        status: {
          phase: 'Failed',
          ...disruption('PreemptionByScheduler', 'preempting to accommodate a pod'),
        },
      },
      { end: { reason: 'PreemptionByScheduler', message: 'preempting to accommodate a pod' } },
    ],
    ['ended without any reason', { status: { phase: 'Failed' } }, { end: { reason: 'Failed', message: '' } }],
    ['completed', { status: { phase: 'Succeeded' } }, { end: { kind: 'ended', reason: 'Succeeded' } }],
    [
      'being deleted since the request, not since the end of the grace period',
      {
        metadata: {
          deletionTimestamp: '2026-01-01T00:00:30Z',
          deletionGracePeriodSeconds: 30,
          finalizers: ['example.com/hold'],
        },
      },
      {
        end: {
          kind: 'terminating',
          reason: '',
          message: '',
          since: '2026-01-01T00:00:00Z',
          finalizers: ['example.com/hold'],
        },
      },
    ],
    [
      'being deleted, since its node is lost',
      {
        metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' },
        status: { ...disruption('DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint') },
      },
      { end: { kind: 'terminating', reason: 'DeletionByTaintManager', since: '2026-01-01T00:00:30Z' } },
    ],
    [
      'held back by scheduling gates',
      { spec: { schedulingGates: [{ name: 'example.com/a' }, { name: 'example.com/b' }] } },
      { schedulingGates: ['example.com/a', 'example.com/b'] },
    ],
    [
      'a readiness gate that nothing sets',
      { spec: { readinessGates: [{ conditionType: gate }] } },
      { readinessGates: [`${gate} (no controller has set it)`] },
    ],
    [
      'a readiness gate that is false',
      {
        spec: { readinessGates: [{ conditionType: gate }] },
        status: { conditions: [{ type: gate, status: 'False', reason: 'Unhealthy', message: 'HTTP 502' }] },
      },
      { readinessGates: [`${gate} (False: Unhealthy: HTTP 502)`] },
    ],
    [
      'a readiness gate that is true',
      {
        spec: { readinessGates: [{ conditionType: gate }] },
        status: { conditions: [{ type: gate, status: 'True' }] },
      },
      { readinessGates: [] },
    ],
    [
      'what its containers request, and limit',
      {
        spec: {
          containers: [
            {
              name: 'serve',
              resources: { requests: { cpu: 1 }, limits: { 'example.com/gpu': 1, memory: '1Gi' } },
            },
            { name: 'proxy', resources: { requests: { cpu: '10m' }, limits: null } },
          ],
        },
      },
      { requests: ['cpu', 'example.com/gpu', 'memory'] },
    ],
  ])('%s', (_title, over, expected) => {
    expect(see(over)).toMatchObject(expected)
  })

  test('is without an end while it lives', () => {
    expect(see({})).not.toHaveProperty('end')
  })
})
