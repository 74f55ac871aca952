import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import {
  championIn,
  type ModelState,
  readModelState,
  versionIn,
} from '../../src/adapters/mlflow/model-state.ts'
import { quarantinedAs } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion, Run } from '../../src/adapters/mlflow/schemas.ts'
import type { CurrentChampion } from '../../src/domain/champion.ts'
import { UserError } from '../../src/domain/failure.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Candidate, Champion, RunState } from '../../src/domain/verdict.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { type CandidateModel, modelOfRun, modelOfVersion } from './candidate-model.ts'
import type { contract } from './contract.ts'
import { trainingDataBehind } from './training-data.ts'

/** A model that a candidate is held against: its version, its run, and what its metric was measured on. */
export interface Rival {
  version: ModelVersion
  run: Run | undefined
}

/** Everything that MLflow knows of the case, read before anything is written. */
export interface Seen {
  candidate: Candidate
  champion: Champion
  /** The champion as the registry names it; `champion` is what counts of it for the verdict. */
  current: CurrentChampion<ModelVersion>
  run: Run | undefined
  championRun: Run | undefined
  /** The fixed version that a refresh is held against; undefined where none is asked for, or there. */
  anchor: Rival | undefined
  model: CandidateModel
  /** Versions of this very model, lowest number first; the candidate's own where one was given. */
  own: readonly ModelVersion[]
  versions: readonly ModelVersion[]
  aliases: ReadonlyMap<string, string>
  /** Whether the registered model is there yet. */
  registered: boolean
  /** Training data that the metric was measured on, by name; undefined where nothing says so. */
  measuredOnTraining: { candidate: string | undefined; champion: string | undefined }
}

/** Reads the runs, the registry and the candidate's files, in as few rounds as their dependence allows. */
export async function look(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  policy: GatePolicy,
): Promise<Seen> {
  const { 'model-name': name, 'run-id': runId, 'model-version': number } = inputs
  const { metric } = policy.primary
  const [state, given] = await Promise.all([
    readModelState(mlflow, name),
    runId === undefined ? undefined : mlflow.run(runId),
  ])
  if (runId !== undefined && !given)
    throw new UserError(
      `Input run-id: ${mlflow.base} knows no run ${runId}; give the output run-id of train, and the same tracking-uri.`,
    )
  const version = number === undefined ? undefined : versionIn(state, number, 'model-version')
  const current = championIn(state, inputs)
  const trained = given ?? runOf(mlflow, version)
  const [own, champion, anchor, model] = await Promise.all([
    withTraining(mlflow, trained, version?.source, metric),
    current.kind === 'version'
      ? withTraining(mlflow, runOf(mlflow, current.version), current.version.source, metric)
      : unread,
    anchorIn(mlflow, state, policy),
    version
      ? modelOfVersion(mlflow, version, await trained)
      : given && modelOfRun(mlflow, given, inputs['model-id']),
  ])
  const candidateModel = model ?? { problem: 'no run and no version to take a model from' }
  const known = { number: version?.number, digest: candidateModel.digest }
  const [quarantine] = await quarantinedAs(mlflow, known, state.versions)
  return {
    candidate: {
      run: stateOf(own.run),
      modelProblem: candidateModel.problem,
      modelUnseen: candidateModel.unseen ?? false,
      quarantined: quarantine && quarantineReason(quarantine),
      metrics: own.run?.metrics ?? new Map(),
    },
    champion:
      current.kind === 'version'
        ? {
            kind: 'version',
            number: current.version.number,
            run: stateOf(champion.run),
            metrics: champion.run?.metrics ?? new Map(),
            sameFiles: sameFiles(current.version, candidateModel),
          }
        : current,
    current,
    run: own.run,
    championRun: champion.run,
    anchor,
    model: candidateModel,
    own: version ? [version] : versionsOf(state.versions, own.run, candidateModel.source),
    versions: state.versions,
    aliases: state.aliases,
    registered: state.registered,
    measuredOnTraining: { candidate: own.training, champion: champion.training },
  }
}

/** Why a verdict on what was seen would come too late: another champion since, or these files in quarantine. */
export async function movedSince(
  mlflow: Mlflow,
  inputs: Inputs<typeof contract>,
  { champion, own, model }: Seen,
): Promise<string | undefined> {
  const state = await readModelState(mlflow, inputs['model-name'])
  const current = championIn(state, inputs)
  const name = (one: { kind: string }, number?: string) =>
    number === undefined ? one.kind : `version ${number}`
  const before = name(champion, champion.kind === 'version' ? champion.number : undefined)
  const after = name(current, current.kind === 'version' ? current.version.number : undefined)
  if (before !== after)
    return `the champion changed while the models were scored, from ${before} to ${after}: judge it again`
  const known = { number: own[0]?.number, digest: model.digest }
  const [quarantine] = await quarantinedAs(mlflow, known, state.versions)
  return quarantine && `while the models were scored, ${quarantineReason(quarantine)}`
}

/** The versions that were made from one model of one run, lowest number first. */
export function versionsOf(
  versions: readonly ModelVersion[],
  run: Run | undefined,
  source: string | undefined,
): ModelVersion[] {
  return versions
    .filter((one) => run && one.runId === run.id && one.source === source)
    .sort((a, b) => Number(a.number) - Number(b.number))
}

const unread: { run: Run | undefined; training: string | undefined } = { run: undefined, training: undefined }

async function withTraining(
  mlflow: Mlflow,
  reading: Run | undefined | Promise<Run | undefined>,
  source: string | undefined,
  metric: string,
): Promise<typeof unread> {
  const run = await reading
  return { run, training: run && (await trainingDataBehind(mlflow, run, source, metric)) }
}

async function anchorIn(
  mlflow: Mlflow,
  { versions }: ModelState,
  { comparison }: GatePolicy,
): Promise<Rival | undefined> {
  if (comparison.kind !== 'refresh' || !comparison.anchor) return undefined
  const { version: number } = comparison.anchor
  const version = versions.find((one) => one.number === number)
  return version && { version, run: await runOf(mlflow, version) }
}

async function runOf(mlflow: Mlflow, version: ModelVersion | undefined): Promise<Run | undefined> {
  return version?.runId ? mlflow.run(version.runId) : undefined
}

export function stateOf(run: Run | undefined): RunState {
  if (!run) return 'missing'
  return run.deleted ? 'deleted' : run.status
}

function sameFiles({ tags }: ModelVersion, { digest }: CandidateModel): boolean {
  return digest !== undefined && tags[ledger.artifactDigest] === digest
}

function quarantineReason({ number, tags }: ModelVersion): string {
  return `these files are version ${number}, ${tags[ledger.quarantined]}. A person may clear it by promote with clear-quarantine`
}
