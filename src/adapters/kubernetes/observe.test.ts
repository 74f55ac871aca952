import { describe, expect, test } from 'vitest'
import { aPod, cluster, deployment, look, rs } from '../../../test/fakes/observed.ts'
import type { PodWords } from '../../domain/rollout-redaction.ts'

describe('one look at a Deployment', () => {
  test('tells the pods of the newest ReplicaSet from older ones', async () => {
    const seen = await look(
      cluster(deployment(), [rs('old', 1), rs('new', 2), aPod('pod-1', 'old'), aPod('pod-2', 'new')]),
    )
    expect(seen).toMatchObject({ workload: 'deployment/digits', namespace: 'ml', desired: 1, observed: true })
    expect(seen?.pods.map(({ name, fresh, version }) => [name, fresh, version])).toEqual([
      ['pod-1', false, '1'],
      ['pod-2', true, '2'],
    ])
  })

  test('after a rollback an old ReplicaSet is the newest again', async () => {
    const seen = await look(cluster(deployment(), [rs('old', 3), rs('new', 2), aPod('pod-1', 'old')]))
    expect(seen?.pods[0]?.fresh).toBe(true)
  })

  test('is worth nothing before the controller has seen the spec', async () => {
    const seen = await look(cluster(deployment({ observedGeneration: 2 }), [rs('new', 2)]))
    expect(seen?.observed).toBe(false)
  })

  test('passes over pods that end, have ended, or are somebody else’s', async () => {
    const pods = [
      aPod('ending-1', 'new', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      aPod('evicted-1', 'new', { status: { phase: 'Failed' } }),
      aPod('stranger-1', 'elsewhere'),
      aPod('mine-1', 'new'),
    ]
    const seen = await look(cluster(deployment(), [rs('new', 2), rs('elsewhere', 9, 'other'), ...pods]))
    expect(seen?.pods.map(({ name }) => name)).toEqual(['mine-1'])
  })

  test('reads why pods cannot be made, and what a container last did', async () => {
    const quota = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'exceeded quota',
    }
    const crashed = aPod('pod-2', 'new', {
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
    const seen = await look(cluster(deployment({ conditions: [quota] }), [rs('new', 2), crashed]))
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
        endReason: 'OOMKilled',
        endMessage: '',
        endedAt: '2026-01-01T00:00:00Z',
        serves: true,
        ignored: false,
        probed: false,
      },
    ])
  })

  // With terminationMessagePolicy: FallbackToLogsOnError the kubelet fills the message with the last log lines.
  test.each<[PodWords | undefined, string, string]>([
    [undefined, 'password=*** is wrong', 'token: ***'],
    ['redacted', 'password=*** is wrong', 'token: ***'],
    ['full', 'password=hunter2 is wrong', 'token: hunter2'],
    ['off', '', 'token: ***'],
  ])('with evidence-logs %s tells what pods say as: %s', async (words, own, ofKubelet) => {
    const end = { exitCode: 1, reason: 'Error', message: 'password=hunter2 is wrong' }
    const said = { reason: 'x', message: 'token: hunter2' }
    const pod = aPod('pod-2', 'new', {
      status: {
        phase: 'Running',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: said.message },
        ],
        initContainerStatuses: [{ name: 'fetch', state: { terminated: end } }],
        containerStatuses: [{ name: 'serve', state: { waiting: said }, lastState: { terminated: end } }],
      },
    })
    const quota = { type: 'ReplicaFailure', status: 'True', ...said }
    const seen = await look(
      cluster(deployment({ conditions: [quota] }), [rs('new', 2), pod]),
      'deployment',
      words,
    )
    expect(seen).toMatchObject({ createFailure: ofKubelet, pods: [{ unschedulable: ofKubelet }] })
    expect(seen?.pods[0]?.containers).toMatchObject([
      { name: 'fetch', message: own, endMessage: own },
      { name: 'serve', message: ofKubelet, endMessage: own },
    ])
  })

  test.each<[string, object, object, object]>([
    ['nothing', {}, {}, { available: undefined, held: undefined }],
    ['minReadySeconds', { minReadySeconds: 9 }, { availableReplicas: 2 }, { available: 2 }],
    ['a pause', { paused: true }, {}, { held: 'paused' }],
  ])('respects %s', async (_title, spec, status, expected) => {
    const owner = deployment(status)
    Object.assign(owner.spec, spec)
    expect(await look(cluster(owner, [rs('new', 2)]))).toMatchObject({ template: 'new', ...expected })
  })

  test('that is not there is undefined', async () => {
    expect(await look(cluster(undefined, []))).toBeUndefined()
  })
})
