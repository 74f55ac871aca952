import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLoggedModels } from '../../src/adapters/mlflow/logged-models.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { errorMessage, toError } from '../../src/domain/core/errors.ts'
import type { PrintedOutput } from '../../src/domain/training/printed-run-ids.ts'
import { contextTags, runContext } from '../../src/domain/training/script-environment.ts'
import {
  describeBestEstimator,
  findBestEstimator,
  type LoggedModel,
  listLastModelIds,
} from '../../src/domain/training/select-model.ts'
import {
  CAPTURE_TAG,
  type Capture,
  checkPrintedRunIds,
  type Defect,
  findDefect,
  selectRun,
  topLevelRuns,
} from '../../src/domain/training/select-run.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

export type TrackingClient = Pick<
  Mlflow,
  | 'base'
  | 'getRun'
  | 'findRunsByTag'
  | 'ensureExperiment'
  | 'createRun'
  | 'endRun'
  | 'listArtifacts'
  | 'getLoggedModelName'
>

/** One way to find the MLflow run of a script. */
export interface CaptureStrategy {
  /** For the script. */
  environment: Readonly<Record<string, string | undefined>>
  findRun(printedRunIds: readonly string[]): Promise<Capture>
  /** Ends a run that the strategy created and that is still running. @returns whether there was one */
  endOpenRun(status: 'FAILED' | 'KILLED'): Promise<boolean>
}

type CreateCaptureStrategy = (
  inputs: Inputs<typeof contract>,
  context: Context,
  mlflow: TrackingClient,
  now: () => number,
) => Promise<CaptureStrategy>

/** The script creates its run; MLflow tags it through MLFLOW_RUN_CONTEXT. */
const auto: CreateCaptureStrategy = async (_inputs, context, mlflow) => {
  const key = createCaptureKey(context)
  const find = () => mlflow.findRunsByTag(CAPTURE_TAG, key)
  // Fails before hours of training if the server is unreachable or denies access.
  await find()
  return {
    environment: {
      MLFLOW_RUN_CONTEXT: runContext(context.env.MLFLOW_RUN_CONTEXT, { [CAPTURE_TAG]: key }),
      // The script must not resume a run of the job.
      MLFLOW_RUN_ID: undefined,
    },
    findRun: async (printedRunIds) => selectRun(await find(), printedRunIds),
    endOpenRun: async () => false,
  }
}

/** Creates the run, which the script resumes. MLflow does not tag a resumed run, so its context is set here. */
const precreate: CreateCaptureStrategy = async (inputs, context, mlflow, now) => {
  const { run, env } = context
  const experiment = inputs['experiment-name'] ?? env.MLFLOW_EXPERIMENT_NAME
  const key = createCaptureKey(context)
  const tags = {
    'mlflow.user': run.actor,
    'mlflow.source.type': 'JOB',
    'mlflow.source.name': run.url || run.repository,
    'mlflow.source.git.commit': env.GITHUB_SHA ?? '',
    ...contextTags(env.MLFLOW_RUN_CONTEXT),
    [CAPTURE_TAG]: key,
  }
  const { id } = await mlflow.createRun({
    experimentId: experiment ? await mlflow.ensureExperiment(experiment) : env.MLFLOW_EXPERIMENT_ID || '0',
    startTime: now(),
    tags: Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== '')),
  })
  return {
    environment: {
      MLFLOW_RUN_ID: id,
      // Tags further runs of the script: only the first start_run() resumes the created one.
      MLFLOW_RUN_CONTEXT: runContext(env.MLFLOW_RUN_CONTEXT, { [CAPTURE_TAG]: key }),
    },
    async findRun(printedRunIds) {
      const tagged = await mlflow.findRunsByTag(CAPTURE_TAG, key)
      const otherRuns = topLevelRuns(tagged).filter((each) => each.id !== id)
      return checkPrintedRunIds({ kind: 'found', id, by: 'precreate', otherRuns }, printedRunIds)
    },
    async endOpenRun(status) {
      const isOpen = (await mlflow.getRun(id))?.status === 'RUNNING'
      if (isOpen) await mlflow.endRun(id, status, now())
      return isOpen
    },
  }
}

export const captureStrategies: Readonly<Record<Inputs<typeof contract>['capture'], CreateCaptureStrategy>> =
  { auto, precreate }

/** Unique to this execution of the step, and readable in MLflow. */
function createCaptureKey({ run }: Context): string {
  return [run.id || 'local', run.attempt, randomUUID()].join('-')
}

/** The run of the script after its end, as MLflow has it. */
export interface RunLookup {
  capture: Capture
  run: Run | undefined
  /** Why the run is not a good result. */
  defect: Defect | undefined
  /** What the script printed of its runs. */
  printed: PrintedOutput
  /** Printed runs that MLflow knows. */
  printedRuns: readonly Run[]
  model: ModelLookup
}

/** The runner kills a cancelled job after 10 s, which the end of the script mostly uses up. */
const CANCELLED_LOOKUP_MS = 2000

/** Finds the run of the script. A fault of MLflow is returned, so that it does not hide how the script ended. */
export async function lookUpRun(
  strategy: CaptureStrategy,
  printed: PrintedOutput,
  startedAt: number,
  isCancelled: boolean,
  mlflow: TrackingClient,
): Promise<{ lookup?: RunLookup; fault?: Error }> {
  const lookUp = async (): Promise<RunLookup> => {
    const wasOpen = await strategy.endOpenRun(isCancelled ? 'KILLED' : 'FAILED')
    const capture = await strategy.findRun(printed.runIds)
    const conflicting = capture.kind === 'conflict' ? capture.printedRunIds : []
    const printedRuns = await Promise.all(conflicting.map((each) => mlflow.getRun(each)))
    const id = capture.kind === 'found' || capture.kind === 'conflict' ? capture.id : undefined
    const run = id === undefined ? undefined : await mlflow.getRun(id)
    return {
      capture,
      run,
      defect: wasOpen ? 'running' : findDefect(run, startedAt),
      printed,
      printedRuns: [...printedRuns, run].filter((each) => each !== undefined),
      model: run ? await findModel(run, mlflow) : {},
    }
  }
  const result = lookUp().then(
    (lookup) => ({ lookup }),
    (error: unknown) => ({ fault: toError(error) }),
  )
  return isCancelled ? Promise.race([result, sleep(CANCELLED_LOOKUP_MS, {}, { ref: false })]) : result
}

/** The model of the run. */
export interface ModelLookup {
  /** Undefined for none or several. */
  uri?: string
  /** Which model was taken of several, and why. */
  note?: string
  /** Several models, among which no rule chooses. */
  several?: readonly LoggedModel[]
  /** Why the files of the run cannot be read. */
  problem?: string
}

/** The model that the run logged last (MLflow 3), or the one among the files of the run (MLflow 2). */
async function findModel(run: Run, mlflow: TrackingClient): Promise<ModelLookup> {
  const ids = listLastModelIds(run.models)
  try {
    if (ids.length > 1) {
      const models = await readLoggedModels(mlflow, ids)
      const best = findBestEstimator(models, run.tags)
      return best
        ? { uri: `models:/${best.model.id}`, note: describeBestEstimator(best) }
        : { several: models }
    }
    const uris = ids.length > 0 ? ids.map((id) => `models:/${id}`) : await findModelFolders(run.id, mlflow)
    const [uri, ...others] = uris
    if (others.length > 0) return { several: uris.map((each) => ({ id: each, name: basename(each) })) }
    return uri === undefined ? {} : { uri }
  } catch (error) {
    return { problem: errorMessage(error) }
  }
}

/** Folders with a file MLmodel, directly below the root of the run. */
async function findModelFolders(runId: string, mlflow: TrackingClient): Promise<string[]> {
  const root = (await mlflow.listArtifacts({ kind: 'run', runId, path: '' })) ?? []
  const found: string[] = []
  for (const { path } of root.filter((entry) => entry.isFolder)) {
    const files = (await mlflow.listArtifacts({ kind: 'run', runId, path })) ?? []
    if (files.some((file) => !file.isFolder && file.path === 'MLmodel')) found.push(`runs:/${runId}/${path}`)
  }
  return found
}
