import { inTime } from '../../src/adapters/kubernetes/in-time.ts'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { lastWords } from '../../src/domain/rollout-evidence.ts'
import { sentenceOf } from '../../src/domain/rollout-failure.ts'
import type { Underway } from '../../src/domain/rollout-recovery.ts'
import { lookAt, saveEvidence } from '../helm-deploy/evidence.ts'
import { evidenceLines } from '../helm-deploy/report.ts'
import type { Claim } from './claim.ts'

/** Milliseconds for the look, and again for logs and events: in a post step there are minutes for all of it. */
const BRIEFLY = 5000

/**
 * Saves what can be seen of what another left half rolled out, before it is taken back, and shows it in the log: of a post
 * step nobody uploads files. Never throws.
 * @returns what was seen and where it is, as a sentence
 */
export async function seenBefore(
  release: Release,
  { namespace, version, blame }: Underway,
  { context, evidence: wanted }: Pick<Claim, 'context' | 'evidence'>,
): Promise<string> {
  const look = await inTime(lookAt(release, version || undefined), BRIEFLY).catch(() => undefined)
  const { model = blame?.model ?? '', logs = 'redacted' } = wanted ?? {}
  const suspect = {
    namespace,
    model,
    version,
    diagnosis: look?.diagnosis,
    observation: look?.observation,
    logs,
  }
  const { evidence, folder } = await saveEvidence(release, suspect, context.temp, BRIEFLY)
  context.log.group(`${release.name}: what was seen before it is taken back`, evidenceLines(evidence))
  const cause = evidence.diagnosis ? `: ${sentenceOf(evidence.diagnosis)}` : ''
  const words = lastWords(evidence)
  const last = words ? `; its last words: ${JSON.stringify(words.slice(0, 200))}` : ''
  return `What was seen of it before that is in ${folder || 'the log'}${cause}${last}.`
}
