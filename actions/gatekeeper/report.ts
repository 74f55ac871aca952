import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Policy } from '../../src/domain/policy.ts'
import type { Verdict } from '../../src/domain/verdict.ts'
import { plain, table } from '../../src/runtime/markdown.ts'
import type { Evidence } from './evidence.ts'

/** What was decided, and everything that the decision saw. */
export interface Report {
  model: string
  policy: Policy
  policyHash: string
  verdict: Verdict & { forced?: string }
  mode: 'enforce' | 'dry-run'
  version: string | undefined
  evidence: Evidence
  judgedAt: string
  runUrl: string
}

/** Writes the report as JSON into a folder of its own, since a job may judge several models. Returns its path. */
export function writeReport(report: Report, temp: string): string {
  const path = join(mkdtempSync(join(temp, 'gatekeeper-')), 'report.json')
  const { candidate, champion, run, championRun, model, aliases } = report.evidence
  const { evidence: _, ...decided } = report
  const seen = {
    schema: 1,
    ...decided,
    candidate: {
      ...candidate,
      runId: run?.id,
      source: model.source,
      artifactDigest: model.digest,
      metrics: numbers(run),
    },
    champion: { ...champion, runId: championRun?.id, metrics: numbers(championRun) },
    aliases: Object.fromEntries(aliases),
  }
  writeFileSync(path, `${JSON.stringify(seen, null, 2)}\n`)
  return path
}

/** JSON has no NaN and no Infinity, so values are texts. */
function numbers(run: Evidence['run']): Record<string, string> {
  return Object.fromEntries([...(run?.metrics ?? [])].map(([key, value]) => [key, String(value)]))
}

/** The verdict as it is shown on the job's page. */
export function summary({ model, policy, verdict, mode, version, evidence }: Report): string {
  const { candidate, champion, run, championRun } = evidence
  const number = champion.kind === 'version' ? champion.number : champion.kind === 'none' ? 'none' : 'unclear'
  const better = policy.direction === 'higher' ? 'higher is better' : 'lower is better'
  const margin =
    Number(policy.minImprovement) === 0 ? 'better at all' : `better by at least ${policy.minImprovement}`
  const worst = policy.direction === 'higher' ? 'at least' : 'at most'
  const asked = policy.minValue === undefined ? margin : `${margin}, and ${worst} ${policy.minValue}`
  const rows = [
    ['version', plain(version ?? 'not registered'), plain(number)],
    [
      `${plain(policy.metric)} (${better})`,
      plain(shownValue(candidate.value)),
      plain(shownValue(champion.kind === 'version' ? champion.value : undefined)),
    ],
    ['run', plain(run?.id ?? '-'), plain(championRun?.id ?? '-')],
  ]
  return [
    `### Gate of ${plain(model)}: ${verdict.verdict}${mode === 'dry-run' ? ' (dry run, nothing was written)' : ''}`,
    plain(verdict.reason, 1000),
    table(['', 'candidate', 'champion'], rows),
    `Asked for: ${plain(asked)}.`,
  ].join('\n\n')
}

function shownValue(value: number | undefined): string {
  return value === undefined ? '-' : String(value)
}
