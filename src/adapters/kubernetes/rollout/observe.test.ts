import { describe, expect, test } from 'vitest'
import {
  deploymentObject,
  kubectlWith,
  observeDigits,
  podObject,
  replicaSetObject,
} from '../../../../test/fakes/kubernetes-objects.ts'
import type { LogDisclosure } from '../../../domain/rollout/redaction.ts'

describe('an observation of a Deployment', () => {
  test('marks the pods of the newest ReplicaSet', async () => {
    const seen = await observeDigits(
      kubectlWith(deploymentObject(), [
        replicaSetObject('old', 1),
        replicaSetObject('new', 2),
        podObject('pod-1', 'old'),
        podObject('pod-2', 'new'),
      ]),
    )
    expect(seen).toMatchObject({
      workload: 'deployment/digits',
      namespace: 'ml',
      desired: 1,
      generationObserved: true,
    })
    expect(seen?.pods.map(({ name, updated: fresh, version }) => [name, fresh, version])).toEqual([
      ['pod-1', false, '1'],
      ['pod-2', true, '2'],
    ])
  })

  test('after a rollback an old ReplicaSet is the newest again', async () => {
    const seen = await observeDigits(
      kubectlWith(deploymentObject(), [
        replicaSetObject('old', 3),
        replicaSetObject('new', 2),
        podObject('pod-1', 'old'),
      ]),
    )
    expect(seen?.pods[0]?.updated).toBe(true)
  })

  test('counts for nothing before the controller has observed the spec', async () => {
    const seen = await observeDigits(
      kubectlWith(deploymentObject({ observedGeneration: 2 }), [replicaSetObject('new', 2)]),
    )
    expect(seen?.generationObserved).toBe(false)
  })

  test('keeps pods that are being deleted or have ended apart, and skips those of another owner', async () => {
    const pods = [
      podObject('ending-1', 'new', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      podObject('evicted-1', 'new', { status: { phase: 'Failed' } }),
      podObject('stranger-1', 'elsewhere'),
      podObject('mine-1', 'new'),
    ]
    const seen = await observeDigits(
      kubectlWith(deploymentObject(), [
        replicaSetObject('new', 2),
        replicaSetObject('elsewhere', 9, 'other'),
        ...pods,
      ]),
    )
    expect(seen?.pods.map(({ name }) => name)).toEqual(['mine-1'])
    expect(seen?.inactivePods.map(({ name, end }) => [name, end?.kind])).toEqual([
      ['ending-1', 'terminating'],
      ['evicted-1', 'ended'],
    ])
  })

  test('keeps only the newest pods that have ended', async () => {
    const evicted = Array.from({ length: 12 }, (_, index) =>
      podObject(`evicted-${index}`, 'new', {
        metadata: { creationTimestamp: `2026-01-01T00:00:${10 + index}Z` },
        status: { phase: 'Failed' },
      }),
    )
    const seen = await observeDigits(
      kubectlWith(deploymentObject(), [replicaSetObject('new', 2), ...evicted]),
    )
    const names = seen?.inactivePods.map(({ name }) => name)
    expect(names).toEqual(Array.from({ length: 10 }, (_, index) => `evicted-${11 - index}`))
  })

  test('reads why pods cannot be created, and the last state of a container', async () => {
    const quota = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'exceeded quota',
    }
    const crashed = podObject('pod-2', 'new', {
      status: {
        phase: 'Running',
        conditions: [],
        containerStatuses: [
          {
            name: 'serve',
            restartCount: 2,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
            lastState: {
              terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-01-01T00:00:00Z' },
            },
          },
        ],
      },
    })
    const seen = await observeDigits(
      kubectlWith(deploymentObject({ conditions: [quota] }), [replicaSetObject('new', 2), crashed]),
    )
    expect(seen?.createFailure).toBe('exceeded quota')
    expect(seen?.pods[0]?.containers).toEqual([
      {
        name: 'serve',
        init: false,
        ready: false,
        restarts: 2,
        state: 'waiting',
        reason: 'CrashLoopBackOff',
        message: 'back-off 10s',
        exitCode: 137,
        terminationReason: 'OOMKilled',
        terminationMessage: '',
        finishedAt: '2026-01-01T00:00:00Z',
        servesModel: true,
        ignored: false,
        hasReadinessProbe: false,
        hasMemoryLimit: false,
      },
    ])
  })

  // With terminationMessagePolicy: FallbackToLogsOnError the kubelet fills the message with the last log lines.
  test.each<[LogDisclosure | undefined, string, string]>([
    [undefined, 'password=*** is wrong', 'token: ***'],
    ['redacted', 'password=*** is wrong', 'token: ***'],
    ['full', 'password=hunter2 is wrong', 'token: hunter2'],
    ['off', '', 'token: ***'],
  ])('with evidence-logs %s has the message %s', async (words, own, ofKubelet) => {
    const end = { exitCode: 1, reason: 'Error', message: 'password=hunter2 is wrong' }
    const secret = { reason: 'x', message: 'token: hunter2' }
    const pod = podObject('pod-2', 'new', {
      status: {
        phase: 'Running',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: secret.message },
        ],
        initContainerStatuses: [{ name: 'fetch', state: { terminated: end } }],
        containerStatuses: [{ name: 'serve', state: { waiting: secret }, lastState: { terminated: end } }],
      },
    })
    const quota = { type: 'ReplicaFailure', status: 'True', ...secret }
    const seen = await observeDigits(
      kubectlWith(deploymentObject({ conditions: [quota] }), [replicaSetObject('new', 2), pod]),
      'deployment',
      words,
    )
    expect(seen).toMatchObject({ createFailure: ofKubelet, pods: [{ unschedulable: ofKubelet }] })
    expect(seen?.pods[0]?.containers).toMatchObject([
      { name: 'fetch', message: own, terminationMessage: own },
      { name: 'serve', message: ofKubelet, terminationMessage: own },
    ])
  })

  test.each<[string, object, object, object]>([
    ['nothing', {}, {}, { available: undefined, blocker: undefined }],
    ['minReadySeconds', { minReadySeconds: 9 }, { availableReplicas: 2 }, { available: 2 }],
    ['a pause', { paused: true }, {}, { blocker: 'paused' }],
  ])('respects %s', async (_title, spec, status, expected) => {
    const owner = deploymentObject(status)
    Object.assign(owner.spec, spec)
    expect(await observeDigits(kubectlWith(owner, [replicaSetObject('new', 2)]))).toMatchObject({
      template: 'new',
      ...expected,
    })
  })

  test('is undefined where the Deployment does not exist', async () => {
    expect(await observeDigits(kubectlWith(undefined, []))).toBeUndefined()
  })
})
