/** A pod of the workload that serves the model, without pods that are being deleted. */
export interface LivePod {
  name: string
  ready: boolean
  /** The model version that it serves, as `version-from` reads it; undefined where that finds none. */
  version: string | undefined
}

/** What a release serves, by Helm and by its pods. */
export interface LiveRelease {
  /** The revision that Helm calls deployed. */
  revision: number
  /** `model.name` and `model.version` in the values of that revision. */
  releaseModel: string | undefined
  releaseVersion: string | undefined
  /** kind/name */
  workload: string
  pods: readonly LivePod[]
  /** Every desired pod has the newest template and is ready. */
  rolloutComplete: boolean
  /** Desired number of pods; undefined where the workload does not exist. */
  desired?: number | undefined
  /** Name of the newest pod template (its ReplicaSet or ControllerRevision). */
  template?: string | undefined
  /** The input `version-from`: "env:MODEL_VERSION", "http:8080/health#model_version", ... */
  versionFrom: string
}

export type ServedVersion =
  | { kind: 'no-ready-pods' }
  | { kind: 'one'; version: string }
  | { kind: 'several'; versions: readonly string[] }
  | { kind: 'version-unknown'; pods: readonly string[] }

/** Which version every ready pod serves. */
export function servedVersion(pods: readonly LivePod[]): ServedVersion {
  const ready = pods.filter((pod) => pod.ready)
  const unversioned = ready.filter((pod) => pod.version === undefined).map((pod) => pod.name)
  if (unversioned.length > 0) return { kind: 'version-unknown', pods: unversioned }
  const versions = [...new Set(ready.flatMap((pod) => pod.version ?? []))]
  const [first, ...others] = versions
  if (first === undefined) return { kind: 'no-ready-pods' }
  return others.length === 0 ? { kind: 'one', version: first } : { kind: 'several', versions }
}

/** The version that the pods agree on; empty where they do not, or there are none. */
export function liveVersion(live: LiveRelease | undefined): string {
  const serves = servedVersion(live?.pods ?? [])
  return serves.kind === 'one' ? serves.version : ''
}
