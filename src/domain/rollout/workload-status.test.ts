import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { container, pod, workloadStatus as seen } from '../../../test/fakes/workload-status.ts'
import { type Diagnosis, diagnose, formatDiagnosis, isModelFault } from './diagnosis.ts'
import {
  countTerminations,
  describeProgress,
  hasReadinessProbes,
  isRolloutComplete,
  isVerified,
  type ObservedContainer,
  type ObservedPod,
  type WorkloadStatus,
} from './workload-status.ts'

const good = pod()
const old = pod({ name: 'old-1', updated: false, version: '7' })
const broken = (over: Partial<ObservedContainer>, of: Partial<ObservedPod> = {}): ObservedPod =>
  pod({ ready: false, containers: [container(over)], ...of })

describe('a rollout is verified', () => {
  test.each<[string, WorkloadStatus, boolean]>([
    ['when its one new pod is ready and serves the version', seen([good]), true],
    ['not before the controller has seen the new spec', seen([good], { generationObserved: false }), false],
    ['not while an old pod is left', seen([good, old]), false],
    ['not with only old pods', seen([old]), false],
    ['not by an old pod of the same version (other values)', seen([{ ...old, version: '8' }]), false],
    ['not with one of two', seen([good], { desired: 2 }), false],
    ['not with one pod too many', seen([good, { ...good, name: 'new-2' }]), false],
    ['not while a new pod is not ready', seen([{ ...good, ready: false }]), false],
    ['not by another version', seen([{ ...good, version: '7' }]), false],
    ['not by a pod that names no version', seen([{ ...good, version: undefined }]), false],
    ['not when it is scaled to zero', seen([], { desired: 0 }), false],
    ['not before minReadySeconds have passed', seen([good], { available: 0 }), false],
    ['once minReadySeconds have passed', seen([good], { available: 1 }), true],
    [
      'not while it is paused: its pods may have the previous template',
      seen([good], { blocker: 'paused' }),
      false,
    ],
    ['with OnDelete, once no old pod is left', seen([good], { blocker: 'on-delete' }), true],
  ])('%s', (_title, observation, expected) => {
    expect(isVerified(observation, '8')).toBe(expected)
  })
  test('completion needs no version', () => {
    expect(isRolloutComplete(seen([{ ...good, version: undefined }]))).toBe(true)
    expect(isVerified(seen([{ ...good, version: undefined }]), undefined)).toBe(true)
  })
})

test.each<[string, ObservedContainer[], boolean]>([
  [
    'only the server has a probe',
    [container(), container({ servesModel: false, hasReadinessProbe: false })],
    false,
  ],
  [
    'only the sidecar has a probe',
    [container({ hasReadinessProbe: false }), container({ servesModel: false })],
    false,
  ],
  [
    'the serving container is unknown, and one has no probe',
    [container({ servesModel: false }), container({ servesModel: false, hasReadinessProbe: false })],
    false,
  ],
  ['the server and its sidecar have a probe', [container(), container({ servesModel: false })], true],
  [
    'init containers never have a probe',
    [container({ init: true, hasReadinessProbe: false }), container()],
    true,
  ],
  ['the containers are unknown', [], false],
])('%s: ready means more than started: %s', (_title, containers, expected) => {
  expect(hasReadinessProbes(seen([pod({ containers })]))).toBe(expected)
})

test('progress counts only new pods, and says what blocks the old ones', () => {
  expect(describeProgress(seen([good, old], { desired: 2 }))).toBe('1 of 2 new pods ready, 1 old left')
  expect(describeProgress(seen([old], { blocker: 'on-delete' }))).toMatch(
    /1 old left \(.*OnDelete.*when it is deleted\)/,
  )
  expect(describeProgress(seen([good], { blocker: 'on-delete' }))).toBe('1 of 1 new pods ready')
})

describe('how often a container has terminated', () => {
  test.each<[string, Partial<ObservedContainer>, number]>([
    ['never', {}, 0],
    ['once, and it has not restarted', { state: 'terminated', exitCode: 1 }, 1],
    ['once, waiting for its restart', { state: 'waiting', reason: 'CrashLoopBackOff' }, 1],
    ['once, and it has restarted', { restarts: 1 }, 1],
    ['twice', { restarts: 1, state: 'waiting', reason: 'CrashLoopBackOff' }, 2],
    ['twice, and it has restarted', { restarts: 2 }, 2],
    ['never, while it waits for something else', { state: 'waiting', reason: 'PodInitializing' }, 0],
  ])('%s', (_title, over, expected) => {
    expect(countTerminations(container(over))).toBe(expected)
  })

  test('is right in every state and after any number of restarts', () => {
    const moment = fc.constantFrom<Partial<ObservedContainer>>(
      { state: 'running' },
      { state: 'terminated', reason: 'Error' },
      { state: 'waiting', reason: 'CrashLoopBackOff' },
    )
    const counts = fc.property(fc.nat(50), moment, (restarts, over) => {
      // The kubelet counts restarts, so the run that it reports on is number restarts + 1.
      const run = restarts + 1
      expect(countTerminations(container({ ...over, restarts }))).toBe(
        over.state === 'running' ? run - 1 : run,
      )
    })
    fc.assert(counts)
  })
})

const crash = {
  state: 'waiting',
  reason: 'CrashLoopBackOff',
  exitCode: 1,
  terminationReason: 'Error',
} as const
const init = { name: 'fetch-model', init: true } as const

describe('why it failed', () => {
  test.each<[Diagnosis['reason'], string, WorkloadStatus]>([
    ['ImagePullBackOff', 'back-off', seen([broken({ state: 'waiting', reason: 'ImagePullBackOff' })])],
    ['ImagePullBackOff', 'never pulled', seen([broken({ state: 'waiting', reason: 'ErrImageNeverPull' })])],
    [
      'CreateContainerConfigError',
      'missing secret',
      seen([broken({ state: 'waiting', reason: 'CreateContainerConfigError' })]),
    ],
    ['CrashLoopBackOff', 'back-off after exit 1', seen([broken({ ...crash, restarts: 3 })])],
    ['CrashLoopBackOff', 'exited just now', seen([broken({ state: 'terminated', exitCode: 3 })])],
    ['CrashLoopBackOff', 'a server that exits with 0', seen([broken({ ...crash, exitCode: 0 })])],
    [
      'OOMKilled',
      'killed for memory',
      seen([broken({ ...crash, exitCode: 137, terminationReason: 'OOMKilled' })]),
    ],
    ['InitContainerFailed', 'init exits 2', seen([broken({ ...crash, ...init, exitCode: 2 })])],
    [
      'OOMKilled',
      'init killed for memory',
      seen([broken({ ...crash, ...init, terminationReason: 'OOMKilled' })]),
    ],
    ['Unschedulable', 'no node', seen([broken({}, { containers: [], unschedulable: '0/1 nodes' })])],
    ['FailedCreate', 'quota', seen([], { createFailure: 'exceeded quota' })],
    ['ReadinessProbeFailed', 'runs, never ready', seen([broken({})])],
    ['WrongVersion', 'another version', seen([{ ...good, version: '7' }])],
    ['ScaledToZero', 'scaled to zero', seen([], { desired: 0 })],
    ['OldPodsPendingTermination', 'old pods hang', seen([good, old])],
    ['Timeout', 'no pod yet', seen([old])],
    ['Timeout', 'still creating', seen([broken({ state: 'waiting', reason: 'ContainerCreating' })])],
    [
      'ReadinessProbeFailed',
      'one crash, and running since then',
      seen([broken({ restarts: 1, exitCode: 1 })]),
    ],
    ['RolloutPaused', 'paused, with pods of any template', seen([good], { blocker: 'paused' })],
    ['RolloutPaused', 'old pods with strategy OnDelete', seen([old], { blocker: 'on-delete' })],
    [
      'RolloutPaused',
      'old pods below the partition',
      seen([good, old], { desired: 2, blocker: 'partition' }),
    ],
    [
      'CrashLoopBackOff',
      'a crash of a new pod comes first',
      seen([broken(crash), old], { blocker: 'partition' }),
    ],
    ['Timeout', 'only an ignored container crashes', seen([broken({ ...crash, ignored: true })])],
  ])('%s: %s', (reason, _title, observation) => {
    expect(diagnose(observation, '8').reason).toBe(reason)
  })

  test('a crash of an old pod does not count', () => {
    expect(diagnose(seen([{ ...broken(crash), updated: false }]), '8').reason).toBe('Timeout')
  })

  test.each([{ state: 'waiting' }, { state: 'terminated', exitCode: 5 }] as const)(
    'an ignored container is named if the pod is not ready because of it: %s',
    (over) => {
      const proxy = container({ ...over, name: 'proxy', ignored: true })
      const [done, serve] = [
        container({ ...init, state: 'terminated', exitCode: 0 }),
        container({ ready: true }),
      ]
      const seenPod = pod({ ready: false, containers: [done, serve, proxy] })
      expect(diagnose(seen([seenPod]), '8').message).toBe(
        'container proxy is not ready, and is one of ignore-containers',
      )
    },
  )

  test('pods that are not ready for minReadySeconds yet are reported', () => {
    expect(formatDiagnosis(diagnose(seen([good], { available: 0 }), '8'))).toBe(
      'Timeout: all pods are ready, but only 0 of 1 have been ready for minReadySeconds',
    )
  })

  test('names pod, container, exit code and message', () => {
    const pod = broken({ ...crash, ...init, exitCode: 2, terminationReason: 'Error' })
    expect(formatDiagnosis(diagnose(seen([pod]), '8'))).toBe(
      'InitContainerFailed (exit code 2) in pod new-1, container fetch-model: Error',
    )
  })

  test('keeps the cause at the end of a long message, and no object', () => {
    const layers = Array.from({ length: 100 }, (_, at) => `layer ${at}; `).join('')
    const pull = `Failed to pull image "a": ${layers}dial tcp: no such host`
    expect(formatDiagnosis({ reason: 'ImagePullBackOff', message: pull })).toMatch(
      /^ImagePullBackOff: Failed to pull image "a": .*…[^…]*dial tcp: no such host$/,
    )
    const refused = `Job.batch "a" is invalid: spec.template: Invalid value: {"name":"${'x'.repeat(700)}"}: field is immutable`
    expect(formatDiagnosis({ reason: 'HelmFailed', message: refused })).toBe(
      'HelmFailed: Job.batch "a" is invalid: spec.template: field is immutable',
    )
  })

  test('an exit is the fault of the model only if there is evidence', () => {
    const exit = diagnose(seen([broken(crash)]), '8')
    expect(isModelFault(exit)).toBe(false)
    expect(isModelFault({ ...exit, faultSource: { of: 'surroundings', cause: 'x' } })).toBe(false)
    const own = { of: 'model', cause: 'x' } as const
    expect(isModelFault({ ...exit, faultSource: own })).toBe(true)
    expect(isModelFault({ ...diagnose(seen([broken({ ...crash, ...init })]), '8'), faultSource: own })).toBe(
      true,
    )
    expect(isModelFault({ reason: 'Unschedulable', message: '', faultSource: own })).toBe(false)
  })

  test('a sidecar or a probe is not its fault', () => {
    const faultSource = { of: 'model', cause: 'x' } as const
    const sidecar = diagnose(seen([broken({ ...crash, servesModel: false })]), '8')
    expect(isModelFault({ ...sidecar, faultSource })).toBe(false)
    expect(isModelFault({ reason: 'CrashLoopBackOff', message: '', killedByProbe: true, faultSource })).toBe(
      false,
    )
  })
})

describe('a pod in every state', () => {
  const starting = { state: 'waiting', reason: 'ContainerCreating', ready: false } as const
  const ended = (reason: string, message: string, over: Partial<ObservedPod> = {}) =>
    pod({
      name: 'new-0',
      ready: false,
      end: { kind: 'ended', reason, message, since: '', finalizers: [] },
      ...over,
    })
  const stuck = (over: object = {}) =>
    pod({
      name: 'digits-0',
      updated: false,
      ready: false,
      end: { kind: 'terminating', reason: '', message: '', since: '', finalizers: [], ...over },
    })
  const mount = { reason: 'FailedMount', message: 'secret "x" not found', last: '' }
  const gates = ['example.com/lb (no controller has set it)']
  const ready = container({ ready: true })

  test.each<[string, Diagnosis['reason'], WorkloadStatus, string | RegExp]>([
    [
      'evicted, and its successor starts',
      'PodFailed',
      seen([broken(starting)], { inactivePods: [ended('Evicted', 'The node was low on resource: memory.')] }),
      'Evicted: The node was low on resource: memory.',
    ],
    [
      'rejected by the kubelet, without a successor',
      'PodFailed',
      seen([], { inactivePods: [ended('OutOfcpu', 'Node did not have enough resource: cpu')] }),
      'OutOfcpu: Node did not have enough resource: cpu',
    ],
    [
      'ended without a message',
      'PodFailed',
      seen([], { inactivePods: [ended('NodeShutdown', '')] }),
      'NodeShutdown',
    ],
    [
      'an evicted pod does not hide a crash',
      'CrashLoopBackOff',
      seen([broken(crash)], { inactivePods: [ended('Evicted', 'x')] }),
      'Error',
    ],
    [
      'an evicted pod of the previous revision does not count',
      'Timeout',
      seen([broken(starting)], { inactivePods: [ended('Evicted', 'x', { updated: false })] }),
      /ContainerCreating/,
    ],
    [
      'an evicted pod of an earlier rollout with the same template does not count',
      'Timeout',
      seen([broken(starting, { createdAt: '2026-01-01T02:00:00Z' })], {
        inactivePods: [ended('Evicted', 'x', { createdAt: '2026-01-01T00:00:00Z' })],
      }),
      /ContainerCreating/,
    ],
    [
      'terminating, held by a finalizer',
      'PodTerminating',
      seen([], {
        inactivePods: [stuck({ since: '2026-01-01T00:00:00Z', finalizers: ['example.com/hold'] })],
      }),
      'it is being deleted since 2026-01-01T00:00:00Z, and no new pod replaces it until it is gone; its finalizers example.com/hold have not been removed',
    ],
    [
      'terminating on a lost node',
      'PodTerminating',
      seen([], { inactivePods: [stuck({ reason: 'NodeLost', message: 'Node n1 is unresponsive' })] }),
      /; NodeLost: Node n1 is unresponsive$/,
    ],
    [
      'a terminating pod beside a new one that starts is not the cause',
      'Timeout',
      seen([broken(starting)], { inactivePods: [stuck()] }),
      /ContainerCreating/,
    ],
    [
      'a scheduling gate',
      'SchedulingGated',
      seen([broken({}, { containers: [], schedulingGates: ['example.com/quota'] })]),
      'scheduling gate example.com/quota has not been removed',
    ],
    [
      'a readiness gate',
      'ReadinessGatesNotReady',
      seen([pod({ ready: false, containers: [ready], readinessGates: gates })]),
      'its containers are ready, but not its readiness gate example.com/lb (no controller has set it)',
    ],
    [
      'a readiness gate does not hide a container that is not ready',
      'ReadinessProbeFailed',
      seen([pod({ ready: false, containers: [container()], readinessGates: gates })]),
      /not ready/,
    ],
    [
      'all containers are ready (its node is lost)',
      'Timeout',
      seen([pod({ ready: false, containers: [ready] })]),
      'its containers are ready, but the pod is not',
    ],
    [
      'a volume that cannot be mounted',
      'FailedMount',
      seen([broken(starting, { startFailure: mount })]),
      'FailedMount: secret "x" not found',
    ],
    [
      'an image that is being pulled',
      'Timeout',
      seen([
        broken(starting, {
          startFailure: { ...mount, reason: 'Pulling', message: 'still pulling image "x" since y' },
        }),
      ]),
      'still pulling image "x" since y',
    ],
  ])('%s: %s', (_title, reason, observation, message) => {
    const diagnosis = diagnose(observation, '8')
    expect(diagnosis.reason).toBe(reason)
    if (typeof message === 'string') expect(diagnosis.message).toBe(message)
    else expect(diagnosis.message).toMatch(message)
  })

  test.each<[string, string, Partial<ObservedPod>, Partial<WorkloadStatus>, boolean]>([
    ['a GPU', '0/1 nodes are available: 1 Insufficient example.com/gpu. preemption: 0/1 nodes', {}, {}, true],
    ['a GPU that no old pod has', '1 Insufficient example.com/gpu.', { requests: ['cpu'] }, {}, false],
    ['a port of the node', "1 node(s) didn't have free ports for the requested pod ports.", {}, {}, true],
    ['a label', "1 node(s) didn't match Pod's node affinity/selector.", {}, {}, false],
    ['a GPU, for a StatefulSet', '1 Insufficient example.com/gpu.', {}, { workload: 'statefulset/x' }, false],
  ])('an old pod holds what a new one lacks: %s', (_title, unschedulable, holder, over, expected) => {
    const pods = [
      broken({}, { containers: [], unschedulable }),
      { ...old, requests: ['cpu', 'example.com/gpu'], ...holder },
    ]
    const { message } = diagnose(seen(pods, over), '8')
    expect(/; pod old-1 of the previous revision holds it: .*Recreate.*maxUnavailable 1/.test(message)).toBe(
      expected,
    )
  })
})
