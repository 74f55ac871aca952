import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { candidateValue, championValue, type Decision } from './decision.ts'
import type { Report } from './report-schema.ts'

/** What was decided as JSON, for a file and for the candidate's run. */
export function reportOf(decision: Decision, version: string | undefined): string {
  const { seen, tried, verdict, count, policy } = decision
  const { champion, model } = seen
  const report: Report = {
    schema: 2,
    model: decision.model,
    verdict: verdict.verdict,
    reason: verdict.reason,
    final: verdict.final,
    forced: verdict.forced ?? null,
    dryRun: decision.dryRun,
    judgedAt: decision.judgedAt,
    judgedOn: tried.trial?.judgedOn ?? 'nothing',
    policyHash: decision.policyHash,
    policy,
    candidate: {
      version: version ?? null,
      runId: seen.run?.id ?? null,
      runState: seen.candidate.run,
      source: model.source ?? null,
      artifactDigest: model.digest ?? null,
      value: finite(candidateValue(decision)),
      metrics: texts(seen.run),
    },
    champion: {
      kind: champion.kind,
      version: champion.kind === 'version' ? champion.number : null,
      runId: seen.championRun?.id ?? null,
      value: finite(championValue(decision)),
      ageDays: finite(tried.championAge),
      metrics: texts(seen.championRun),
    },
    holdout: tried.holdout === undefined ? null : { digest: tried.holdout, rows: tried.rows ?? 0 },
    checks: (tried.trial?.checks ?? []).map((check) => ({
      ...check,
      candidate: finite(check.candidate),
      rival: finite(check.rival),
      boundary: finite(check.boundary),
      unitsNeeded: finite(check.unitsNeeded),
      change: check.change
        ? {
            ...check.change,
            estimate: finite(check.change.estimate),
            low: finite(check.change.low),
            high: finite(check.change.high),
          }
        : null,
    })),
    selfTests: (tried.trial?.selfTests ?? []).map(({ name, passed }) => ({ name, passed })),
    notes: tried.notes,
    counts: {
      refusedInARow: count.refusedInARow,
      onThisHoldout: count.onThisHoldout,
      judgementsPerYear: finite(count.perYear),
      falsePromotesPerYear: finite(falsePromotesPerYear(decision)),
    },
    aliases: Object.fromEntries(seen.aliases),
    runUrl: decision.runUrl,
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

/** Writes the report into a folder of its own, since a job may judge several models. Returns its path. */
export function writeReport(report: string, temp: string): string {
  const path = join(mkdtempSync(join(temp, 'gatekeeper-')), 'report.json')
  writeFileSync(path, report)
  return path
}

/** How many candidates that are no better may be let through in a year, at most: the gate's own error at the observed rate. */
export function falsePromotesPerYear({ count, policy, tried }: Decision): number | undefined {
  const tested = tried.trial?.checks.some(({ kind, change }) => kind === 'primary' && change !== undefined)
  return tested && count.perYear !== undefined
    ? (1 - policy.statistics.confidence) * count.perYear
    : undefined
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}

function texts(run: Run | undefined): Record<string, string> {
  return Object.fromEntries([...(run?.metrics ?? [])].map(([key, value]) => [key, String(value)]))
}
