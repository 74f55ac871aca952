import type { Live } from './live.ts'

/**
 * Why nothing can be deployed to a release that an autoscaler has sent to sleep, as a sentence with its cure: its
 * workload asks for no pod, and the chart leaves that number to others. No pod would prove the new version, and none the
 * old one after it. Undefined where it is awake, or the chart names its replicas.
 * @param leavesReplicas whether the chart, as it would be deployed, names no number of pods
 */
export function whyAsleep(
  release: string,
  live: Live | undefined,
  leavesReplicas: boolean,
): string | undefined {
  if (live?.desired !== 0 || !leavesReplicas) return undefined
  return `Release ${release} is asleep: ${live.workload} asks for 0 pods, and its chart leaves that number to an autoscaler. No pod would prove a new version, and none the old one on a way back. Wake it up and run this again, or let the autoscaler keep one pod (KEDA: minReplicaCount: 1).`
}
