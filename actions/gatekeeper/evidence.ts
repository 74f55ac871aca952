import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { championIn, readModelState, versionIn } from '../../src/adapters/mlflow/model-state.ts'
import { quarantinedAs } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion, Run } from '../../src/adapters/mlflow/schemas.ts'
import type { CurrentChampion } from '../../src/domain/champion.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Candidate, Champion, RunState } from '../../src/domain/verdict.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { type CandidateModel, modelOfRun, modelOfVersion } from './candidate-model.ts'
import type { contract } from './contract.ts'

type GateInputs = Inputs<typeof contract>

/** Everything that the decision sees, read from MLflow before anything is written. */
export interface Evidence {
  candidate: Candidate
  champion: Champion
  /** The champion as the registry names it; `champion` is what counts of it for the verdict. */
  current: CurrentChampion<ModelVersion>
  run: Run | undefined
  championRun: Run | undefined
  model: CandidateModel
  /** Versions of this very model, lowest number first; the candidate's own where one was given. */
  own: readonly ModelVersion[]
  aliases: ReadonlyMap<string, string>
  /** Whether the registered model is there yet. */
  registered: boolean
}

/** Reads the two runs, the registry and the candidate's files, in as few rounds as their dependence allows. */
export async function look(mlflow: Mlflow, inputs: GateInputs, metric: string): Promise<Evidence> {
  const { 'model-name': name, 'run-id': runId, 'model-version': number } = inputs
  const [state, given] = await Promise.all([
    readModelState(mlflow, name),
    runId === undefined ? undefined : mlflow.run(runId),
  ])
  if (runId !== undefined && !given)
    throw new UserError(
      `Input run-id: ${mlflow.base} knows no run ${runId}; give the output run-id of train, and the same tracking-uri.`,
    )
  const { versions, aliases, registered } = state
  const version = number === undefined ? undefined : versionIn(state, number, 'model-version')
  const current = championIn(state, inputs)
  const [run, championRun, model] = await Promise.all([
    given ?? runOf(mlflow, version),
    current.kind === 'version' ? runOf(mlflow, current.version) : undefined,
    version ? modelOfVersion(mlflow, version) : given && modelOfRun(mlflow, given, inputs['model-id']),
  ])
  const candidateModel = model ?? { problem: 'no run and no version to take a model from' }
  const known = { number: version?.number, digest: candidateModel.digest }
  const [quarantine] = await quarantinedAs(mlflow, known, versions)
  return {
    candidate: {
      run: stateOf(run),
      modelProblem: candidateModel.problem,
      modelUnseen: candidateModel.unseen ?? false,
      quarantined: quarantine && quarantineReason(quarantine),
      value: run?.metrics.get(metric),
      metrics: [...(run?.metrics.keys() ?? [])],
    },
    champion:
      current.kind === 'version'
        ? {
            kind: 'version',
            number: current.version.number,
            run: stateOf(championRun),
            value: championRun?.metrics.get(metric),
          }
        : current,
    current,
    run,
    championRun,
    model: candidateModel,
    own: version ? [version] : versionsOf(versions, run, candidateModel.source),
    aliases,
    registered,
  }
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

async function runOf(mlflow: Mlflow, version: ModelVersion | undefined): Promise<Run | undefined> {
  return version?.runId ? mlflow.run(version.runId) : undefined
}

function stateOf(run: Run | undefined): RunState {
  if (!run) return 'missing'
  return run.deleted ? 'deleted' : run.status
}

function quarantineReason({ number, tags }: ModelVersion): string {
  return `these files are version ${number}, ${tags[ledger.quarantined]}. A person may clear it by promote with clear-quarantine`
}
