import { expect, test } from 'vitest'
import { container, look, pod } from '../../../test/fakes/rollout.ts'
import { collect } from './evidence.ts'
import type { Kubectl } from './kubectl.ts'

const failing = (name: string, fresh: boolean) =>
  pod({
    name,
    fresh,
    ready: false,
    containers: [container({ restarts: 1, exitCode: 3, endReason: 'Error' })],
  })
const seen = look([failing('digits-new-a', true), failing('digits-old-b', false)])
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

test('events are those of the new pods and of what makes them, not of pods of earlier rollouts', async () => {
  const items = [
    event('Pod', 'digits-new-a'),
    event('Pod', 'digits-old-b'),
    event('Pod', 'digits-gone-c'),
    event('Pod', 'digits-canary-d'),
    event('ReplicaSet', 'digits-new'),
    event('Deployment', 'digits'),
    event('Deployment', 'other'),
  ]
  const { events } = await collect(cluster(items), seen, false)
  expect(events?.map(({ object }) => object)).toEqual([
    'Pod/digits-new-a',
    'ReplicaSet/digits-new',
    'Deployment/digits',
  ])
})

test('the end of a container that did not answer its probe is told too, other ends are not', async () => {
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
  const { events } = await collect(kubectl, seen, false)
  expect(events).toEqual([expect.objectContaining({ message: probe.message, container: 'serve' })])
})

test('colours in what a probe printed are left out', async () => {
  const red = { ...event('Pod', 'digits-new-a'), message: 'Readiness probe failed: \u001b[31mno\u001b[0m' }
  const { events } = await collect(cluster([red]), seen, false)
  expect(events?.[0]?.message).toBe('Readiness probe failed: no')
})

test('what does not come in time is a gap, and the rest is there', async () => {
  const never = new Promise<never>(() => {})
  const kubectl: Kubectl = {
    ...cluster([event('Deployment', 'digits')]),
    run: (args) => (args.includes('--previous') ? never : Promise.resolve('loading\n')),
  }
  const { logs, events, gaps } = await collect(kubectl, seen, true, 1)
  expect(logs.map(({ text }) => text)).toEqual(['loading\n'])
  expect(events).toHaveLength(1)
  expect(gaps).toEqual(['log of pod digits-new-a, container serve (previous): not read within 0.001 s'])
})

test('a log that is gone is a gap, and no log line', async () => {
  const gone = 'unable to retrieve container logs for containerd://0123abcd'
  const kubectl = cluster([], (args) => (args.includes('--previous') ? `${gone}\n` : 'loading\n'))
  const { logs, gaps } = await collect(kubectl, seen, true)
  expect(logs.map(({ previous, text }) => [previous, text])).toEqual([[false, 'loading\n']])
  expect(gaps).toEqual([`log of pod digits-new-a, container serve (previous): ${gone}`])
})

test('events of which a part could not be read are not told as all of them', async () => {
  const away = new Error('the server is away')
  const kubectl: Kubectl = {
    ...cluster([]),
    get: async (args) => {
      if (args.includes('reason=Killing')) throw away
      return { items: [event('Deployment', 'digits')] }
    },
  }
  const { events, gaps } = await collect(kubectl, seen, false)
  expect(events).toBeUndefined()
  expect(gaps).toEqual(['events (reason=Killing): the server is away'])
})
