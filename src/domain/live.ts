/** A pod of the workload that serves the model. Pods that are being deleted are not among them. */
export interface LivePod {
  name: string
  ready: boolean
  /** The model version that it serves, as `version-from` reads it; undefined where nothing says so. */
  version: string | undefined
}

/** What a release serves, read from Helm and from the cluster. */
export interface Live {
  /** The revision that Helm calls deployed. */
  revision: number
  /** `model.name` and `model.version` in the values of that revision. */
  releaseModel: string | undefined
  releaseVersion: string | undefined
  /** kind/name */
  workload: string
  pods: readonly LivePod[]
  /** No rollout is under way: every pod has the newest template, is ready, and there are as many as asked for. */
  settled: boolean
  /** Pods that the workload asks for; undefined where it is not there. */
  desired?: number | undefined
  /** Name of the newest pod template (ReplicaSet, ControllerRevision), by which a later one is known. */
  template?: string | undefined
  /** How the version was read: "env:MODEL_VERSION", "http:8080/health#model_version", ... */
  proof: string
}

export type Served =
  | { kind: 'nothing' }
  | { kind: 'one'; version: string }
  | { kind: 'several'; versions: readonly string[] }
  | { kind: 'unnamed'; pods: readonly string[] }

/** Which version every ready pod serves. No ready pod is `nothing`, never agreement. */
export function served(pods: readonly LivePod[]): Served {
  const ready = pods.filter((pod) => pod.ready)
  const unnamed = ready.filter((pod) => pod.version === undefined).map((pod) => pod.name)
  if (unnamed.length > 0) return { kind: 'unnamed', pods: unnamed }
  const versions = [...new Set(ready.flatMap((pod) => pod.version ?? []))]
  const [first, ...others] = versions
  if (first === undefined) return { kind: 'nothing' }
  return others.length === 0 ? { kind: 'one', version: first } : { kind: 'several', versions }
}
