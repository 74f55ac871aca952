import { orUnlisted } from '../../src/adapters/mlflow/failures.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { demotionTags, previousAfter } from '../../src/domain/demotion.ts'
import { UserError } from '../../src/domain/failure.ts'
import { isToldChampion } from '../../src/domain/last-word.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { oneLine } from '../../src/domain/one-line.ts'
import type { WorkflowRun } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { Registered } from './registry.ts'

/** Who demotes, when, and what was seen serving. */
export interface Occasion {
  run: WorkflowRun
  /** ISO 8601, UTC. */
  now: string
  proof: string
}

/** How it ended: what `previous` names, or "none". */
export interface Restoration {
  previous: string
  quarantined: boolean
  changed: boolean
}

/**
 * First the bad version is told about, since nothing else keeps its quarantine should this job die: that the alias still
 * names it is seen by everyone, and put right. Then the alias moves to what serves, so that there is a champion at every
 * moment; then it is written down that all of this is done; then `previous` is set right. Each is done only where it is
 * not true yet, so a job that was killed in between is simply run again.
 */
export async function restoreChampion(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  registered: Registered,
  occasion: Occasion,
): Promise<Restoration> {
  const { 'model-name': name, 'champion-alias': champion, 'previous-alias': previous } = inputs
  const { bad, restored, aliases } = registered
  let changed = false
  const write = async (writing: Promise<void>) => {
    await writing
    changed = true
  }
  const { told, done } = await tagsOf(mlflow, inputs, registered, occasion)
  if (told) await write(mlflow.setVersionTags(name, bad.number, told))
  if (aliases.get(champion) !== restored.number) await write(mlflow.setAlias(name, champion, restored.number))
  if (done) await write(mlflow.setVersionTags(name, bad.number, done))
  const versions = await mlflow.versions(name)
  // Nobody promoted what serves, or the last word is another: its ledger has to say since when it is champion.
  if (!isToldChampion(restored, versions)) {
    const { run, now, proof } = occasion
    const by = { [ledger.promotedBy]: run.actor || 'unknown', [ledger.promotedAt]: now }
    await write(mlflow.setVersionTags(name, restored.number, { ...by, [ledger.proof]: proof }))
  }
  const before = aliases.get(previous)
  const after = previousAfter(before, { restored: restored.number, bad: bad.number }, versions)
  if (after !== undefined && after !== before) await write(mlflow.setAlias(name, previous, after))
  if (after === undefined && before !== undefined) await write(mlflow.deleteAlias(name, previous))

  const now = (await mlflow.model(name))?.aliases
  if (now?.get(champion) !== restored.number)
    throw new UserError(
      `Another job made version ${now?.get(champion) ?? 'none'} the ${champion} while this one restored ${restored.number}, and its word stands. Let only one workflow write to ${name} at a time (a concurrency group), then run this again.`,
    )
  const quarantined = versions.find(({ number }) => number === bad.number)?.tags[ledger.quarantined]
  return { previous: after ?? 'none', quarantined: Boolean(quarantined), changed }
}

async function tagsOf(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  { bad, restored, aliases }: Registered,
  { run, now }: Occasion,
) {
  const { quarantine, reason } = inputs
  return demotionTags({
    bad,
    restored: restored.number,
    reason: oneLine(reason),
    by: run.actor || 'unknown',
    run: run.url,
    at: now,
    quarantine,
    digest: quarantine ? await missingDigest(mlflow, bad) : undefined,
    isChampion: aliases.get(inputs['champion-alias']) === bad.number,
  })
}

/** The digest by which the files are known again, where the ledger lacks it; undefined where the server does not list them. */
async function missingDigest(mlflow: Mlflow, bad: ModelVersion): Promise<string | undefined> {
  return bad.tags[ledger.artifactDigest] ? undefined : orUnlisted(mlflow.artifactDigest(bad))
}
