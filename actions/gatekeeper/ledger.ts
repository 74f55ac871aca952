import { count, type Judgement, readJudgements, withJudgement } from '../../src/domain/gate/judgements.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { figure } from '../../src/domain/metric-value.ts'
import type { Verdict } from '../../src/domain/verdict.ts'
import { candidateValue, championValue, championVersion, type Decision } from './decision.ts'
import type { Seen } from './seen.ts'
import type { Tried } from './trying.ts'

/**
 * What the ledger keeps of a verdict. A value that was not there is said to be missing, so that none of an older
 * verdict stays.
 */
export function ledgerTags(decision: Decision): Tags {
  const { verdict, seen, tried } = decision
  const change = tried.trial?.checks.find(({ kind }) => kind === 'primary')?.change
  const tags = {
    [ledger.verdict]: verdict.verdict,
    [ledger.reason]: verdict.reason,
    [ledger.judgedAt]: decision.judgedAt,
    [ledger.policyHash]: decision.policyHash,
    [ledger.artifactDigest]: seen.model.digest,
    [ledger.candidateValue]: text(candidateValue(decision)) ?? 'missing',
    [ledger.championValue]: text(championValue(decision)) ?? 'missing',
    [ledger.championVersion]: championVersion(decision) ?? 'unclear',
    [ledger.judgedOn]: tried.trial?.judgedOn ?? 'nothing',
    [ledger.holdout]: tried.holdout ?? 'none',
    [ledger.change]: change
      ? `${figure(change.estimate)} (${figure(change.low)} to ${figure(change.high)})`
      : 'none',
    [ledger.forced]: verdict.forced,
    [ledger.runUrl]: decision.runUrl,
  }
  const known = Object.entries(tags).flatMap(([key, value]) => (value ? [[key, value] as const] : []))
  return Object.fromEntries(known)
}

/**
 * Everyone who was judged against the champion, this candidate among them: those whom the champion's own tag names, and
 * the versions that were promoted over it.
 */
export function judgementsWith(
  seen: Seen,
  { holdout, trial }: Pick<Tried, 'holdout' | 'trial'>,
  { verdict }: Verdict,
  judgedAt: string,
): { refused: readonly Judgement[]; all: readonly Judgement[] } {
  if (seen.current.kind !== 'version') return { refused: [], all: [] }
  const { number, tags } = seen.current.version
  const candidate = seen.run?.id ?? `version ${seen.own[0]?.number}`
  const one = { candidate, verdict, holdout: short(holdout), at: judgedAt }
  const before = readJudgements(tags[ledger.judgements])
  const passed = seen.versions.flatMap((version): Judgement[] => {
    const { tags } = version
    const against = tags[ledger.verdict] === 'promote' && tags[ledger.championVersion] === number
    if (!against || version.runId === candidate) return []
    const at = tags[ledger.judgedAt] ?? ''
    const by = short(tags[ledger.holdout] === 'none' ? undefined : tags[ledger.holdout])
    return Number.isNaN(Date.parse(at))
      ? []
      : [{ candidate: version.runId, verdict: 'promote', holdout: by, at }]
  })
  // Something that was not fit to be judged yet, as a run that goes on, is no candidate that was refused.
  if (verdict === 'inconclusive' && trial === undefined) return { refused: [], all: [...before, ...passed] }
  const others = before.filter((each) => !passed.some((pass) => pass.candidate === each.candidate))
  const refused = verdict === 'promote' ? before : withJudgement(before, one)
  return { refused, all: withJudgement([...others, ...passed], one) }
}

/** What all of them add up to. */
export function countOf(all: readonly Judgement[], { holdout }: Pick<Tried, 'holdout'>) {
  return count(all, short(holdout))
}

function short(digest: string | undefined): string {
  return digest?.slice(0, 16) ?? ''
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}
