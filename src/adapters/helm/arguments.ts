export type HelmMajor = '3' | '4'

/** One `helm upgrade --install`, whatever the major. */
export interface UpgradeOrder {
  release: string
  /** A folder, an archive, or an oci:// reference. */
  chart: string
  chartVersion: string | undefined
  /** Values files, the last one wins. */
  valuesFiles: readonly string[]
  /** Milliseconds for Helm itself, which waits for hooks only. */
  timeout: number
}

/** What an order, whichever it is, asks of Helm besides. */
export interface HelmOptions {
  /** Revisions that Helm keeps: enough that failed ones do not push out the last good one (Helm's own default is 10). */
  historyMax: number
  /** Take fields over that others have set. Only for Helm 4, and a release that it applies on the server's side. */
  forceConflicts: boolean
}

export const USUAL: HelmOptions = { historyMax: 30, forceConflicts: false }

/**
 * Neither --atomic nor --wait: Helm's own waiting fails late and its rollback destroys the evidence, so both are ours.
 * Helm 4 would wait for hooks only by default too; said aloud, since --wait alone means something else there.
 */
export function upgradeArguments(
  major: HelmMajor,
  order: UpgradeOrder,
  options: HelmOptions = USUAL,
): string[] {
  return [
    'upgrade',
    order.release,
    order.chart,
    '--install',
    // Without it Helm silently takes over values of the revision before.
    '--reset-values',
    ...common(major, order.timeout, options),
    ...given(order),
  ]
}

export function rollbackArguments(
  major: HelmMajor,
  release: string,
  revision: number,
  timeout: number,
  options: HelmOptions = USUAL,
): string[] {
  return ['rollback', release, String(revision), ...common(major, timeout, options)]
}

/** Its hooks may take the time; nothing else of it is waited for. */
export function uninstallArguments(release: string, timeout: number): string[] {
  return ['uninstall', release, '--timeout', seconds(timeout)]
}

/** Renders without a cluster, and so without any right. */
export function templateArguments(order: UpgradeOrder): string[] {
  return ['template', order.release, order.chart, ...given(order)]
}

function given({ chartVersion, valuesFiles }: UpgradeOrder): string[] {
  return [
    ...(chartVersion ? ['--version', chartVersion] : []),
    ...valuesFiles.flatMap((file) => ['--values', file]),
  ]
}

function common(major: HelmMajor, timeout: number, { historyMax, forceConflicts }: HelmOptions): string[] {
  return [
    ...['--history-max', String(historyMax), '--timeout', seconds(timeout)],
    ...(major === '4' ? ['--wait=hookOnly'] : []),
    ...(major === '4' && forceConflicts ? ['--force-conflicts'] : []),
  ]
}

function seconds(milliseconds: number): string {
  return `${Math.max(1, Math.ceil(milliseconds / 1000))}s`
}
