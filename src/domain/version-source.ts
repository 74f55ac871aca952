import type { Live } from './live.ts'

/** Which version pods will name, told by the rendered chart; `unknown` where only running pods can tell (http). */
export type Foretold = { kind: 'named'; version: string | undefined } | { kind: 'unknown' }

export interface VersionSource {
  /** The input `version-from`. */
  from: string
  release: string
  version: string
  foretold: Foretold
  live: Live | undefined
}

/**
 * Why `version-from` cannot be right, as a sentence with its cure: a rollout watched by it would fail, and so would the
 * way back. Undefined where it may be right.
 */
export function wrongSource({ from, release, version, foretold, live }: VersionSource): string | undefined {
  if (foretold.kind === 'named') {
    if (foretold.version === version) return undefined
    return `Input version-from: by ${from}, the new pods of release ${release} would name ${worded(foretold.version)}, not ${version}. Say where the chart puts model.version, or let the chart put it there.`
  }
  const ready = live?.pods.filter((pod) => pod.ready) ?? []
  // What was deployed without model.version may well be made to name it by this very deployment.
  if (live?.releaseVersion === undefined || ready.length === 0 || ready.some(isNumbered)) return undefined
  return `Input version-from: by ${from}, the ready pods of release ${release} name ${worded(ready[0]?.version)}, though its values say version ${live.releaseVersion}. Say where pods name their version; where only the new chart does, deploy it once with env:, label: or annotation:.`
}

/** Versions of a registry are numbers. */
function isNumbered({ version }: { version: string | undefined }): boolean {
  return version !== undefined && /^\d+$/.test(version)
}

function worded(version: string | undefined): string {
  return version === undefined ? 'no model version' : JSON.stringify(version)
}
