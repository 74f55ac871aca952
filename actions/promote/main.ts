import type { Release } from '../../src/adapters/kubernetes/release/release.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { oneLine } from '../../src/domain/core/text.ts'
import { championNumber } from '../../src/domain/registry/champion.ts'
import type { ChampionRelease } from '../../src/domain/registry/champion-release.ts'
import { championReleaseTag, versionTags } from '../../src/domain/registry/version-tags.ts'
import {
  formatEnvironmentId,
  parseEnvironmentId,
  type ReleasePlace,
} from '../../src/domain/release/environment-id.ts'
import { createPostStep } from '../../src/release/post-step.ts'
import {
  describeChampionRelease,
  readChampionRelease,
  readReleasePlace,
} from '../../src/release/registry/champion-release.ts'
import { type ReleaseAdapters, systemAdapters } from '../../src/release/registry/connect.ts'
import { type ServingProof, withServingProof } from '../../src/release/registry/serving-proof.ts'
import { mirrorStages } from '../../src/release/registry/set-champion.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, Outputs } from '../../src/runtime/contract.ts'
import { escapeMarkdown, formatTable } from '../../src/runtime/markdown.ts'
import { contract } from './contract.ts'
import {
  applyPromotion,
  clearQuarantine,
  type PromotionResult,
  type PromotionSnapshot,
  readPromotionSnapshot,
} from './write-promotion.ts'

type PromoteInputs = Inputs<typeof contract>

export const main = (
  inputs: PromoteInputs,
  context: Context,
  adapters: ReleaseAdapters = systemAdapters,
): Promise<Outcome<typeof contract>> => {
  const { 'model-version': version, adopt } = inputs
  return withServingProof(
    { action: 'promote', inputs, context, adapters, version, adopt },
    (proof, guard, release) =>
      promoteVersion(inputs, context, proof, {
        mlflow: guard(adapters.mlflow(inputs, context)),
        now: adapters.now().toISOString(),
        release,
      }),
  )
}

async function promoteVersion(
  inputs: PromoteInputs,
  context: Context,
  proof: ServingProof,
  { mlflow, now, release }: { mlflow: Mlflow; now: string; release: Release | undefined },
): Promise<Outcome<typeof contract>> {
  const number = inputs['model-version'] ?? proof.version
  if (number === undefined) throw new UserError(notServingMessage(proof.reason ?? 'no version is live'))
  const { run } = context
  const before = await readPromotionSnapshot(mlflow, inputs, number)
  const snapshot = await clearQuarantine(mlflow, inputs, before, { run, now })
  if (proof.reason !== undefined) return finishNotServing(inputs, snapshot, proof.reason)
  const refusal =
    (await findRefusal(mlflow, inputs, snapshot)) ??
    (release && (await findOtherRelease(release, inputs, snapshot)))
  if (refusal) return { outputs: unchangedOutputs(inputs, snapshot), failure: new UserError(refusal) }

  const { description } = proof
  const result = await applyPromotion(mlflow, inputs, snapshot, { run, now, proof: description })
  context.log.info(
    `version ${number} ${result.changed ? 'is now the champion' : 'is already the champion'} (proof: ${description})`,
  )
  const { 'model-name': model, 'champion-alias': alias } = inputs
  const stagesWarning = inputs['mirror-stages']
    ? await mirrorStages(mlflow, { model, alias, retired: [result.previous] })
    : undefined
  if (stagesWarning !== undefined) context.log.warning(stagesWarning)
  return finish(inputs, snapshot.version, { ...result, proof: description, stagesWarning, now })
}

/** Why the version may not become champion: quarantine, then another champion than expected, then no verdict. */
async function findRefusal(
  mlflow: Mlflow,
  inputs: PromoteInputs,
  { version, quarantined: [quarantined], champion }: PromotionSnapshot,
): Promise<string | undefined> {
  const { number, tags } = version
  if (quarantined) {
    const same = quarantined.number === number ? '' : ` (the same files as version ${quarantined.number})`
    return `Version ${number}${same} is in quarantine: ${quarantined.tags[versionTags.quarantined]}. To clear it, give clear-quarantine a reason.`
  }
  const expected = inputs['expected-champion']
  const found = champion.kind === 'version' ? champion.version.number : champion.kind
  if (expected !== undefined && found !== expected && found !== number) {
    const why = champion.kind === 'unclear' ? ` (${champion.reason})` : ''
    return `Input expected-champion: version ${number} was evaluated against ${expected}, but the champion is now ${found}${why}. Nothing was written; run gatekeeper again.`
  }
  // With a release, helm-deploy has checked the verdict.
  if (inputs.proof === 'cluster' || inputs.adopt) return undefined
  const verdict = tags[versionTags.verdict]
  if (verdict !== 'promote')
    return `Version ${number} has ${verdict ? `the verdict ${verdict}` : 'no verdict'}, which proof: none requires. Run gatekeeper, or record the version with adopt: true.`
  const isJudged = tags[versionTags.artifactDigest] === (await mlflow.computeVersionDigest(version))
  return isJudged
    ? undefined
    : `The files of version ${number} differ from those that its verdict is about. Run gatekeeper again.`
}

/** Why the alias may not move: another release serves the champion, which would no longer be what users get. */
async function findOtherRelease(
  release: Release,
  inputs: PromoteInputs,
  { version, champion }: PromotionSnapshot,
): Promise<string | undefined> {
  const place = readReleasePlace(inputs)
  if (!place || inputs['first-install'] || champion.kind !== 'version') return undefined
  const { number } = champion.version
  if (number === version.number) return undefined
  const { 'model-name': model, 'champion-alias': alias } = inputs
  const found = await readChampionRelease(release, place, { model, alias }, champion.version)
  if (!found) return undefined
  const recorded = champion.version.tags[championReleaseTag(alias)]
  return `Input release: version ${version.number} serves in release ${formatEnvironmentId(place)}, but version ${number} is champion, and ${describeChampionRelease(found)}. Nothing was written. ${adviseOnOtherRelease(found, place, recorded === undefined ? championReleaseTag(alias) : undefined)}`
}

/** @param missingTag the tag that would tell which release serves the champion, if it has none */
function adviseOnOtherRelease(
  found: ChampionRelease,
  { release, namespace }: ReleasePlace,
  missingTag: string | undefined,
): string {
  if (found.kind === 'in-namespace') {
    const unknown =
      missingTag === undefined
        ? ''
        : ` Set it as well if ${release} served the champion before, which has no tag ${missingTag} to say so.`
    return `If ${release} replaces it, uninstall ${found.release} or set first-install to true once.${unknown}`
  }
  const place = parseEnvironmentId(found.id)
  const isRenamed = place?.release === release && place.namespace === namespace
  const cause = isRenamed
    ? 'If only the input environment was renamed, or this release replaces it'
    : 'If this release replaces it'
  return `${cause}, set first-install to true once; if both serve, give each its own champion-alias.`
}

function notServingMessage(reason: string): string {
  return `Nothing was promoted: ${reason}. Deploy the version with helm-deploy first, or run reconcile to see what is wrong.`
}

/** A version that does not serve fails the step, unless the step cleared its quarantine: that precedes any deployment. */
function finishNotServing(
  inputs: PromoteInputs,
  snapshot: PromotionSnapshot,
  reason: string,
): Outcome<typeof contract> {
  const { number, tags } = snapshot.version
  const cleared = tags[versionTags.quarantineCleared]
  const outputs = unchangedOutputs(inputs, snapshot)
  if (inputs['clear-quarantine'] === undefined || !cleared)
    return { outputs, failure: new UserError(notServingMessage(reason)) }
  const paragraphs = [
    `### ${escapeMarkdown(inputs['model-name'])}: quarantine of version ${number} cleared`,
    escapeMarkdown(cleared, 1000),
    `The version was not promoted: ${escapeMarkdown(reason)}. Deploy it, then promote it.`,
  ]
  return { outputs, summary: paragraphs.join('\n\n') }
}

/** The champion as it is. */
function unchangedOutputs(
  inputs: PromoteInputs,
  { champion, aliases }: PromotionSnapshot,
): Outputs<typeof contract> {
  return {
    'champion-version': championNumber(champion),
    'previous-version': aliases.get(inputs['previous-alias']) ?? 'none',
    changed: 'false',
  }
}

function finish(
  inputs: PromoteInputs,
  version: ModelVersion,
  result: PromotionResult & { proof: string; stagesWarning: string | undefined; now: string },
): Outcome<typeof contract> {
  const { number } = version
  const { previous, changed, proof, stagesWarning, now } = result
  const rows = [
    [inputs['champion-alias'], number],
    [inputs['previous-alias'], previous],
    ['proof', proof],
    ...(inputs['mirror-stages'] ? [['stages', stagesWarning ?? 'in sync']] : []),
  ].map((row) => row.map((cell) => escapeMarkdown(cell, 1000)))
  const title = `${escapeMarkdown(inputs['model-name'])}: version ${number} is ${changed ? 'now' : 'already'} the champion`
  const outputs = { 'champion-version': number, 'previous-version': previous }
  return {
    outputs: { ...outputs, changed: changed ? 'true' : 'false' },
    summary: [
      `### ${title}`,
      ...(changed ? [`**${describePromotion(inputs, version, previous, now)}**`] : []),
      formatTable(['', ''], rows),
    ].join('\n\n'),
  }
}

/** The whole run in one sentence: what serves since when, what it replaces, and why the gate accepted it. */
function describePromotion(
  inputs: PromoteInputs,
  version: ModelVersion,
  previous: string,
  now: string,
): string {
  const { number, tags } = version
  const verb = inputs.proof === 'cluster' ? 'serves' : 'is the champion'
  const replaced = previous === 'none' ? '' : `, replacing version ${previous}`
  const reason = tags[versionTags.reason]
  const time = `${now.slice(0, 16).replace('T', ' ')} UTC`
  return escapeMarkdown(
    `Version ${number} ${verb} since ${time}${replaced}${reason === undefined ? '.' : `: ${oneLine(reason)}`}`,
    1000,
  )
}

export const post = createPostStep('promote', systemAdapters)
export const promote = defineAction(contract, (inputs, context) => main(inputs, context), post)
