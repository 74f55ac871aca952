import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Release, RolloutWatcher } from '../../adapters/kubernetes/release/release.ts'
import { withTimeout } from '../../adapters/kubernetes/rollout/evidence.ts'
import { errorMessage } from '../../domain/core/errors.ts'
import { formatEvidenceName } from '../../domain/release/environment-id.ts'
import {
  addEventDetails,
  addFaultSource,
  type Evidence,
  redactEvidence,
} from '../../domain/rollout/evidence.ts'
import type { LogDisclosure } from '../../domain/rollout/redaction.ts'
import { isRolloutComplete } from '../../domain/rollout/workload-status.ts'
import { renderEvidence } from './report.ts'

/** What was seen of the pods; without a diagnosis, they are ready. */
type Inspection = Partial<Pick<Evidence, 'diagnosis' | 'observation'>>

/** Evidence, the folder of its files, and the name of that folder; both empty where they could not be written. */
export interface SavedEvidence {
  evidence: Evidence
  folder: string
  name: string
}

export interface EvidenceInputs {
  environment?: string | undefined
  namespace: string
  'model-name': string
  'evidence-logs': LogDisclosure
}

/** Milliseconds. The rollback waits for the evidence. */
const EVIDENCE_READ_TIMEOUT_MS = 20_000

/** Observes the newest pods once. If they cannot be observed, the evidence lacks them. */
export async function inspectWorkload(
  release: RolloutWatcher,
  version: string | undefined,
): Promise<Inspection> {
  const result = await release.watch(version, 0).catch(() => undefined)
  const observation = result?.observation
  const isFailed = result?.kind === 'failed' && observation && !isRolloutComplete(observation)
  return { diagnosis: isFailed ? result.diagnosis : undefined, observation }
}

/**
 * Saves the evidence about a version, and returns it. Never throws, so that no gap stops the rollback.
 * @param timeoutMs for each read
 */
export async function saveEvidence(
  release: Release,
  inputs: EvidenceInputs,
  { version, diagnosis, observation }: Inspection & { version: string },
  temp: string,
  timeoutMs = EVIDENCE_READ_TIMEOUT_MS,
): Promise<SavedEvidence> {
  const { namespace, 'model-name': model, 'evidence-logs': logs } = inputs
  const at = new Date().toISOString()
  const gaps: string[] = []
  const orGap = <T>(what: string, read: Promise<T>) =>
    withTimeout(read, timeoutMs).catch((error: unknown) => {
      gaps.push(`${what}: ${errorMessage(error)}`)
      return undefined
    })
  const [history, found] = await Promise.all([
    orGap('Helm history', release.history()),
    orGap('logs and events of the pods', release.collectLogsAndEvents(observation)),
  ])
  const revision = history?.at(-1)?.revision
  const raw: Evidence = {
    at,
    release: release.name,
    namespace,
    revision,
    model,
    version,
    diagnosis:
      diagnosis && addFaultSource(addEventDetails(diagnosis, found?.events), observation, found?.logs ?? []),
    observation,
    // They are read in any case, to find out whose fault it was.
    logs: logs === 'off' ? [] : (found?.logs ?? []),
    events: found?.events ?? [],
    gaps: [...gaps, ...(found?.gaps ?? [])],
  }
  const evidence = logs === 'full' ? raw : redactEvidence(raw)
  const { environment } = inputs
  const name = formatEvidenceName({ environment, namespace, release: release.name }, version, revision ?? 0)
  const folder = join(temp, name)
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'evidence.json'), `${JSON.stringify(evidence, null, 2)}\n`)
    writeFileSync(join(folder, 'evidence.md'), renderEvidence(evidence))
    return { evidence, folder, name }
  } catch (error) {
    const gap = `the files of the evidence could not be written: ${errorMessage(error)}`
    return { evidence: { ...evidence, gaps: [...evidence.gaps, gap] }, folder: '', name: '' }
  }
}
