import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import type { Observation } from '../../src/domain/rollout.ts'
import { type Evidence, redacted } from '../../src/domain/rollout-evidence.ts'
import type { Diagnosis } from '../../src/domain/rollout-failure.ts'
import { evidenceMarkdown } from './report.ts'

export interface Suspect {
  namespace: string
  model: string
  version: string
  /** Undefined where its pods are up. */
  diagnosis: Diagnosis | undefined
  observation: Observation | undefined
  logs: 'full' | 'redacted' | 'off'
}

/** Saves what can be seen of a version, before anything is taken back. Gives it, and the folder of its files. */
export async function saveEvidence(
  release: Release,
  { namespace, model, version, diagnosis, observation, logs }: Suspect,
  temp: string,
): Promise<{ evidence: Evidence; folder: string }> {
  const revision = (await release.history()).at(-1)?.revision
  const raw: Evidence = {
    at: new Date().toISOString(),
    release: release.name,
    namespace,
    revision,
    model,
    version,
    diagnosis,
    observation,
    ...(await release.traces(observation, logs !== 'off')),
  }
  const evidence = logs === 'full' ? raw : redacted(raw)
  const folder = join(temp, `rollout-evidence-${release.name}-${revision ?? 0}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'evidence.json'), `${JSON.stringify(evidence, null, 2)}\n`)
  writeFileSync(join(folder, 'evidence.md'), evidenceMarkdown(evidence))
  return { evidence, folder }
}
