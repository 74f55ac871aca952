import { UserError } from '../../src/domain/failure.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Champion, Verdict } from '../../src/domain/verdict.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { Evidence } from './evidence.ts'
import { policyHash } from './policy.ts'
import { type Report, summary, writeReport } from './report.ts'

interface Decided {
  policy: Policy
  evidence: Evidence
  verdict: Verdict & { forced?: string }
  version: string | undefined
  judgedAt: string
}

/**
 * What the ledger keeps of a verdict. A value that was not there is said to be missing, so that none of an older
 * verdict stays.
 */
export function ledgerTags(decided: Omit<Decided, 'version'> & { runUrl: string }): Tags {
  const { verdict, policy, evidence, judgedAt, runUrl } = decided
  const tags = {
    [ledger.verdict]: verdict.verdict,
    [ledger.reason]: verdict.reason,
    [ledger.judgedAt]: judgedAt,
    [ledger.policyHash]: policyHash(policy),
    [ledger.artifactDigest]: evidence.model.digest,
    [ledger.candidateValue]: text(evidence.candidate.value) ?? 'missing',
    [ledger.championValue]: text(championValue(evidence.champion)) ?? 'missing',
    [ledger.championVersion]: championVersion(evidence.champion) ?? 'unclear',
    [ledger.forced]: verdict.forced,
    [ledger.runUrl]: runUrl,
  }
  const known = Object.entries(tags).flatMap(([key, value]) => (value ? [[key, value] as const] : []))
  return Object.fromEntries(known)
}

/** Outputs, report and job page of a decision; red only where the user asked for that. */
export function conclude(
  inputs: Inputs<typeof contract>,
  context: Context,
  decided: Decided,
): Outcome<typeof contract> {
  const { verdict, evidence, version, policy } = decided
  const report: Report = {
    ...decided,
    model: inputs['model-name'],
    mode: inputs.mode,
    policyHash: policyHash(policy),
    runUrl: context.run.url,
  }
  const goes = verdict.verdict === 'promote' && inputs.mode === 'enforce'
  const outputs = {
    verdict: verdict.verdict,
    promote: goes ? ('true' as const) : ('false' as const),
    'model-version': version ?? '',
    'champion-version': championVersion(evidence.champion) ?? '',
    'candidate-value': text(evidence.candidate.value) ?? '',
    'champion-value': text(championValue(evidence.champion)) ?? '',
    reason: verdict.reason,
    report: writeReport(report, context.temp),
  }
  context.log.info(`${verdict.verdict}: ${verdict.reason}`)
  if (verdict.verdict === 'promote' || inputs['on-reject'] === 'skip')
    return { outputs, summary: summary(report) }
  const failure = new UserError(
    `The gate says ${verdict.verdict}: ${verdict.reason}. The step is red because on-reject is fail.`,
  )
  return { outputs, summary: summary(report), failure }
}

function championVersion(champion: Champion): string | undefined {
  if (champion.kind === 'none') return 'none'
  return champion.kind === 'version' ? champion.number : undefined
}

function championValue(champion: Champion): number | undefined {
  return champion.kind === 'version' ? champion.value : undefined
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}
