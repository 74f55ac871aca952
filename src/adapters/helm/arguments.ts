export type HelmMajor = '3' | '4'

/** One `helm upgrade --install`. */
export interface UpgradeRequest {
  release: string
  /** A folder or an archive. */
  chart: string
  /** Values files, the last one wins. */
  valuesFiles: readonly string[]
  /** Milliseconds for helm, which waits for hooks only. */
  timeout: number
  /** Labels of the revision, which state the model where its values do not. */
  labels?: Readonly<Record<string, string>> | undefined
  /** Leaves out the chart's folder `crds`. */
  skipCrds?: boolean
  /** Changes the rendered objects. */
  postRenderer?: PostRenderer | undefined
}

/** An executable for Helm 3, and a plugin that runs it for Helm 4. */
export interface PostRenderer {
  program: string
  plugin: string
  pluginsFolder: string
}

/** How Helm writes: inputs of the actions that do. */
export interface HelmInputs {
  /** Revisions to keep: enough that failed ones do not push out the last verified one (Helm's default is 10). */
  'history-max'?: number | undefined
  /** Take over fields of other field managers. Needs Helm 4 and a release with server-side apply. */
  'force-conflicts'?: boolean | undefined
}

/**
 * Without --atomic and --wait: Helm's wait fails late, and its rollback destroys the evidence. For Helm 4, --wait=hookOnly
 * states the default.
 */
export function upgradeArguments(
  major: HelmMajor,
  request: UpgradeRequest,
  inputs: HelmInputs = {},
): string[] {
  const labels = Object.entries(request.labels ?? {}).map(([key, value]) => `${key}=${value}`)
  return [
    'upgrade',
    request.release,
    request.chart,
    '--install',
    // Without it Helm reuses values of the previous revision.
    '--reset-values',
    ...commonFlags(major, request.timeout, inputs),
    ...(labels.length > 0 ? ['--labels', labels.join(',')] : []),
    ...chartFlags(major, request),
  ]
}

export function rollbackArguments(
  major: HelmMajor,
  release: string,
  revision: number,
  timeout: number,
  inputs: HelmInputs = {},
): string[] {
  return ['rollback', release, String(revision), ...commonFlags(major, timeout, inputs)]
}

/** Renders without a cluster, so without permissions. */
export function templateArguments(major: HelmMajor, request: UpgradeRequest): string[] {
  return ['template', request.release, request.chart, ...chartFlags(major, request)]
}

/** The flags by which the chart renders. */
function chartFlags(major: HelmMajor, { valuesFiles, skipCrds, postRenderer }: UpgradeRequest): string[] {
  const renderer = major === '3' ? postRenderer?.program : postRenderer?.plugin
  return [
    ...(skipCrds ? ['--skip-crds'] : []),
    ...(renderer ? ['--post-renderer', renderer] : []),
    ...valuesFiles.flatMap((file) => ['--values', file]),
  ]
}

function commonFlags(
  major: HelmMajor,
  timeout: number,
  { 'history-max': historyMax = 30, 'force-conflicts': forceConflicts = false }: HelmInputs,
): string[] {
  return [
    ...['--history-max', String(historyMax), '--timeout', formatSeconds(timeout)],
    ...(major === '4' ? ['--wait=hookOnly'] : []),
    ...(major === '4' && forceConflicts ? ['--force-conflicts'] : []),
  ]
}

export function formatSeconds(milliseconds: number): string {
  return `${Math.max(1, Math.ceil(milliseconds / 1000))}s`
}
