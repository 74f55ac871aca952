import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { container, pod, look as seen } from '../../test/fakes/rollout.ts'
import {
  type ContainerSeen,
  ends,
  isProbed,
  type Observation,
  type PodSeen,
  progress,
  proven,
  settled,
} from './rollout.ts'
import { type Diagnosis, diagnose, isModelsFault, sentenceOf } from './rollout-failure.ts'

const good = pod()
const old = pod({ name: 'old-1', fresh: false, version: '7' })
const broken = (over: Partial<ContainerSeen>, of: Partial<PodSeen> = {}): PodSeen =>
  pod({ ready: false, containers: [container(over)], ...of })

describe('a rollout is proven', () => {
  test.each<[string, Observation, boolean]>([
    ['when its one new pod is ready and serves the version', seen([good]), true],
    ['not before the controller has seen the new spec', seen([good], { observed: false }), false],
    ['not while an old pod is there', seen([good, old]), false],
    ['not when only old pods are', seen([old]), false],
    ['not by an old pod of the same version (other values)', seen([{ ...old, version: '8' }]), false],
    ['not with one of two', seen([good], { desired: 2 }), false],
    ['not with one more than asked for', seen([good, { ...good, name: 'new-2' }]), false],
    ['not while a new pod is not ready', seen([{ ...good, ready: false }]), false],
    ['not by another version', seen([{ ...good, version: '7' }]), false],
    ['not by a pod that names no version', seen([{ ...good, version: undefined }]), false],
    ['not when it is scaled to zero', seen([], { desired: 0 }), false],
    ['not before its minReadySeconds are over', seen([good], { available: 0 }), false],
    ['when they are', seen([good], { available: 1 }), true],
    [
      'not while it is paused: these may be the pods of the template before',
      seen([good], { held: 'paused' }),
      false,
    ],
    ['with OnDelete, where nothing old is left', seen([good], { held: 'on-delete' }), true],
  ])('%s', (_title, observation, expected) => {
    expect(proven(observation, '8')).toBe(expected)
  })
  test('settled asks for no version', () => {
    expect(settled(seen([{ ...good, version: undefined }]))).toBe(true)
    expect(proven(seen([{ ...good, version: undefined }]), undefined)).toBe(true)
  })
})

test.each<[string, ContainerSeen[], boolean]>([
  [
    'the server has a probe, its sidecar has none, and makes the pod ready for moments',
    [container(), container({ serves: false, probed: false })],
    false,
  ],
  ['only the sidecar has one', [container({ probed: false }), container({ serves: false })], false],
  [
    'nobody knows which one serves, and one has none',
    [container({ serves: false }), container({ serves: false, probed: false })],
    false,
  ],
  ['the server and its sidecar have one', [container(), container({ serves: false })], true],
  ['init containers have none, ever', [container({ init: true, probed: false }), container()], true],
  ['nothing is known of its containers', [], false],
])('%s: ready means more than started: %s', (_title, containers, expected) => {
  expect(isProbed(seen([pod({ containers })]))).toBe(expected)
})

test('progress counts only new pods as new, and says what holds the old ones', () => {
  expect(progress(seen([good, old], { desired: 2 }))).toBe('1 of 2 new pods ready, 1 old still there')
  expect(progress(seen([old], { held: 'on-delete' }))).toMatch(
    /1 old still there \(.*OnDelete.*someone deletes it\)/,
  )
  expect(progress(seen([good], { held: 'on-delete' }))).toBe('1 of 1 new pods ready')
})

describe('how often a container has ended', () => {
  test.each<[string, Partial<ContainerSeen>, number]>([
    ['never', {}, 0],
    ['once, and it has not been started again', { state: 'terminated', exitCode: 1 }, 1],
    ['once, waiting for its restart', { state: 'waiting', reason: 'CrashLoopBackOff' }, 1],
    ['once, and it runs again', { restarts: 1 }, 1],
    ['twice', { restarts: 1, state: 'waiting', reason: 'CrashLoopBackOff' }, 2],
    ['twice, and it runs again', { restarts: 2 }, 2],
    ['not at all, while it waits for something else', { state: 'waiting', reason: 'PodInitializing' }, 0],
  ])('%s', (_title, over, expected) => {
    expect(ends(container(over))).toBe(expected)
  })

  test('is right at every moment of any sequence of ends', () => {
    const moment = fc.constantFrom<Partial<ContainerSeen>>(
      { state: 'running' },
      { state: 'terminated', reason: 'Error' },
      { state: 'waiting', reason: 'CrashLoopBackOff' },
    )
    const counts = fc.property(fc.nat(50), moment, (restarts, over) => {
      // The kubelet counts restarts, so the run that it reports on is number restarts + 1.
      const run = restarts + 1
      expect(ends(container({ ...over, restarts }))).toBe(over.state === 'running' ? run - 1 : run)
    })
    fc.assert(counts)
  })
})

const crash = { state: 'waiting', reason: 'CrashLoopBackOff', exitCode: 1, endReason: 'Error' } as const
const init = { name: 'fetch-model', init: true } as const

describe('why it failed', () => {
  test.each<[Diagnosis['reason'], string, Observation]>([
    ['ImagePullBackOff', 'back-off', seen([broken({ state: 'waiting', reason: 'ImagePullBackOff' })])],
    ['ImagePullBackOff', 'never pulled', seen([broken({ state: 'waiting', reason: 'ErrImageNeverPull' })])],
    [
      'CreateContainerConfigError',
      'missing secret',
      seen([broken({ state: 'waiting', reason: 'CreateContainerConfigError' })]),
    ],
    ['CrashLoopBackOff', 'back-off after exit 1', seen([broken({ ...crash, restarts: 3 })])],
    ['CrashLoopBackOff', 'exited a moment ago', seen([broken({ state: 'terminated', exitCode: 3 })])],
    ['CrashLoopBackOff', 'a server that ends with 0', seen([broken({ ...crash, exitCode: 0 })])],
    ['OOMKilled', 'killed for memory', seen([broken({ ...crash, exitCode: 137, endReason: 'OOMKilled' })])],
    ['InitContainerFailed', 'init exits 2', seen([broken({ ...crash, ...init, exitCode: 2 })])],
    ['OOMKilled', 'init killed for memory', seen([broken({ ...crash, ...init, endReason: 'OOMKilled' })])],
    ['Unschedulable', 'no node', seen([broken({}, { containers: [], unschedulable: '0/1 nodes' })])],
    ['FailedCreate', 'quota', seen([], { createFailure: 'exceeded quota' })],
    ['ReadinessProbeFailed', 'runs, never ready', seen([broken({})])],
    ['WrongVersion', 'another version', seen([{ ...good, version: '7' }])],
    ['NoReplicas', 'scaled to zero', seen([], { desired: 0 })],
    ['OldPodsRemain', 'old pods hang', seen([good, old])],
    ['Timeout', 'no pod yet', seen([old])],
    ['Timeout', 'still creating', seen([broken({ state: 'waiting', reason: 'ContainerCreating' })])],
    [
      'ReadinessProbeFailed',
      'one crash, and it has been running since',
      seen([broken({ restarts: 1, exitCode: 1 })]),
    ],
    ['RolloutHeld', 'paused, with pods of whichever template', seen([good], { held: 'paused' })],
    ['RolloutHeld', 'old pods that nobody deletes', seen([old], { held: 'on-delete' })],
    ['RolloutHeld', 'old pods below the partition', seen([good, old], { desired: 2, held: 'partition' })],
    [
      'CrashLoopBackOff',
      'a new pod that crashes tells more',
      seen([broken(crash), old], { held: 'partition' }),
    ],
    ['Timeout', 'only an ignored container crashes', seen([broken({ ...crash, ignored: true })])],
  ])('%s: %s', (reason, _title, observation) => {
    expect(diagnose(observation, '8').reason).toBe(reason)
  })

  test('an old pod that crashes says nothing of the new model', () => {
    expect(diagnose(seen([{ ...broken(crash), fresh: false }]), '8').reason).toBe('Timeout')
  })

  test.each([{ state: 'waiting' }, { state: 'terminated', exitCode: 5 }] as const)(
    'a container that is ignored is named where the pod is not ready because of it: %s',
    (over) => {
      const proxy = container({ ...over, name: 'proxy', ignored: true })
      const [done, serve] = [
        container({ ...init, state: 'terminated', exitCode: 0 }),
        container({ ready: true }),
      ]
      const seenPod = pod({ ready: false, containers: [done, serve, proxy] })
      expect(diagnose(seen([seenPod]), '8').said).toBe(
        'container proxy is not ready, and is one of ignore-containers',
      )
    },
  )

  test('pods that are ready, but not for long enough, are told as such', () => {
    expect(sentenceOf(diagnose(seen([good], { available: 0 }), '8'))).toBe(
      'Timeout: all pods are ready, but only 0 of 1 have been for minReadySeconds',
    )
  })

  test('names pod, container, exit code and what was said', () => {
    const pod = broken({ ...crash, ...init, exitCode: 2, endReason: 'Error' })
    expect(sentenceOf(diagnose(seen([pod]), '8'))).toBe(
      'InitContainerFailed (exit code 2) in pod new-1, container fetch-model: Error',
    )
  })

  test("only the model's own server is its fault", () => {
    expect(isModelsFault(diagnose(seen([broken(crash)]), '8'))).toBe(true)
    expect(isModelsFault(diagnose(seen([broken({ ...crash, ...init })]), '8'))).toBe(false)
    expect(isModelsFault(diagnose(seen([broken({ ...crash, ...init, endReason: 'OOMKilled' })]), '8'))).toBe(
      false,
    )
    expect(isModelsFault({ reason: 'Unschedulable', said: '' })).toBe(false)
  })

  test('nor is a sidecar, or a probe that had not the patience', () => {
    expect(isModelsFault(diagnose(seen([broken({ ...crash, serves: false })]), '8'))).toBe(false)
    expect(isModelsFault({ reason: 'CrashLoopBackOff', said: '', probe: true })).toBe(false)
  })
})
