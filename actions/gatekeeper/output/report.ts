import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../../../src/adapters/mlflow/schemas.ts'
import type { EvaluationCounts } from '../../../src/domain/gate/evaluation/evaluation-history.ts'
import type { EvaluationResult } from '../evaluation/evaluate.ts'
import type { GateContext } from '../inputs/load-context.ts'
import { describeCheck, describeCriterion, describeSubject } from '../messages/criterion.ts'
import { describeSelfTest } from '../messages/self-tests.ts'
import type { WordedVerdict } from '../messages/verdict.ts'
import type { Report } from './report-schema.ts'

/** The verdict and everything that it is based on. */
export interface Decision {
  policyHash: string
  /** Nothing is written to MLflow. */
  dryRun: boolean
  gateContext: GateContext
  result: EvaluationResult
  verdict: WordedVerdict
  /** Counts over the champion's evaluation history, this evaluation included. */
  counts: EvaluationCounts
  /** ISO time. */
  judgedAt: string
  runUrl: string
}

/** The candidate's primary metric: evaluated, else as its run logged it. */
export function candidateValue({ gateContext, result }: Decision): number | undefined {
  const { policy, candidate } = gateContext
  return result.evaluation?.candidateValue ?? candidate.metrics.get(policy.primary.metric)
}

export function championValue({ gateContext: { policy, champion }, result }: Decision): number | undefined {
  const logged = champion.kind === 'version' ? champion.metrics.get(policy.primary.metric) : undefined
  return result.evaluation?.championValue ?? logged
}

/** Number of the champion; "none" for a first model, undefined if the champion is unclear. */
export function championVersion({ gateContext: { champion } }: Decision): string | undefined {
  if (champion.kind === 'none') return 'none'
  return champion.kind === 'version' ? champion.number : undefined
}

/** Builds the JSON report of the decision. JSON.stringify writes NaN and Infinity as null. */
export function buildReport(decision: Decision, version: string | undefined): string {
  const { gateContext, result, verdict, counts } = decision
  const { champion, candidateModel } = gateContext
  const report: Report = {
    schema: 2,
    model: gateContext.snapshot.name,
    verdict: verdict.verdict,
    reason: verdict.reason,
    final: verdict.final,
    forced: verdict.forced ?? null,
    dryRun: decision.dryRun,
    judgedAt: decision.judgedAt,
    evaluationBasis: result.evaluation?.evaluationBasis ?? 'none',
    policyHash: decision.policyHash,
    policy: gateContext.policy,
    candidate: {
      version: version ?? null,
      runId: gateContext.run?.id ?? null,
      runState: gateContext.candidate.run,
      source: candidateModel.source ?? null,
      artifactDigest: candidateModel.digest ?? null,
      value: candidateValue(decision) ?? null,
      metrics: metricTexts(gateContext.run),
    },
    champion: {
      kind: champion.kind,
      version: champion.kind === 'version' ? champion.number : null,
      runId: gateContext.championRun?.id ?? null,
      value: championValue(decision) ?? null,
      ageDays: result.championAgeDays ?? null,
      metrics: metricTexts(gateContext.championRun),
    },
    holdout: result.holdout ?? null,
    checks: (result.evaluation?.checks ?? []).map((check) => ({
      kind: check.kind,
      subject: describeSubject(check.subject),
      candidate: check.candidate ?? null,
      baseline: check.baseline ?? null,
      change: check.change ?? null,
      margin: check.margin ?? null,
      criterion: describeCriterion(check.criterion),
      result: check.result,
      reason: describeCheck(check),
      requiredSampleSize: check.requiredSampleSize ?? null,
    })),
    selfTests: (result.evaluation?.selfTests ?? []).map((test) => ({
      name: describeSelfTest(test),
      passed: test.passed,
    })),
    notes: [...result.notes],
    counts,
    aliases: Object.fromEntries(gateContext.snapshot.aliases),
    runUrl: decision.runUrl,
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

/** Writes the report into a new folder, since a job may evaluate several models. @returns its path */
export function writeReport(report: string, temp: string): string {
  const path = join(mkdtempSync(join(temp, 'gatekeeper-')), 'report.json')
  writeFileSync(path, report)
  return path
}

function metricTexts(run: Run | undefined): Record<string, string> {
  return Object.fromEntries([...(run?.metrics ?? [])].map(([key, value]) => [key, String(value)]))
}
