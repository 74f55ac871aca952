import { describe, expect, test } from 'vitest'
import { type ContainerSeen, type Observation, type PodSeen, progress, proven, settled } from './rollout.ts'
import { type Diagnosis, diagnose, doomed, isModelsFault, sentenceOf } from './rollout-failure.ts'

const container = (over: Partial<ContainerSeen> = {}): ContainerSeen => ({
  name: 'serve',
  init: false,
  ready: false,
  restarts: 0,
  state: 'running',
  reason: '',
  message: '',
  exitCode: undefined,
  endReason: '',
  endMessage: '',
  ...over,
})
const good: PodSeen = {
  name: 'new-1',
  ready: true,
  fresh: true,
  version: '8',
  unschedulable: undefined,
  containers: [container({ ready: true })],
}
const old: PodSeen = { ...good, name: 'old-1', fresh: false, version: '7' }
const broken = (over: Partial<ContainerSeen>, pod: Partial<PodSeen> = {}): PodSeen => ({
  ...good,
  ready: false,
  containers: [container(over)],
  ...pod,
})
const seen = (pods: PodSeen[], over: Partial<Observation> = {}): Observation => ({
  workload: 'deployment/digits',
  namespace: 'ml',
  desired: 1,
  observed: true,
  createFailure: undefined,
  pods,
  ...over,
})

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
  ])('%s', (_title, observation, expected) => {
    expect(proven(observation, '8')).toBe(expected)
  })
  test('settled asks for no version', () => {
    expect(settled(seen([{ ...good, version: undefined }]))).toBe(true)
    expect(proven(seen([{ ...good, version: undefined }]), undefined)).toBe(true)
  })
})

test('progress counts only new pods as new', () => {
  expect(progress(seen([good, old], { desired: 2 }))).toBe('1 of 2 new pods ready, 1 old still there')
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
  ])('%s: %s', (reason, _title, observation) => {
    expect(diagnose(observation, '8').reason).toBe(reason)
  })

  test('an old pod that crashes says nothing of the new model', () => {
    expect(diagnose(seen([{ ...broken(crash), fresh: false }]), '8').reason).toBe('Timeout')
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
})

describe('waiting will not mend it', () => {
  test.each<[string, Observation, boolean]>([
    ['crashed and restarted twice', seen([broken({ ...crash, restarts: 2 })]), true],
    ['an init container too', seen([broken({ ...crash, ...init, restarts: 2 })]), true],
    ['crashed once', seen([broken({ ...crash, restarts: 1 })]), false],
    ['crashed, but runs again: still not ready', seen([broken({ exitCode: 1, restarts: 2 })]), true],
    ['another new pod is ready', seen([good, broken({ ...crash, restarts: 5 })], { desired: 2 }), false],
    ['only an old pod crashes', seen([{ ...broken({ ...crash, restarts: 9 }), fresh: false }]), false],
    ['another version', seen([{ ...good, version: '7' }]), true],
    [
      'an image that is never pulled',
      seen([broken({ state: 'waiting', reason: 'ErrImageNeverPull' })]),
      true,
    ],
    ['an image pull', seen([broken({ state: 'waiting', reason: 'ImagePullBackOff' })]), false],
    ['a missing secret', seen([broken({ state: 'waiting', reason: 'CreateContainerConfigError' })]), false],
    ['a full cluster', seen([broken({}, { containers: [], unschedulable: '0/1 nodes' })]), false],
    ['a slow start', seen([broken({})]), false],
    ['nothing is known yet', seen([broken({ ...crash, restarts: 2 })], { observed: false }), false],
  ])('%s: %s', (_title, observation, expected) => {
    expect(doomed(observation, '8') !== undefined).toBe(expected)
  })
})
