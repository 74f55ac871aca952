import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { container, pod, look as seen } from '../../test/fakes/rollout.ts'
import type { ContainerSeen, Observation, PodSeen } from './rollout.ts'
import { beliefInDoom, type Doom, doomsOf } from './rollout-doom.ts'

const good = pod()
const old = pod({ name: 'old-1', fresh: false, version: '7' })
const broken = (over: Partial<ContainerSeen>, of: Partial<PodSeen> = {}): PodSeen =>
  pod({ ready: false, containers: [container(over)], ...of })
const crash = (restarts: number, over: Partial<ContainerSeen> = {}) =>
  broken({ state: 'waiting', reason: 'CrashLoopBackOff', exitCode: 1, endReason: 'Error', restarts, ...over })
const init = { name: 'fetch-model', init: true, serves: false }
const waiting = (reason: string, message = '') => broken({ state: 'waiting', reason, message })
const pull = (message: string) => waiting('ErrImagePull', message)
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

/** Reason and patience in seconds of the first doom. */
function first(observation: Observation): [string, number] | undefined {
  const [doom] = doomsOf(observation, '8')
  return doom && [doom.diagnosis.reason, doom.patience / 1000]
}

describe('waiting will hardly mend it', () => {
  test.each<[string, Observation, string, number]>([
    ['a second crash', seen([crash(1)]), 'CrashLoopBackOff', 0.4],
    [
      'a second crash, a moment ago',
      seen([crash(1, { state: 'terminated', reason: 'Error' })]),
      'CrashLoopBackOff',
      0.4,
    ],
    ['two crashes, and it runs again', seen([broken({ exitCode: 1, restarts: 2 })]), 'CrashLoopBackOff', 0.4],
    ['a server that ends with 0, twice', seen([crash(1, { exitCode: 0 })]), 'CrashLoopBackOff', 0.4],
    ['killed for memory, twice', seen([crash(1, { endReason: 'OOMKilled' })]), 'OOMKilled', 0.4],
    ['an init container that fails twice', seen([crash(1, init)]), 'InitContainerFailed', 0.4],
    ['a sidecar that crashes', seen([crash(1, { name: 'proxy', serves: false })]), 'CrashLoopBackOff', 0.4],
    [
      'a command that is not in the image, twice',
      seen([crash(1, { exitCode: 128, endReason: 'StartError' })]),
      'CreateContainerConfigError',
      0.4,
    ],
    ['an image that is never pulled', seen([waiting('ErrImageNeverPull')]), 'ImagePullBackOff', 0.4],
    ['no image name', seen([waiting('InvalidImageName')]), 'ImagePullBackOff', 0.4],
    [
      'no Secret',
      seen([waiting('CreateContainerConfigError', 'secret "x" not found')]),
      'CreateContainerConfigError',
      30,
    ],
    ['quota', seen([], { createFailure: 'exceeded quota' }), 'FailedCreate', 60],
    ['scaled to zero', seen([], { desired: 0 }), 'NoReplicas', 30],
    ['another version', seen([pod({ version: '7' })]), 'WrongVersion', 30],
    ['paused', seen([], { held: 'paused', observed: false, template: undefined }), 'RolloutHeld', 30],
    ['paused, with the pods of the template before', seen([good], { held: 'paused' }), 'RolloutHeld', 30],
    ['the deadline of the chart', seen([broken({})], overdue), 'ReadinessProbeFailed', 3],
  ])('%s', (_title, observation, reason, patience) => {
    expect(first(observation)).toEqual([reason, patience])
  })

  test.each<[string, Observation]>([
    ['one crash', seen([crash(0)])],
    ['one crash, and it runs again', seen([broken({ exitCode: 1, restarts: 1 })])],
    ['one end without a beginning', seen([crash(0, { exitCode: 128, endReason: 'StartError' })])],
    ['one failure of an init container', seen([crash(0, init)])],
    [
      'an init container that is done, after two failures',
      seen([broken({ ...init, state: 'terminated', exitCode: 0, restarts: 2 })]),
    ],
    ['another new pod serves', seen([good, crash(5)], { desired: 2 })],
    ['only an old pod crashes', seen([{ ...crash(9), fresh: false }])],
    ['only an ignored container crashes', seen([crash(9, { ignored: true })])],
    ['a container that crashed, and is ready now', seen([broken({ ready: true, exitCode: 1, restarts: 4 })])],
    ['a full cluster', seen([broken({}, { containers: [], unschedulable: '0/1 nodes' })])],
    ['a slow start', seen([broken({})])],
    ['a pull that is under way', seen([waiting('ContainerCreating')])],
    ['a pod that does not say its version yet', seen([pod({ version: undefined })])],
    ['a quota of which all pods are made', seen([broken({})], { createFailure: 'exceeded quota' })],
    ['nothing is known yet', seen([crash(9)], { observed: false, ...overdue })],
    ['old pods that nobody deletes', seen([old], { held: 'on-delete' })],
  ])('not so: %s', (_title, observation) => {
    expect(doomsOf(observation, '8')).toEqual([])
  })

  test('the deadline is told where no cause is found', () => {
    const [doom] = doomsOf(seen([waiting('ContainerCreating')], overdue), '8')
    expect(doom?.diagnosis).toMatchObject({
      reason: 'Timeout',
      said: expect.stringMatching(
        /^progressDeadlineSeconds of deployment\/digits passed .*ContainerCreating/,
      ),
    })
  })

  test('every failure has its own patience', () => {
    const pods = [
      waiting('CreateContainerConfigError', 'secret "x" not found'),
      { ...crash(1), name: 'new-2' },
    ]
    expect(doomsOf(seen(pods, { desired: 2 }), '8').map(({ patience }) => patience)).toEqual([30_000, 400])
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
  ])('is not there, or not for us: %s', (message) => {
    expect(first(seen([pull(message)]))).toEqual(['ImagePullBackOff', 10])
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
  ])('may be there in a moment: %s', (message) => {
    expect(first(seen([pull(message)]))).toBeUndefined()
  })
})

test.each(['failed to sync secret cache: timed out waiting for the condition', 'context deadline exceeded'])(
  'a kubelet that is behind is no missing Secret: %s',
  (message) => {
    expect(first(seen([waiting('CreateContainerConfigError', message)]))).toBeUndefined()
  },
)

describe('doom is believed', () => {
  const [doom] = doomsOf(seen([crash(1)]), '8') as [Doom]
  const other: Doom = { diagnosis: { reason: 'FailedCreate', said: '' }, patience: 60_000 }

  test('when it was seen twice, and for as long as its patience', () => {
    const believed = beliefInDoom()
    expect(believed([doom], 0)).toBeUndefined()
    expect(believed([doom], 399)).toBeUndefined()
    expect(believed([doom], 400)?.reason).toBe('CrashLoopBackOff')
  })

  test('anew after a look without it', () => {
    const believed = beliefInDoom()
    believed([doom], 0)
    believed([], 300)
    expect(believed([doom], 600)).toBeUndefined()
    expect(believed([doom], 1000)).toBeDefined()
  })

  test('each for itself', () => {
    const believed = beliefInDoom()
    believed([other], 0)
    believed([other, doom], 59_700)
    expect(believed([other, doom], 60_000)?.reason).toBe('FailedCreate')
  })

  test('never at the first look, nor before its time, whatever comes', () => {
    const looks = fc.array(fc.record({ after: fc.nat(40_000), dooms: fc.subarray([doom, other]) }))
    const holds = fc.property(looks, (sequence) => {
      const believed = beliefInDoom()
      const since = new Map<Doom, number>()
      let now = 0
      for (const { after, dooms } of sequence) {
        now += after
        for (const each of [doom, other])
          if (!dooms.includes(each)) since.delete(each)
          else if (!since.has(each)) since.set(each, now)
        const expected = dooms.find((each) => {
          const first = since.get(each) ?? now
          return first < now && now - first >= each.patience
        })
        expect(believed(dooms, now)).toEqual(expected?.diagnosis)
      }
    })
    fc.assert(holds)
  })
})

test('a rollout with one good new pod is never doomed, whatever the others do', () => {
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
      doomsOf(seen([...pods, good], { desired: 9, createFailure: 'exceeded quota', ...overdue }), '8'),
    ).toEqual([])
  })
  fc.assert(holds)
})
