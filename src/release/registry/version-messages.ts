import type { ChampionEvent } from '../../domain/registry/champion-history.ts'
import type { DemotionRecord } from '../../domain/registry/demotion.ts'
import type { Ineligibility } from '../../domain/registry/eligibility.ts'

export type VersionFault =
  | { reason: string }
  | { demotion: DemotionRecord }
  | { ineligibility: Ineligibility }

/** What keeps a version from serving, as the end of a sentence about it. */
export function describeFault(fault: VersionFault): string {
  if ('reason' in fault) return fault.reason
  if ('demotion' in fault)
    return `was demoted on ${fault.demotion.at}: ${fault.demotion.reason ?? 'no reason given'}`
  const why = fault.ineligibility
  if (why.kind === 'other-files') return 'has other files now than its version tags record'
  return why.kind === 'verdict' ? `has the verdict ${why.verdict}` : 'was never judged, promoted or adopted'
}

/** A promotion or a demotion, as a clause. */
export function describeChampionEvent(event: ChampionEvent): string {
  return event.kind === 'promotion'
    ? `version ${event.champion} was promoted on ${event.at}`
    : `version ${event.version} was demoted in favor of ${event.champion} on ${event.at}`
}
