import { expect, test } from 'vitest'
import { container, pod, workloadStatus } from '../../../../test/fakes/workload-status.ts'
import type { Kubectl } from '../client/kubectl.ts'
import { collectLogsAndEvents } from './evidence.ts'

const failingPod = (name: string, fresh: boolean) =>
  pod({
    name,
    updated: fresh,
    ready: false,
    containers: [container({ restarts: 1, exitCode: 3, terminationReason: 'Error' })],
  })
const buildObservation = workloadStatus([failingPod('digits-new-a', true), failingPod('digits-old-b', false)])
const event = (kind: string, name: string) => ({
  type: 'Warning',
  reason: 'Unhealthy',
  involvedObject: { kind, name },
})

function cluster(items: unknown[], log: (args: readonly string[]) => string = () => ''): Kubectl {
  return {
    run: async (args) => log(args),
    create: async () => undefined,
    get: async (args) => ({ items: args.includes('type=Warning') ? items : [] }),
  }
}

test('events are those of the new pods and their owners, not of pods of earlier rollouts', async () => {
  const items = [
    event('Pod', 'digits-new-a'),
    event('Pod', 'digits-old-b'),
    event('Pod', 'digits-gone-c'),
    event('Pod', 'digits-canary-d'),
    event('ReplicaSet', 'digits-new'),
    event('Deployment', 'digits'),
    event('Deployment', 'other'),
  ]
  const { events } = await collectLogsAndEvents(cluster(items), buildObservation)
  expect(events?.map(({ object }) => object)).toEqual([
    'Pod/digits-new-a',
    'ReplicaSet/digits-new',
    'Deployment/digits',
  ])
})

test('events of an earlier pod of the same name, as of a StatefulSet, are left out', async () => {
  const of = (uid: string, reason: string) => ({
    type: 'Warning',
    reason,
    involvedObject: { kind: 'Pod', name: 'ranker-0', uid },
  })
  const status = workloadStatus([pod({ name: 'ranker-0', uid: 'new' })])
  const { events } = await collectLogsAndEvents(
    cluster([of('old', 'Unhealthy'), of('new', 'BackOff')]),
    status,
  )
  expect(events?.map(({ reason }) => reason)).toEqual(['BackOff'])
})

test('a container killed by its probe is an event too, other kills are not', async () => {
  const kill = (message: string) => ({
    type: 'Normal',
    reason: 'Killing',
    message,
    involvedObject: { kind: 'Pod', name: 'digits-new-a', fieldPath: 'spec.containers{serve}' },
  })
  const probe = kill('Container serve failed liveness probe, will be restarted')
  const kubectl: Kubectl = {
    ...cluster([]),
    get: async (args) => ({
      items: args.includes('reason=Killing') ? [kill('Stopping container serve'), probe] : [],
    }),
  }
  const { events } = await collectLogsAndEvents(kubectl, buildObservation)
  expect(events).toEqual([expect.objectContaining({ message: probe.message, container: 'serve' })])
})

test('colors in the output of a probe are removed', async () => {
  const red = { ...event('Pod', 'digits-new-a'), message: 'Readiness probe failed: \u001b[31mno\u001b[0m' }
  const { events } = await collectLogsAndEvents(cluster([red]), buildObservation)
  expect(events?.[0]?.message).toBe('Readiness probe failed: no')
})

test('a read that times out is a gap; the rest is kept', async () => {
  const never = new Promise<never>(() => {})
  const kubectl: Kubectl = {
    ...cluster([event('Deployment', 'digits')]),
    run: (args) => (args.includes('--previous') ? never : Promise.resolve('loading\n')),
  }
  const { logs, events, gaps } = await collectLogsAndEvents(kubectl, buildObservation, 1)
  expect(logs.map(({ text }) => text)).toEqual(['loading\n'])
  expect(events).toHaveLength(1)
  expect(gaps).toEqual(['log of pod digits-new-a, container serve (previous): not read within 0.001 s'])
})

test('a log that is gone is a gap, not a log line', async () => {
  const gone = 'unable to retrieve container logs for containerd://0123abcd'
  const kubectl = cluster([], (args) => (args.includes('--previous') ? `${gone}\n` : 'loading\n'))
  const { logs, gaps } = await collectLogsAndEvents(kubectl, buildObservation)
  expect(logs.map(({ previous, text }) => [previous, text])).toEqual([[false, 'loading\n']])
  expect(gaps).toEqual([`log of pod digits-new-a, container serve (previous): ${gone}`])
})

test('events of which a part could not be read are undefined', async () => {
  const away = new Error('the server is away')
  const kubectl: Kubectl = {
    ...cluster([]),
    get: async (args) => {
      if (args.includes('reason=Killing')) throw away
      return { items: [event('Deployment', 'digits')] }
    },
  }
  const { events, gaps } = await collectLogsAndEvents(kubectl, buildObservation)
  expect(events).toBeUndefined()
  expect(gaps).toEqual(['events (reason=Killing): the server is away'])
})
