import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inTime } from '../../src/adapters/kubernetes/in-time.ts'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { type Observation, settled } from '../../src/domain/rollout.ts'
import { type Evidence, explained, redacted } from '../../src/domain/rollout-evidence.ts'
import type { Diagnosis } from '../../src/domain/rollout-failure.ts'
import type { PodWords } from '../../src/domain/rollout-redaction.ts'
import { evidenceMarkdown } from './report.ts'
import { messageOf } from './rolling.ts'

export interface Suspect {
  namespace: string
  model: string
  version: string
  /** Undefined where its pods are up. */
  diagnosis: Diagnosis | undefined
  observation: Observation | undefined
  logs: PodWords
}

/** One look at the newest pods; that they cannot be looked at is a gap in the evidence, no reason to keep them. */
export async function lookAt(
  release: Release,
  version: string | undefined,
): Promise<Pick<Suspect, 'diagnosis' | 'observation'>> {
  const look = await release.watch(version, 0).catch(() => undefined)
  const observation = look?.observation
  const isDown = look?.kind === 'failed' && observation && !settled(observation)
  return { diagnosis: isDown ? look.diagnosis : undefined, observation }
}

/**
 * Saves what can be seen of a version, before anything is taken back. Gives it, and the folder of its files. Never
 * throws: what cannot be read or written is a gap, and no gap may keep a bad version where it is.
 * @param longest milliseconds for what is read
 */
export async function saveEvidence(
  release: Release,
  { namespace, model, version, diagnosis, observation, logs }: Suspect,
  temp: string,
  longest = LONGEST,
): Promise<{ evidence: Evidence; folder: string }> {
  const at = new Date().toISOString()
  const gaps: string[] = []
  const orGap = <T>(what: string, read: Promise<T>) =>
    inTime(read, longest).catch((error: unknown) => {
      gaps.push(`${what}: ${messageOf(error)}`)
      return undefined
    })
  const [history, traces] = await Promise.all([
    orGap('Helm history', release.history()),
    orGap('logs and events of the pods', release.traces(observation, logs !== 'off')),
  ])
  const revision = history?.at(-1)?.revision
  const raw: Evidence = {
    at,
    release: release.name,
    namespace,
    revision,
    model,
    version,
    diagnosis: diagnosis && explained(diagnosis, traces?.events),
    observation,
    logs: traces?.logs ?? [],
    events: traces?.events ?? [],
    gaps: [...gaps, ...(traces?.gaps ?? [])],
  }
  const evidence = logs === 'full' ? raw : redacted(raw)
  const folder = join(temp, `rollout-evidence-${release.name}-${revision ?? 0}`)
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'evidence.json'), `${JSON.stringify(evidence, null, 2)}\n`)
    writeFileSync(join(folder, 'evidence.md'), evidenceMarkdown(evidence))
    return { evidence, folder }
  } catch (error) {
    const gap = `the files of the evidence could not be written: ${messageOf(error)}`
    return { evidence: { ...evidence, gaps: [...evidence.gaps, gap] }, folder: '' }
  }
}

/** Milliseconds for what the evidence is made of, at most: the way back has a time of its own, and somebody is waiting for it. */
const LONGEST = 20_000
