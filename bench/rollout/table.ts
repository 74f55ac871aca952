import { formatTable } from '../../src/runtime/markdown.ts'
import type { BadDeployResult, RolloutResults, SlowDeployResult } from './results.ts'
import type { ToolName } from './trial-namespace.ts'

const TOOL_LABELS: Readonly<Record<ToolName, string>> = {
  'helm-deploy': 'helm-deploy',
  helm3: 'Helm 3, `--atomic --wait`',
  helm4: 'Helm 4, `--rollback-on-failure --wait`',
}

type ByTool<T> = Partial<Record<ToolName, T>>

function groupByScenario<T extends { scenario: string; tool: ToolName }>(trials: readonly T[]): ByTool<T>[] {
  return [...Map.groupBy(trials, ({ scenario }) => scenario).values()].map((same) =>
    Object.fromEntries(same.map((trial) => [trial.tool, trial])),
  )
}

/** Renders the table of bad deployments for the documentation. @param json the text of bench/rollout-failures.json */
export function renderFailures(json: string): string {
  const { bad, slow }: RolloutResults = JSON.parse(json)
  const rows = groupByScenario(bad).map(({ 'helm-deploy': ours, helm3, helm4 }) => [
    (ours ?? helm3 ?? helm4)?.description ?? '',
    ours?.reason ? `\`${ours.reason}\`` : '–',
    ours ? `**${formatDuration(ours)}**` : '–',
    ours ? countEvidence(ours) : '–',
    ...[helm3, helm4].flatMap((trial) =>
      trial ? [formatDuration(trial), countEvidence(trial)] : ['–', '–'],
    ),
  ])
  const head = [
    'What is wrong',
    'Reason',
    'Back after',
    'Evidence',
    TOOL_LABELS.helm3,
    'Evidence',
    TOOL_LABELS.helm4,
    'Evidence',
  ]
  return [
    formatTable(head, rows),
    '',
    '"Back after" is the time from the start of the bad deployment until the previous version serves again. For a first install it is the time until the release is gone. The timeout is 60 s unless the row names another. "Evidence" counts the lines that explain the failure afterwards: for `helm-deploy` the saved log lines and events, for Helm its own output and what the logs of the remaining pods show.',
    '',
    renderSlowSummary(slow),
    '',
  ].join('\n')
}

function renderSlowSummary(slow: readonly SlowDeployResult[]): string {
  const killed = (tool: ToolName) => {
    const tried = slow.filter((trial) => trial.tool === tool)
    return `${tried.filter((trial) => trial.failed).length} of ${tried.length}`
  }
  return `Slow deployments that recover without help (40 s of loading, one crash, an image registry that is away, a quota that is full for 20 s, ...) and were wrongly rolled back: by helm-deploy **${killed('helm-deploy')}**, by Helm 3 ${killed('helm3')}, by Helm 4 ${killed('helm4')}.`
}

function formatDuration({ status, seconds, release }: BadDeployResult): string {
  if (status === 'success') return 'says success'
  if (release.isPending) return 'stuck, pending'
  return seconds === undefined ? 'never' : `${Math.round(seconds)} s`
}

function countEvidence({ tool, savedEvidence: kept, remainingEvidence: left }: BadDeployResult): string {
  return String(tool === 'helm-deploy' ? kept.logs + kept.events : kept.lines + left.logs)
}

/** Renders all figures of the bad deployments, for bench/README.md. */
export function renderBadDeploys(json: string): string {
  const { bad }: RolloutResults = JSON.parse(json)
  const rows = bad.map((trial) => [
    trial.description,
    trial.tool === 'helm-deploy' ? '**helm-deploy**' : { helm3: 'Helm 3', helm4: 'Helm 4' }[trial.tool],
    formatReason(trial),
    trial.seconds === undefined ? 'never' : trial.seconds.toFixed(1),
    [trial.savedEvidence.lines, trial.savedEvidence.logs, trial.savedEvidence.events].join(' / '),
    [trial.remainingEvidence.logs, trial.remainingEvidence.events].join(' / '),
    `${trial.release.statuses.join(', ') || 'no release'}${trial.release.isPending ? ' (**stuck**)' : ''}`,
    trial.servedVersion === 'none' || trial.servedVersion === 'mixed'
      ? trial.servedVersion
      : `version ${trial.servedVersion}`,
    formatRegistry(trial),
  ])
  const head = [
    'what is wrong',
    'by',
    'reason',
    's',
    'kept: lines that name the cause / log lines / events',
    'left in the cluster: log lines / events',
    'revisions',
    'pods',
    'registry',
  ]
  return formatTable(head, rows)
}

function formatReason({ status, reason, message }: BadDeployResult): string {
  if (status === 'success') return '**success**'
  // The message of Helm without the parts that do not depend on the cause.
  const words = message
    .replace(/^UPGRADE FAILED: |^INSTALLATION FAILED: /, '')
    .replace(/^release .* being set: /, '')
  return reason ? `\`${reason}\`` : formatCell(words)
}

function formatRegistry({ registry }: BadDeployResult): string {
  if (!registry) return 'no record'
  const champion = registry.champion ? `champion ${registry.champion}` : 'no champion'
  return registry.label === 'none' ? champion : `${champion}, version 2 ${registry.label}`
}

/** Renders all figures of the slow deployments, which recover without help. */
export function renderSlowDeploys(json: string): string {
  const { slow }: RolloutResults = JSON.parse(json)
  const end = (trial: SlowDeployResult | undefined) => {
    if (!trial) return '–'
    return trial.failed ? `**rolled back**: ${formatCell(trial.message)}` : `${trial.seconds.toFixed(0)} s`
  }
  const rows = groupByScenario(slow).map(({ 'helm-deploy': ours, helm3, helm4 }) => [
    (ours ?? helm3 ?? helm4)?.description ?? '',
    ...[ours, helm3, helm4].map(end),
  ])
  return formatTable(['what is slow', 'helm-deploy', 'Helm 3', 'Helm 4'], rows)
}

/** Renders the machine of the measurement. */
export function renderMachine(json: string): string {
  const { machine }: RolloutResults = JSON.parse(json)
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`)
  return `Measured with ${facts.join(', ')}.`
}

function formatCell(text: string): string {
  const line = text.replaceAll('|', '/').replace(/[<>]/g, '')
  return line.length > 160 ? `${line.slice(0, 159)}…` : line
}
