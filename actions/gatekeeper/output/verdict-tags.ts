import { formatValue } from '../../../src/domain/core/metric-value.ts'
import { oneLine } from '../../../src/domain/core/text.ts'
import {
  addEvaluation,
  countEvaluations,
  type EvaluationCounts,
  type EvaluationRecord,
  parseEvaluationHistory,
} from '../../../src/domain/gate/evaluation/evaluation-history.ts'
import { type Tags, versionTags } from '../../../src/domain/registry/version-tags.ts'
import type { EvaluationResult } from '../evaluation/evaluate.ts'
import type { GateContext } from '../inputs/load-context.ts'
import type { WordedVerdict } from '../messages/verdict.ts'
import { candidateValue, championValue, championVersion, type Decision } from './report.ts'

/** Builds the tags that record a verdict. Missing values are written as such, so that no value of an earlier verdict stays. */
export function buildVerdictTags(decision: Decision): Tags {
  const { verdict, gateContext, result } = decision
  const change = result.evaluation?.checks.find(({ kind }) => kind === 'primary')?.change
  const tags = {
    [versionTags.verdict]: verdict.verdict,
    [versionTags.reason]: verdict.reason,
    [versionTags.judgedAt]: decision.judgedAt,
    [versionTags.policyHash]: decision.policyHash,
    [versionTags.artifactDigest]: gateContext.candidateModel.digest,
    [versionTags.candidateValue]: String(candidateValue(decision) ?? 'missing'),
    [versionTags.championValue]: String(championValue(decision) ?? 'missing'),
    [versionTags.championVersion]: championVersion(decision) ?? 'unclear',
    [versionTags.evaluationBasis]: result.evaluation?.evaluationBasis ?? 'none',
    [versionTags.holdout]: result.holdout?.digest ?? 'none',
    [versionTags.effect]: change
      ? `${formatValue(change.estimate)} (${formatValue(change.low)} to ${formatValue(change.high)})`
      : 'none',
    [versionTags.forced]: verdict.forced,
    [versionTags.runUrl]: decision.runUrl,
  }
  return Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => (value ? [[key, value] as const] : [])),
  )
}

/**
 * Adds this evaluation to the champion's history: the rejections in the champion's tag, and the versions that were
 * promoted over it.
 * @returns the rejections to record (empty if none changes), and the counts over all evaluations
 */
export function updateEvaluationHistory(
  { snapshot: { champion, versions }, run, candidateVersions }: GateContext,
  { holdout, evaluation }: EvaluationResult,
  { verdict }: WordedVerdict,
  judgedAt: string,
): { rejected: readonly EvaluationRecord[]; counts: EvaluationCounts } {
  const current = {
    candidate: run?.id ?? `version ${candidateVersions[0]?.number}`,
    verdict,
    holdout: shortenDigest(holdout?.digest),
    at: judgedAt,
  }
  if (champion.kind !== 'version') return { rejected: [], counts: countEvaluations([], current.holdout) }
  const { number, tags } = champion.version
  const recorded = parseEvaluationHistory(tags[versionTags.evaluationHistory])
  const promoted = versions.flatMap(({ runId: candidate, tags }): EvaluationRecord[] => {
    if (tags[versionTags.verdict] !== 'promote' || tags[versionTags.championVersion] !== number) return []
    const { [versionTags.judgedAt]: at = '', [versionTags.holdout]: digest } = tags
    if (candidate === current.candidate || Number.isNaN(Date.parse(at))) return []
    const holdout = shortenDigest(digest === 'none' ? undefined : digest)
    return [{ candidate, verdict: 'promote', holdout, at }]
  })
  // A candidate that could not be evaluated, such as one whose run is still active, is not a rejection.
  if (verdict === 'inconclusive' && evaluation === undefined)
    return { rejected: [], counts: countEvaluations([...recorded, ...promoted], current.holdout) }
  const others = recorded.filter((record) => !promoted.some((each) => each.candidate === record.candidate))
  return {
    rejected: verdict === 'promote' ? recorded : addEvaluation(recorded, current),
    counts: countEvaluations(addEvaluation([...others, ...promoted], current), current.holdout),
  }
}

/** Finds the recorded verdict of a candidate that is already the champion. A quarantined champion is evaluated again. */
export function findExistingVerdict({
  snapshot: { champion },
  candidateVersions,
  candidate,
}: GateContext): { verdict: WordedVerdict; version: string; judgedAt: string } | undefined {
  if (champion.kind !== 'version' || candidate.quarantineReason !== undefined) return undefined
  const { number, tags } = champion.version
  if (!candidateVersions.some((version) => version.number === number)) return undefined
  const { [versionTags.verdict]: recorded, [versionTags.forced]: forced } = tags
  const isRecorded = recorded === 'promote' || recorded === 'reject'
  const text = isRecorded
    ? `. Its recorded verdict: ${oneLine(tags[versionTags.reason] ?? 'no reason given')}`
    : ', without a recorded verdict'
  return {
    verdict: {
      verdict: isRecorded ? recorded : 'inconclusive',
      reason: `version ${number} is already the champion${text}`,
      final: true,
      ...(forced && { forced: oneLine(forced) }),
    },
    version: number,
    judgedAt: tags[versionTags.judgedAt] ?? '',
  }
}

function shortenDigest(digest: string | undefined): string {
  return digest?.slice(0, 16) ?? ''
}
