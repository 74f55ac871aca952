import type {
  ObservedContainer,
  ObservedPod,
  WorkloadStatus,
} from '../../src/domain/rollout/workload-status.ts'

/** A running container that is not ready yet. */
export const container = (over: Partial<ObservedContainer> = {}): ObservedContainer => ({
  name: 'serve',
  init: false,
  servesModel: true,
  ignored: false,
  hasReadinessProbe: true,
  hasMemoryLimit: true,
  ready: false,
  restarts: 0,
  state: 'running',
  reason: '',
  message: '',
  exitCode: undefined,
  terminationReason: '',
  terminationMessage: '',
  finishedAt: '',
  ...over,
})

/** A new pod that serves version 8. */
export const pod = (over: Partial<ObservedPod> = {}): ObservedPod => ({
  name: 'new-1',
  ready: true,
  updated: true,
  version: '8',
  unschedulable: undefined,
  containers: [container({ ready: true })],
  ...over,
})

/** The status of a Deployment with one replica. */
export const workloadStatus = (
  pods: readonly ObservedPod[],
  over: Partial<WorkloadStatus> = {},
): WorkloadStatus => ({
  workload: 'deployment/digits',
  namespace: 'ml',
  desired: 1,
  generationObserved: true,
  template: 'digits-new',
  available: undefined,
  blocker: undefined,
  conditions: [],
  createFailure: undefined,
  pods,
  inactivePods: [],
  ...over,
})
