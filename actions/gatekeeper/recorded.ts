import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { oneLine } from '../../src/domain/one-line.ts'
import type { Verdict } from '../../src/domain/verdict.ts'
import type { Seen } from './seen.ts'

/**
 * The answer that was given before, where the candidate is the champion already. There is nothing left to decide,
 * unless it was put into quarantine since.
 */
export function recorded({
  current,
  own,
  candidate,
}: Seen): { verdict: Verdict & { forced?: string }; version: string; judgedAt: string } | undefined {
  if (current.kind !== 'version' || candidate.quarantined !== undefined) return undefined
  const { version } = current
  if (!own.some((one) => one.number === version.number)) return undefined
  const forced = version.tags[ledger.forced]
  return {
    verdict: {
      ...verdictIn(version),
      ...(forced && { forced: oneLine(forced) }),
    },
    version: version.number,
    judgedAt: version.tags[ledger.judgedAt] ?? '',
  }
}

function verdictIn({ number, tags }: ModelVersion): Verdict {
  const verdict = tags[ledger.verdict]
  if (verdict === 'promote' || verdict === 'reject')
    return {
      verdict,
      reason: `version ${number} is the champion already; its verdict then: ${oneLine(tags[ledger.reason] ?? 'no reason given')}`,
      final: true,
    }
  return {
    verdict: 'inconclusive',
    reason: `version ${number} is the champion already, and no verdict on it is recorded; there is nothing to decide`,
    final: true,
  }
}
