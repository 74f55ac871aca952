import { undefinedIfNotListable } from '../../src/adapters/mlflow/http/faults.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { checkLoadability } from '../../src/adapters/mlflow/registry/loadability.ts'
import { findVersionQuarantineMatches } from '../../src/adapters/mlflow/registry/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { oneLine } from '../../src/domain/core/text.ts'
import { isRecordedChampion } from '../../src/domain/registry/champion-history.ts'
import { isPromotedFor } from '../../src/domain/registry/champion-release.ts'
import { buildDemotionTags, choosePrevious } from '../../src/domain/registry/demotion.ts'
import { championReleaseTag, type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { buildReleaseTags, readReleasePlace } from '../../src/release/registry/champion-release.ts'
import {
  type ModelSnapshot,
  readModelSnapshot,
  requireVersion,
} from '../../src/release/registry/model-snapshot.ts'
import { confirmChampion } from '../../src/release/registry/set-champion.ts'
import type { WorkflowRun } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

type DemoteInputs = Inputs<typeof contract>

export interface DemotionSnapshot extends ModelSnapshot {
  badVersion: ModelVersion
  restoredVersion: ModelVersion
}

/** @throws UserError if the model or a version is missing or, with `proof: none`, the restored version cannot serve */
export async function readDemotionSnapshot(
  mlflow: Mlflow,
  inputs: DemoteInputs,
  servingVersion: string,
): Promise<DemotionSnapshot> {
  const snapshot = await readModelSnapshot(mlflow, inputs)
  const badVersion = requireVersion(snapshot, inputs['model-version'], 'model-version')
  const input = inputs['restored-version'] && 'restored-version'
  const restoredVersion = requireVersion(snapshot, servingVersion, input)
  if (inputs.proof === 'none') await assertCanServe(mlflow, restoredVersion, snapshot.versions)
  return { ...snapshot, badVersion, restoredVersion }
}

async function assertCanServe(mlflow: Mlflow, version: ModelVersion, versions: readonly ModelVersion[]) {
  const fail = (reason: string) =>
    new UserError(`Input restored-version: version ${version.number} ${reason}; name one that can serve.`)
  const loadability = await checkLoadability(mlflow, version)
  if (loadability.kind !== 'loadable') throw fail(loadability.reason)
  const [quarantined] = await findVersionQuarantineMatches(mlflow, version, versions)
  if (quarantined) throw fail(`is in quarantine (${quarantined.tags[versionTags.quarantined]})`)
}

/** Who demotes, when, and on what evidence. */
export interface AuditContext {
  run: WorkflowRun
  /** ISO 8601, UTC. */
  now: string
  proof: string
}

export interface DemotionResult {
  /** The version that alias `previous` names, or `none`. */
  previous: string
  quarantined: boolean
  changed: boolean
}

/**
 * Writes the quarantine of the bad version first, since nothing else records it if this job dies. Then moves the champion
 * alias, marks the demotion as complete and corrects alias `previous`. Skips what is done already, so that a killed job is
 * simply re-run.
 */
export async function applyDemotion(
  mlflow: Mlflow,
  inputs: DemoteInputs,
  snapshot: DemotionSnapshot,
  { run, now, proof }: AuditContext,
): Promise<DemotionResult> {
  const { 'model-name': model, 'champion-alias': alias, 'previous-alias': previousAlias, quarantine } = inputs
  const { badVersion: bad, restoredVersion: restored, aliases } = snapshot
  let changed = false
  const write = async (writing: Promise<void>) => {
    await writing
    changed = true
  }
  const by = run.actor || 'unknown'
  const isDigestMissing = quarantine && !bad.tags[versionTags.artifactDigest]
  const { details, completion } = buildDemotionTags({
    badVersion: bad,
    restored: restored.number,
    reason: oneLine(inputs.reason),
    by,
    run: run.url,
    at: now,
    quarantine,
    digest: isDigestMissing ? await undefinedIfNotListable(mlflow.computeVersionDigest(bad)) : undefined,
    isChampion: aliases.get(alias) === bad.number,
  })
  if (details) await write(mlflow.setVersionTags(model, bad.number, details))
  if (aliases.get(alias) !== restored.number) await write(mlflow.setAlias(model, alias, restored.number))
  if (completion) await write(mlflow.setVersionTags(model, bad.number, completion))

  const versions = await mlflow.listVersions(model)
  const { promotedBy, promotedAt, proof: proofTag } = versionTags
  const tags = {
    ...(isRecordedChampion(restored, versions)
      ? {}
      : { [promotedBy]: by, [promotedAt]: now, [proofTag]: proof }),
    ...buildMissingReleaseTags(inputs, restored),
  }
  if (Object.keys(tags).length > 0) await write(mlflow.setVersionTags(model, restored.number, tags))
  const before = aliases.get(previousAlias)
  const after = choosePrevious(before, { restored: restored.number, badVersion: bad.number }, versions)
  if (after !== undefined && after !== before) await write(mlflow.setAlias(model, previousAlias, after))
  if (after === undefined && before !== undefined) await write(mlflow.deleteAlias(model, previousAlias))

  await confirmChampion(mlflow, { model, alias, version: restored.number, activity: 'restoring' })
  const quarantined = versions.find(({ number }) => number === bad.number)?.tags[versionTags.quarantined]
  return { previous: after ?? 'none', quarantined: Boolean(quarantined), changed }
}

/** The release that serves the restored version; none if its tags name it already. */
function buildMissingReleaseTags(inputs: DemoteInputs, { tags }: ModelVersion): Tags {
  const place = readReleasePlace(inputs)
  const recorded = { release: tags[championReleaseTag(inputs['champion-alias'])] }
  return place && isPromotedFor(recorded, place) ? {} : buildReleaseTags(inputs)
}
