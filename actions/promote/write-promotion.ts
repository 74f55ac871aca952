import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { findVersionQuarantineMatches } from '../../src/adapters/mlflow/registry/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { oneLine } from '../../src/domain/core/text.ts'
import { isRecordedChampion } from '../../src/domain/registry/champion-history.ts'
import { choosePrevious } from '../../src/domain/registry/demotion.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { buildReleaseTags } from '../../src/release/registry/champion-release.ts'
import {
  type ModelSnapshot,
  readModelSnapshot,
  requireVersion,
} from '../../src/release/registry/model-snapshot.ts'
import { setChampion } from '../../src/release/registry/set-champion.ts'
import type { WorkflowRun } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

type PromoteInputs = Inputs<typeof contract>

/** The registry before the promotion. */
export interface PromotionSnapshot extends ModelSnapshot {
  /** The version to promote. */
  version: ModelVersion
  /** Quarantined versions with the same files, this one included. */
  quarantined: readonly ModelVersion[]
}

/** @throws UserError if MLflow has no such model or version */
export async function readPromotionSnapshot(
  mlflow: Mlflow,
  inputs: PromoteInputs,
  number: string,
): Promise<PromotionSnapshot> {
  const snapshot = await readModelSnapshot(mlflow, inputs)
  const version = requireVersion(snapshot, number, inputs['model-version'] && 'model-version')
  const quarantined = await findVersionQuarantineMatches(mlflow, version, snapshot.versions)
  return { ...snapshot, version, quarantined }
}

/** Who promotes, when, and on what evidence. */
export interface AuditContext {
  run: WorkflowRun
  /** ISO 8601, UTC. */
  now: string
  proof: string
}

/**
 * With `clear-quarantine`, clears every version with these files and records who cleared it, why, and the old reason.
 * @returns the registry afterwards
 */
export async function clearQuarantine(
  mlflow: Mlflow,
  inputs: PromoteInputs,
  snapshot: PromotionSnapshot,
  { run, now }: Omit<AuditContext, 'proof'>,
): Promise<PromotionSnapshot> {
  const reason = inputs['clear-quarantine']
  const { quarantined, version } = snapshot
  if (reason === undefined || quarantined.length === 0) return snapshot
  await Promise.all(
    quarantined.map(async ({ model, number, tags }) => {
      const note = `${now} by ${run.actor || 'unknown'}: ${oneLine(reason)} (it was: ${tags[versionTags.quarantined]})`
      // The quarantine tag goes last, so that a killed job leaves the quarantine in place.
      await mlflow.setVersionTags(model, number, { [versionTags.quarantineCleared]: note })
      await mlflow.deleteVersionTag(model, number, versionTags.quarantinedAt)
      await mlflow.deleteVersionTag(model, number, versionTags.quarantined)
    }),
  )
  return readPromotionSnapshot(mlflow, inputs, version.number)
}

export interface PromotionResult {
  /** The previous champion, or `none`. */
  previous: string
  /** Whether the alias moved. */
  changed: boolean
}

/**
 * Makes a version the champion and the old champion the previous one. Writes nothing if both are recorded already; where
 * the alias was set manually, or the champion moves to this release (`first-install`), writes the tags.
 */
export async function applyPromotion(
  mlflow: Mlflow,
  inputs: PromoteInputs,
  { version: { number }, version, versions, champion, aliases }: PromotionSnapshot,
  audit: AuditContext,
): Promise<PromotionResult> {
  const names = { champion: inputs['champion-alias'], previous: inputs['previous-alias'] }
  const previous = aliases.get(names.previous)
  const isAliasSet = aliases.get(names.champion) === number
  const releaseTags = buildReleaseTags(inputs)
  const isMoved = Object.entries(releaseTags).some(([tag, id]) => version.tags[tag] !== id)
  const isRecorded = isRecordedChampion(version, versions) && !(inputs['first-install'] && isMoved)
  if (isAliasSet && isRecorded) return { previous: previous ?? 'none', changed: false }

  const replaced = champion.kind === 'version' && !isAliasSet ? champion.version.number : undefined
  const tags = {
    ...buildPromotionTags(inputs, audit),
    ...releaseTags,
    // For an alias that was set manually, the replaced version is unknown.
    ...(isAliasSet ? {} : { [versionTags.promotedFrom]: replaced ?? 'none' }),
  }
  // Alias `previous` must not name the champion itself.
  const alternative =
    previous === number
      ? (choosePrevious(previous, { restored: number, badVersion: '' }, versions) ?? 'none')
      : undefined
  const after = await setChampion(mlflow, {
    model: inputs['model-name'],
    names,
    version: number,
    tags,
    previous: replaced === undefined || replaced === number ? alternative : replaced,
    isAliasSet,
  })
  return { previous: after.get(names.previous) ?? 'none', changed: !isAliasSet }
}

function buildPromotionTags(inputs: PromoteInputs, { run, now, proof }: AuditContext): Tags {
  const by = run.actor || 'unknown'
  return {
    [versionTags.promotedAt]: now,
    [versionTags.promotedBy]: by,
    [versionTags.proof]: proof,
    ...(run.url ? { [versionTags.runUrl]: run.url } : {}),
    ...(inputs.adopt ? { [versionTags.adopted]: `${now} by ${by}` } : {}),
  }
}
