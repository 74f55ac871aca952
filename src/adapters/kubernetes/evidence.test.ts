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
  return { run: async (args) => log(args), create: async () => undefined, get: async () => ({ items }) }
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
  expect(events.map(({ object }) => object)).toEqual([
    'Pod/digits-new-a',
    'ReplicaSet/digits-new',
    'Deployment/digits',
  ])
})

test('a log that is gone is a gap, and no log line', async () => {
  const gone = 'unable to retrieve container logs for containerd://0123abcd'
  const kubectl = cluster([], (args) => (args.includes('--previous') ? `${gone}\n` : 'loading\n'))
  const { logs, gaps } = await collect(kubectl, seen, true)
  expect(logs.map(({ previous, text }) => [previous, text])).toEqual([[false, 'loading\n']])
  expect(gaps).toEqual([`log of pod digits-new-a, container serve (previous): ${gone}`])
})
