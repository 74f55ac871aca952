import { oneLine } from './one-line.ts'
import { busyWith } from './reconcile-busy.ts'
import { FINDING_KINDS, type Finding, type Reading, type Weight } from './reconcile-reading.ts'
import { registryFindings } from './reconcile-registry.ts'
import { releaseFindings } from './reconcile-release.ts'
import { untoldFindings } from './reconcile-untold.ts'

export interface Judgement {
  consistent: 'true' | 'false' | 'unknown'
  /** The gravest first. */
  findings: readonly Finding[]
}

/**
 * Whether registry, release and pods agree, and who does not. While someone is at work they rightly differ, so nothing
 * else is said then; and what cannot be seen never counts as agreement.
 */
export function judge(reading: Reading): Judgement {
  const findings = [
    ...busyWith(reading),
    ...releaseFindings(reading),
    ...untoldFindings(reading),
    ...registryFindings(reading),
  ]
    .map((finding): Finding => ({ ...finding, said: oneLine(finding.said) }))
    .sort((one, other) => FINDING_KINDS.indexOf(one.kind) - FINDING_KINDS.indexOf(other.kind))
  const of = (weight: Weight) => findings.filter((finding) => finding.weight === weight)
  const busy = of('busy')
  if (busy.length > 0) return { consistent: 'unknown', findings: busy }
  if (of('wrong').length > 0) return { consistent: 'false', findings }
  return { consistent: of('unknown').length > 0 ? 'unknown' : 'true', findings }
}

/** The gravest disagreement, or what keeps it from being seen; empty where registry, release and pods agree. */
export function firstOf({ consistent, findings }: Judgement): string {
  return consistent === 'true' ? '' : (findings.find(({ weight }) => weight !== 'note')?.said ?? '')
}
