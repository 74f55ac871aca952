import { randomUUID } from 'node:crypto'
import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion, Run } from '../../../src/adapters/mlflow/schemas.ts'
import { Fault } from '../../../src/domain/core/errors.ts'
import type { EvaluationRecord } from '../../../src/domain/gate/evaluation/evaluation-history.ts'
import { type Tags, versionTags } from '../../../src/domain/registry/version-tags.ts'
import type { ModelSnapshot } from '../../../src/release/registry/model-snapshot.ts'
import type { Outcome } from '../../../src/runtime/action.ts'
import type { Context } from '../../../src/runtime/context.ts'
import type { Inputs } from '../../../src/runtime/contract.ts'
import type { contract } from '../contract.ts'
import { findVersionsOfModel, type GateContext } from '../inputs/load-context.ts'
import { buildOutcome } from './outcome.ts'
import { buildReport, type Decision } from './report.ts'
import { buildVerdictTags } from './verdict-tags.ts'

/** Path of the report among the artifacts of the candidate's run. */
const REPORT_PATH = 'retrain/gate-report.json'
/** Tags that differ in each evaluation. A verdict that differs only in these is not written again. */
const VOLATILE_TAGS: readonly string[] = [versionTags.judgedAt, versionTags.runUrl]

/** Logs the report to the candidate's run, with the number of the version. */
type LogReport = (version: string | undefined) => Promise<void>

/**
 * Writes the verdict to MLflow and builds the outcome. If MLflow rejects the write, the outcome has the verdict, but the
 * step fails and `promote` is false: nothing may be deployed without its verdict in the tags.
 * @param rejections the champion's evaluation history with this rejection; empty if it does not change
 */
export async function persistVerdict(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  context: Context,
  decision: Decision,
  rejections: readonly EvaluationRecord[],
): Promise<Outcome<typeof contract>> {
  const logReport: LogReport = (version) => writeReportArtifact(mlflow, context, decision, version)
  try {
    const version =
      decision.verdict.verdict === 'promote'
        ? await writePromotion(mlflow, decision, logReport)
        : await writeRejection(mlflow, decision, rejections, logReport)
    return buildOutcome(inputs, context, decision, version)
  } catch (failure) {
    if (!(failure instanceof Fault)) throw failure
    const version = decision.gateContext.candidateVersions[0]?.number
    const { outputs, summary = '' } = buildOutcome(inputs, context, decision, version)
    return { outputs: { ...outputs, promote: 'false' }, summary, failure }
  }
}

/** Tags the candidate's version, which it creates if none exists. @returns its number */
async function writePromotion(mlflow: Mlflow, decision: Decision, logReport: LogReport): Promise<string> {
  const { run, candidateVersions, snapshot } = decision.gateContext
  const tags = buildVerdictTags(decision)
  if (run && hasVerdictFor(snapshot.name, run)) await writeRunTags(mlflow, run, snapshot.name, tags)
  const [version, ...others] = candidateVersions
  if (!version) return registerVersion(mlflow, decision.gateContext, tags, logReport)
  await Promise.all([writeVersionTags(mlflow, version, tags), logReport(version.number)])
  // A killed gatekeeper may have created duplicates and not deleted them: without alias and never promoted.
  const aliased = new Set(snapshot.aliases.values())
  const duplicates = others.filter(
    ({ number, tags }) =>
      tags[versionTags.idempotencyKey] && !tags[versionTags.promotedAt] && !aliased.has(number),
  )
  await Promise.all(duplicates.map(({ number }) => mlflow.deleteVersion(snapshot.name, number)))
  return version.number
}

/** Tags the candidate's run, the versions that the training registered, and the champion's history. */
async function writeRejection(
  mlflow: Mlflow,
  decision: Decision,
  rejections: readonly EvaluationRecord[],
  logReport: LogReport,
): Promise<string | undefined> {
  const { run, candidateVersions, snapshot } = decision.gateContext
  const version = candidateVersions[0]?.number
  const tags = buildVerdictTags(decision)
  // Revoke an earlier promotion before anything else.
  await Promise.all(candidateVersions.map((one) => writeVersionTags(mlflow, one, tags)))
  await Promise.all([
    run && writeRunTags(mlflow, run, snapshot.name, tags),
    writeEvaluationHistory(mlflow, snapshot, rejections),
    logReport(version),
  ])
  return version
}

async function writeEvaluationHistory(
  mlflow: Mlflow,
  { champion }: ModelSnapshot,
  rejections: readonly EvaluationRecord[],
): Promise<void> {
  if (champion.kind !== 'version' || rejections.length === 0) return
  const { model, number, tags } = champion.version
  const history = JSON.stringify(rejections)
  if (tags[versionTags.evaluationHistory] !== history)
    await mlflow.setVersionTags(model, number, { [versionTags.evaluationHistory]: history })
}

async function writeReportArtifact(
  mlflow: Mlflow,
  { log }: Context,
  decision: Decision,
  version: string | undefined,
): Promise<void> {
  const { run } = decision.gateContext
  if (!run || run.deleted) return
  try {
    if (await mlflow.writeArtifact(run.artifactUri, REPORT_PATH, buildReport(decision, version))) return
    log.info(`Report not logged to the run: MLflow does not serve its artifacts (${run.artifactUri}).`)
  } catch (error) {
    // The tags hold the verdict, so a missing report does not fail the step.
    if (!(error instanceof Fault)) throw error
    log.warning(`Report not logged to the run: ${error.message}`)
  }
}

/**
 * Creates the version. If several gatekeepers evaluate one run at the same time, exactly one version remains: MLflow
 * numbers versions in order of creation, so a gatekeeper that finds a lower number deletes its own.
 */
async function registerVersion(
  mlflow: Mlflow,
  { run, candidateModel, snapshot: { name, isRegistered, versions } }: GateContext,
  tags: Tags,
  logReport: LogReport,
): Promise<string> {
  if (!run || candidateModel.problem !== undefined) throw new Error('a promotion without a run and a model')
  if (!isRegistered) await mlflow.ensureModel(name)
  const created = await mlflow.createVersion({
    model: name,
    source: candidateModel.source,
    runId: run.id,
    tags: { ...tags, [versionTags.idempotencyKey]: randomUUID() },
    idempotencyTag: versionTags.idempotencyKey,
  })
  // The number follows the last one that was read: no other version was created in the meantime.
  const nextNumber = 1 + Math.max(0, ...versions.map(({ number }) => Number(number)))
  const concurrent = Number(created.number) === nextNumber ? [] : mlflow.listVersions(name, run.id)
  const [others] = await Promise.all([concurrent, logReport(created.number)])
  const [lowest] = findVersionsOfModel(others, run, candidateModel.source)
  if (!lowest || lowest.number === created.number) return created.number
  await mlflow.deleteVersion(name, created.number)
  await Promise.all([writeVersionTags(mlflow, lowest, tags), logReport(lowest.number)])
  return lowest.number
}

/** Whether the run has a verdict for this model. A verdict without a model name counts. */
function hasVerdictFor(name: string, { tags }: Run): boolean {
  return versionTags.verdict in tags && (tags[versionTags.modelName] ?? name) === name
}

async function writeRunTags(mlflow: Mlflow, run: Run, model: string, verdictTags: Tags): Promise<void> {
  const tags = { ...verdictTags, [versionTags.modelName]: model }
  if (run.deleted || !hasChanged(run.tags, tags)) return
  await mlflow.setRunTags(run.id, tags)
  if (hasStaleForcedTag(run.tags, tags)) await mlflow.deleteRunTag(run.id, versionTags.forced)
}

/** Writes `promote` last and revokes it first, so that a killed job never leaves an incomplete promotion. */
async function writeVersionTags(mlflow: Mlflow, version: ModelVersion, tags: Tags): Promise<void> {
  if (!hasChanged(version.tags, tags)) return
  const { [versionTags.verdict]: verdict = '', ...others } = tags
  const { model, number } = version
  const writeVerdict = () => mlflow.setVersionTags(model, number, { [versionTags.verdict]: verdict })
  if (verdict !== 'promote') await writeVerdict()
  await mlflow.setVersionTags(model, number, others)
  if (hasStaleForcedTag(version.tags, tags)) await mlflow.deleteVersionTag(model, number, versionTags.forced)
  if (verdict === 'promote') await writeVerdict()
}

/** `forced` is the only optional tag, so an earlier verdict's has to be deleted. */
function hasStaleForcedTag(current: Tags, tags: Tags): boolean {
  return Boolean(current[versionTags.forced]) && !tags[versionTags.forced]
}

function hasChanged(current: Tags, tags: Tags): boolean {
  return (
    hasStaleForcedTag(current, tags) ||
    Object.entries(tags).some(([key, value]) => !VOLATILE_TAGS.includes(key) && current[key] !== value)
  )
}
