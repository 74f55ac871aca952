import { table } from '../../../src/runtime/markdown.ts'
import type { BadTrial, RolloutResults, SlowTrial } from './results.ts'
import type { ToolName } from './site.ts'

const TOOL: Readonly<Record<ToolName, string>> = {
  ours: 'helm-deploy',
  helm3: 'Helm 3, `--atomic --wait`',
  helm4: 'Helm 4, `--rollback-on-failure --wait`',
}

type ByTool<T> = Partial<Record<ToolName, T>>

function byScenario<T extends { scenario: string; tool: ToolName }>(trials: readonly T[]): ByTool<T>[] {
  return [...Map.groupBy(trials, ({ scenario }) => scenario).values()].map((same) =>
    Object.fromEntries(same.map((trial) => [trial.tool, trial])),
  )
}

/** The front page's table of bad deployments. @param json of bench/rollout-failures.json */
export function renderFailures(json: string): string {
  const { bad, slow }: RolloutResults = JSON.parse(json)
  const rows = byScenario(bad).map(({ ours, helm3, helm4 }) => [
    (ours ?? helm3 ?? helm4)?.what ?? '',
    ours?.reason ? `\`${ours.reason}\`` : '–',
    ours ? `**${lasted(ours)}**` : '–',
    ours ? evidence(ours) : '–',
    ...[helm3, helm4].flatMap((trial) => (trial ? [lasted(trial), evidence(trial)] : ['–', '–'])),
  ])
  const head = [
    'What is wrong',
    'Reason',
    'Back after',
    'Evidence',
    TOOL.helm3,
    'Evidence',
    TOOL.helm4,
    'Evidence',
  ]
  return [
    table(head, rows),
    '',
    'Back after: from the start of the bad deployment until it is known that the version before serves again (of a first install: that it is gone), with `--timeout 60s` where nothing else is said. Evidence: lines that the user has afterwards of why; of `helm-deploy` saved log lines and events, of Helm what it said of the cause and what pods that are left still say.',
    '',
    slowSentence(slow),
    '',
  ].join('\n')
}

function slowSentence(slow: readonly SlowTrial[]): string {
  const killed = (tool: ToolName) => {
    const tried = slow.filter((trial) => trial.tool === tool)
    return `${tried.filter((trial) => trial.killed).length} of ${tried.length}`
  }
  return `Slow deployments that come up by themselves (40 s of loading, one crash, an image registry that is away, a quota that is full for 20 s, ...) and were wrongly taken back: by helm-deploy **${killed('ours')}**, by Helm 3 ${killed('helm3')}, by Helm 4 ${killed('helm4')}.`
}

function lasted({ says, seconds, release }: BadTrial): string {
  if (says === 'success') return 'says success'
  if (release.pending) return 'stuck, pending'
  return seconds === undefined ? 'never' : `${Math.round(seconds)} s`
}

function evidence({ tool, kept, left }: BadTrial): string {
  return String(tool === 'ours' ? kept.logs + kept.events : kept.lines + left.logs)
}

/** Every figure of the bad deployments, for the long page. */
export function renderBadDeploys(json: string): string {
  const { bad }: RolloutResults = JSON.parse(json)
  const rows = bad.map((trial) => [
    trial.what,
    trial.tool === 'ours' ? '**helm-deploy**' : { helm3: 'Helm 3', helm4: 'Helm 4' }[trial.tool],
    says(trial),
    trial.seconds === undefined ? 'never' : trial.seconds.toFixed(1),
    [trial.kept.lines, trial.kept.logs, trial.kept.events].join(' / '),
    [trial.left.logs, trial.left.events].join(' / '),
    `${trial.release.statuses.join(', ') || 'no release'}${trial.release.pending ? ' (**stuck**)' : ''}`,
    trial.serves === 'none' || trial.serves === 'mixed' ? trial.serves : `version ${trial.serves}`,
    registry(trial),
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
  return table(head, rows)
}

function says({ says, reason, said }: BadTrial): string {
  if (says === 'success') return '**success**'
  // Helm's own words, without what it says whatever the cause.
  const words = said
    .replace(/^UPGRADE FAILED: |^INSTALLATION FAILED: /, '')
    .replace(/^release .* being set: /, '')
  return reason ? `\`${reason}\`` : cell(words)
}

function registry({ registry }: BadTrial): string {
  if (!registry) return 'not told'
  const champion = registry.champion ? `champion ${registry.champion}` : 'no champion'
  return registry.noted === 'nothing' ? champion : `${champion}, version 2 ${registry.noted}`
}

/** Every figure of those that come up by themselves. */
export function renderSlowDeploys(json: string): string {
  const { slow }: RolloutResults = JSON.parse(json)
  const end = (trial: SlowTrial | undefined) => {
    if (!trial) return '–'
    return trial.killed ? `**taken back**: ${cell(trial.said)}` : `${trial.seconds.toFixed(0)} s`
  }
  const rows = byScenario(slow).map(({ ours, helm3, helm4 }) => [
    (ours ?? helm3 ?? helm4)?.what ?? '',
    ...[ours, helm3, helm4].map(end),
  ])
  return table(['what is slow', 'helm-deploy', 'Helm 3', 'Helm 4'], rows)
}

/** Where it was measured. */
export function renderMachine(json: string): string {
  const { machine }: RolloutResults = JSON.parse(json)
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`)
  return `Measured with ${facts.join(', ')}.`
}

function cell(text: string): string {
  const line = text.replaceAll('|', '/').replace(/[<>]/g, '')
  return line.length > 160 ? `${line.slice(0, 159)}…` : line
}
