import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import { findQuarantineMatches } from '../../../src/adapters/mlflow/registry/quarantine.ts'
import type { ModelVersion, Run } from '../../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import type { GatePolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import type { Candidate, Champion, RunState } from '../../../src/domain/gate/verdict.ts'
import { versionTags } from '../../../src/domain/registry/version-tags.ts'
import {
  type ModelSnapshot,
  readModelSnapshot,
  requireVersion,
} from '../../../src/release/registry/model-snapshot.ts'
import type { Inputs } from '../../../src/runtime/contract.ts'
import type { contract } from '../contract.ts'
import { type CandidateModel, resolveModelOfRun, resolveModelOfVersion } from './candidate-model.ts'

/** The policy, and everything that the gate reads from MLflow. It is read before anything is written. */
export interface GateContext {
  policy: GatePolicy
  /** The registry; `candidate` and `champion` are what the verdict needs of it and of the runs. */
  snapshot: ModelSnapshot
  candidate: Candidate
  champion: Champion
  run: Run | undefined
  championRun: Run | undefined
  /** The fixed version of a refresh policy; undefined if the policy names none or the registry lacks it. */
  anchor: { version: ModelVersion; run: Run | undefined } | undefined
  candidateModel: CandidateModel
  /** Versions made from the candidate's model, lowest number first; only the given one if input model-version is set. */
  candidateVersions: readonly ModelVersion[]
}

/** Reads the runs, the registry and the candidate's files, in parallel where possible. @throws UserError for an unknown run or version */
export async function loadContext(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  policy: GatePolicy,
): Promise<GateContext> {
  const { 'run-id': runId, 'model-version': number } = inputs
  const [snapshot, given] = await Promise.all([
    readModelSnapshot(mlflow, inputs),
    runId === undefined ? undefined : mlflow.getRun(runId),
  ])
  if (runId !== undefined && !given)
    throw new UserError(
      `Input run-id: run ${runId} does not exist on ${mlflow.base}. Use the output run-id of train and the same tracking-uri.`,
    )
  const version = number === undefined ? undefined : requireVersion(snapshot, number, 'model-version')
  const { champion: current, versions } = snapshot
  const trained = given ?? loadRun(mlflow, version)
  const [run, championRun, anchor, model] = await Promise.all([
    trained,
    current.kind === 'version' ? loadRun(mlflow, current.version) : undefined,
    loadAnchor(mlflow, versions, policy),
    version
      ? resolveModelOfVersion(mlflow, version, await trained)
      : given && resolveModelOfRun(mlflow, given, inputs),
  ])
  const candidateModel: CandidateModel = model ?? { problem: 'neither a run nor a version gives a model' }
  const { digest } = candidateModel
  return {
    policy,
    snapshot,
    candidate: {
      run: getRunState(run),
      modelProblem: candidateModel.problem,
      isModelUnverifiable: candidateModel.isUnverifiable ?? false,
      quarantineReason: await findQuarantineReason(mlflow, version, candidateModel, versions),
      metrics: run?.metrics ?? new Map(),
    },
    champion:
      current.kind === 'version'
        ? {
            kind: 'version',
            number: current.version.number,
            run: getRunState(championRun),
            metrics: championRun?.metrics ?? new Map(),
            sameFiles: digest !== undefined && current.version.tags[versionTags.artifactDigest] === digest,
          }
        : current,
    run,
    championRun,
    anchor,
    candidateModel,
    candidateVersions: version ? [version] : findVersionsOfModel(versions, run, candidateModel.source),
  }
}

/** Checks whether the evaluated context is outdated: another champion, or the files in quarantine. @returns the reason, or undefined */
export async function championChangedSince(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  { snapshot, candidateVersions: [version], candidateModel }: GateContext,
): Promise<string | undefined> {
  const current = await readModelSnapshot(mlflow, inputs)
  const [before, after] = [snapshot, current].map(({ champion }) =>
    champion.kind === 'version' ? `version ${champion.version.number}` : champion.kind,
  )
  if (before !== after)
    return `the champion changed during the evaluation, from ${before} to ${after}. Re-run the gate`
  const reason = await findQuarantineReason(mlflow, version, candidateModel, current.versions)
  return reason && `quarantined during the evaluation: ${reason}`
}

async function findQuarantineReason(
  mlflow: Mlflow,
  version: ModelVersion | undefined,
  { digest }: CandidateModel,
  versions: readonly ModelVersion[],
): Promise<string | undefined> {
  const [match] = await findQuarantineMatches(mlflow, { number: version?.number, digest }, versions)
  if (!match) return undefined
  return `the files are those of version ${match.number}, ${match.tags[versionTags.quarantined]}. To clear it, run promote with clear-quarantine`
}

/** Finds the versions made from one model of one run, lowest number first. */
export function findVersionsOfModel(
  versions: readonly ModelVersion[],
  run: Run | undefined,
  source: string | undefined,
): ModelVersion[] {
  return versions
    .filter((version) => run && version.runId === run.id && version.source === source)
    .sort((a, b) => Number(a.number) - Number(b.number))
}

async function loadAnchor(mlflow: Mlflow, versions: readonly ModelVersion[], { comparison }: GatePolicy) {
  if (comparison.kind !== 'refresh') return undefined
  const version = versions.find(({ number }) => number === comparison.anchor?.version)
  return version && { version, run: await loadRun(mlflow, version) }
}

async function loadRun(mlflow: Mlflow, version: ModelVersion | undefined): Promise<Run | undefined> {
  return version?.runId ? mlflow.getRun(version.runId) : undefined
}

export function getRunState(run: Run | undefined): RunState {
  if (!run) return 'missing'
  return run.deleted ? 'deleted' : run.status
}
