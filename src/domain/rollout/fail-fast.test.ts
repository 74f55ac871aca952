import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { container, pod, workloadStatus as seen } from '../../../test/fakes/workload-status.ts'
import { diagnose } from './diagnosis.ts'
import { createDebouncer, type FailFastCondition, failFastConditions } from './fail-fast.ts'
import type { ObservedContainer, ObservedPod, WorkloadStatus } from './workload-status.ts'

const good = pod()
const old = pod({ name: 'old-1', updated: false, version: '7' })
const broken = (over: Partial<ObservedContainer>, of: Partial<ObservedPod> = {}): ObservedPod =>
  pod({ ready: false, containers: [container(over)], ...of })
const crash = (restarts: number, over: Partial<ObservedContainer> = {}) =>
  broken({
    state: 'waiting',
    reason: 'CrashLoopBackOff',
    exitCode: 1,
    terminationReason: 'Error',
    restarts,
    ...over,
  })
const init = { name: 'fetch-model', init: true, servesModel: false }
const waiting = (reason: string, message = '') => broken({ state: 'waiting', reason, message })
const pull = (message: string) => waiting('ErrImagePull', message)
const starting = (reason: string, message: string) =>
  broken(
    { state: 'waiting', reason: 'ContainerCreating' },
    { startFailure: { reason, message: `MountVolume.SetUp failed for volume "v" : ${message}`, last: '' } },
  )
const overdue = {
  conditions: [
    {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: 'ReplicaSet "digits-new" has timed out progressing.',
    },
  ],
}

/** Reason and grace period in seconds of the first condition. */
function firstCondition(observation: WorkloadStatus): [string, number] | undefined {
  const [condition] = failFastConditions(observation, '8')
  return condition && [condition.diagnosis.reason, condition.graceMs / 1000]
}

describe('a fail-fast condition', () => {
  test.each<[string, WorkloadStatus, string, number]>([
    ['a second crash', seen([crash(1)]), 'CrashLoopBackOff', 0.4],
    [
      'a second crash, just now',
      seen([crash(1, { state: 'terminated', reason: 'Error' })]),
      'CrashLoopBackOff',
      0.4,
    ],
    ['two crashes, and it runs again', seen([broken({ exitCode: 1, restarts: 2 })]), 'CrashLoopBackOff', 0.4],
    ['a server that exits with 0, twice', seen([crash(1, { exitCode: 0 })]), 'CrashLoopBackOff', 0.4],
    ['killed for memory, twice', seen([crash(1, { terminationReason: 'OOMKilled' })]), 'OOMKilled', 0.4],
    ['an init container that fails twice', seen([crash(1, init)]), 'InitContainerFailed', 0.4],
    [
      'an init container that the pod itself refuses again and again',
      seen([broken({ ...init, refusedConnection: { seconds: 28, isLoopback: true } })]),
      'InitContainerFailed',
      0.4,
    ],
    [
      'an init container that failed once, refused by the pod itself',
      seen([crash(0, { ...init, refusedConnection: { seconds: 264, isLoopback: true } })]),
      'InitContainerFailed',
      0.4,
    ],
    [
      'a sidecar that crashes',
      seen([crash(1, { name: 'proxy', servesModel: false })]),
      'CrashLoopBackOff',
      0.4,
    ],
    [
      'a command that the image lacks, twice',
      seen([crash(1, { exitCode: 128, terminationReason: 'StartError' })]),
      'CreateContainerConfigError',
      0.4,
    ],
    [
      'an image with pull policy Never that is missing',
      seen([waiting('ErrImageNeverPull')]),
      'ImagePullBackOff',
      0.4,
    ],
    ['an invalid image name', seen([waiting('InvalidImageName')]), 'ImagePullBackOff', 0.4],
    [
      'a volume of a missing Secret',
      seen([starting('FailedMount', 'secret "x" not found')]),
      'FailedMount',
      30,
    ],
    [
      'a volume of missing objects',
      seen([starting('FailedMount', '[configmap "a" not found, secret "b" not found]')]),
      'FailedMount',
      30,
    ],
    [
      'a volume of a missing key',
      seen([starting('FailedMount', 'references non-existent secret key: tls.crt')]),
      'FailedMount',
      30,
    ],
    [
      'a claim that is missing',
      seen([broken({}, { containers: [], unschedulable: 'persistentvolumeclaim "models" not found' })]),
      'Unschedulable',
      30,
    ],
    [
      'a missing Secret',
      seen([waiting('CreateContainerConfigError', 'secret "x" not found')]),
      'CreateContainerConfigError',
      30,
    ],
    ['quota', seen([], { createFailure: 'exceeded quota' }), 'FailedCreate', 60],
    ['scaled to zero', seen([], { desired: 0 }), 'ScaledToZero', 30],
    ['another version', seen([pod({ version: '7' })]), 'WrongVersion', 30],
    [
      'paused',
      seen([], { blocker: 'paused', generationObserved: false, template: undefined }),
      'RolloutPaused',
      30,
    ],
    ['paused, with pods of the previous template', seen([good], { blocker: 'paused' }), 'RolloutPaused', 30],
    ['the progress deadline of the chart', seen([broken({})], overdue), 'ReadinessProbeFailed', 3],
  ])('%s', (_title, observation, reason, graceSeconds) => {
    expect(firstCondition(observation)).toEqual([reason, graceSeconds])
  })

  test.each<[string, WorkloadStatus]>([
    ['one crash', seen([crash(0)])],
    ['one crash, and it runs again', seen([broken({ exitCode: 1, restarts: 1 })])],
    ['one failed start', seen([crash(0, { exitCode: 128, terminationReason: 'StartError' })])],
    ['one failure of an init container', seen([crash(0, init)])],
    [
      'an init container that waits for another server, such as a database of the release',
      seen([broken({ ...init, refusedConnection: { seconds: 90, isLoopback: false } })]),
    ],
    [
      'an init container that succeeded after two failures',
      seen([broken({ ...init, state: 'terminated', exitCode: 0, restarts: 2 })]),
    ],
    ['another new pod serves', seen([good, crash(5)], { desired: 2 })],
    ['only an old pod crashes', seen([{ ...crash(9), updated: false }])],
    ['only an ignored container crashes', seen([crash(9, { ignored: true })])],
    ['a container that crashed and is ready now', seen([broken({ ready: true, exitCode: 1, restarts: 4 })])],
    ['a full cluster', seen([broken({}, { containers: [], unschedulable: '0/1 nodes' })])],
    ['a slow start', seen([broken({})])],
    ['a pull in progress', seen([waiting('ContainerCreating')])],
    ['a pod that names no version yet', seen([pod({ version: undefined })])],
    ['a used-up quota after all pods were created', seen([broken({})], { createFailure: 'exceeded quota' })],
    [
      'the controller has not seen the newest spec',
      seen([crash(9)], { generationObserved: false, ...overdue }),
    ],
    ['old pods with strategy OnDelete', seen([old], { blocker: 'on-delete' })],
    [
      'a volume of another node',
      seen([
        starting('FailedAttachVolume', 'Multi-Attach error for volume "v": already used by pod(s) old-1'),
      ]),
    ],
    [
      'a kubelet that is busy',
      seen([starting('FailedMount', 'failed to sync configmap cache: timed out waiting for the condition')]),
    ],
    ['a pull', seen([starting('Pulling', 'still pulling image "secret" not found')])],
    ['a readiness gate', seen([pod({ ready: false, readinessGates: ['x'] })])],
    ['a node without room', seen([broken({}, { containers: [], unschedulable: '1 Insufficient cpu' })])],
  ])('none: %s', (_title, observation) => {
    expect(failFastConditions(observation, '8')).toEqual([])
  })

  test('the progress deadline is the message if there is no other cause', () => {
    const [condition] = failFastConditions(seen([waiting('ContainerCreating')], overdue), '8')
    expect(condition?.diagnosis).toMatchObject({
      reason: 'Timeout',
      message: expect.stringMatching(
        /^progressDeadlineSeconds of deployment\/digits passed .*ContainerCreating/,
      ),
    })
  })

  test('every failure has its own grace period', () => {
    const pods = [
      waiting('CreateContainerConfigError', 'secret "x" not found'),
      { ...crash(1), name: 'new-2' },
    ]
    expect(failFastConditions(seen(pods, { desired: 2 }), '8').map(({ graceMs }) => graceMs)).toEqual([
      30_000, 400,
    ])
  })
})

describe('an image that cannot be pulled', () => {
  test.each([
    'rpc error: code = NotFound desc = failed to pull and unpack image "r/x:1": failed to resolve reference "r/x:1": r/x:1: not found',
    'manifest unknown: manifest unknown',
    'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    'failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized',
    'unexpected status from HEAD request to https://r/v2/x/manifests/1: 403 Forbidden',
    'no basic auth credentials',
    'Back-off pulling image "r/x:1": ErrImagePull: no match for platform in manifest: not found',
  ])('is missing or denied: %s', (message) => {
    expect(firstCondition(seen([pull(message)]))).toEqual(['ImagePullBackOff', 10])
  })

  test.each([
    '',
    'Back-off pulling image "r/x:1"',
    'failed to do request: Head "https://r/v2/x/manifests/1": dial tcp: lookup r: no such host',
    'dial tcp 10.0.0.1:443: i/o timeout',
    'dial tcp 10.0.0.1:443: connect: connection refused',
    'unexpected status from HEAD request to https://r/v2/x/manifests/1: 503 Service Unavailable',
    'toomanyrequests: You have reached your pull rate limit; access denied until then',
    'failed to authorize: failed to fetch oauth token: unexpected status: 502 Bad Gateway',
    'failed to copy: httpReadSeeker: failed open: unexpected EOF',
  ])('may be available soon: %s', (message) => {
    expect(firstCondition(seen([pull(message)]))).toBeUndefined()
  })
})

test.each(['failed to sync secret cache: timed out waiting for the condition', 'context deadline exceeded'])(
  'a busy kubelet is not a missing Secret: %s',
  (message) => {
    expect(firstCondition(seen([waiting('CreateContainerConfigError', message)]))).toBeUndefined()
  },
)

describe('the debouncer reports a condition', () => {
  const [crashing] = failFastConditions(seen([crash(1)]), '8') as [FailFastCondition]
  const other: FailFastCondition = { diagnosis: { reason: 'FailedCreate', message: '' }, graceMs: 60_000 }

  test('that was seen twice and lasted for its grace period', () => {
    const debounce = createDebouncer()
    expect(debounce([crashing], 0)).toBeUndefined()
    expect(debounce([crashing], 399)).toBeUndefined()
    expect(debounce([crashing], 400)?.reason).toBe('CrashLoopBackOff')
  })

  test('from the start after an observation without it', () => {
    const debounce = createDebouncer()
    debounce([crashing], 0)
    debounce([], 300)
    expect(debounce([crashing], 600)).toBeUndefined()
    expect(debounce([crashing], 1000)).toBeDefined()
  })

  test('each on its own', () => {
    const debounce = createDebouncer()
    debounce([other], 0)
    debounce([other, crashing], 59_700)
    expect(debounce([other, crashing], 60_000)?.reason).toBe('FailedCreate')
  })

  test('never at its first observation, nor before its grace period', () => {
    const observations = fc.array(
      fc.record({ after: fc.nat(40_000), conditions: fc.subarray([crashing, other]) }),
    )
    const holds = fc.property(observations, (sequence) => {
      const debounce = createDebouncer()
      const since = new Map<FailFastCondition, number>()
      let now = 0
      for (const { after, conditions } of sequence) {
        now += after
        for (const each of [crashing, other])
          if (!conditions.includes(each)) since.delete(each)
          else if (!since.has(each)) since.set(each, now)
        const expected = conditions.find((each) => {
          const first = since.get(each) ?? now
          return first < now && now - first >= each.graceMs
        })
        expect(debounce(conditions, now)).toEqual(expected?.diagnosis)
      }
    })
    fc.assert(holds)
  })
})

test('there is none while one new pod serves, whatever the others do', () => {
  const others = fc.array(
    fc.record({
      restarts: fc.nat(9),
      reason: fc.constantFrom(
        'CrashLoopBackOff',
        'ErrImageNeverPull',
        'CreateContainerConfigError',
        'InvalidImageName',
      ),
    }),
  )
  const holds = fc.property(others, (list) => {
    const pods = list.map((over, at) => ({ ...crash(0, over), name: `bad-${at}` }))
    expect(
      failFastConditions(
        seen([...pods, good], { desired: 9, createFailure: 'exceeded quota', ...overdue }),
        '8',
      ),
    ).toEqual([])
  })
  fc.assert(holds)
})

test('a refused connection names its duration, and for the pod itself the input', () => {
  const message = (isLoopback: boolean) => {
    const refusedConnection = { seconds: 28, isLoopback }
    return diagnose(seen([broken({ ...init, refusedConnection })]), '8').message
  }
  expect(message(false)).toBe('its connection was refused for 28 s')
  expect(message(true)).toMatch(
    /^its connection was refused for 28 s; localhost in a pod .* pod-tracking-uri/,
  )
})
