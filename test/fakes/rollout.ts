import type { ContainerSeen, Observation, PodSeen } from '../../src/domain/rollout.ts'

/** A server that runs and is not ready yet. */
export const container = (over: Partial<ContainerSeen> = {}): ContainerSeen => ({
  name: 'serve',
  init: false,
  serves: true,
  ignored: false,
  probed: true,
  ready: false,
  restarts: 0,
  state: 'running',
  reason: '',
  message: '',
  exitCode: undefined,
  endReason: '',
  endMessage: '',
  endedAt: '',
  ...over,
})

/** A new pod that serves version 8. */
export const pod = (over: Partial<PodSeen> = {}): PodSeen => ({
  name: 'new-1',
  ready: true,
  fresh: true,
  version: '8',
  unschedulable: undefined,
  containers: [container({ ready: true })],
  ...over,
})

/** A look at a Deployment that asks for one pod. */
export const look = (pods: readonly PodSeen[], over: Partial<Observation> = {}): Observation => ({
  workload: 'deployment/digits',
  namespace: 'ml',
  desired: 1,
  observed: true,
  template: 'digits-new',
  available: undefined,
  held: undefined,
  conditions: [],
  createFailure: undefined,
  pods,
  ...over,
})
