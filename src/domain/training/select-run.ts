/**
 * The tag of every run that a training script starts; MLflow sets it through MLFLOW_RUN_CONTEXT. Its value is unique to
 * this execution of the step. A printed id chooses among several such runs, or names a run without the tag, as of
 * MlflowClient.create_run.
 */
export const CAPTURE_TAG = 'retrain.capture'

const PARENT_TAG = 'mlflow.parentRunId'
const AUTOLOGGING_TAG = 'mlflow.autologging'

export interface ObservedRun {
  id: string
  name: string
  experimentId: string
  status: string
  deleted: boolean
  /** Milliseconds since 1970. */
  startTime?: number | undefined
  /** Milliseconds since 1970; undefined while it runs. */
  endTime?: number | undefined
  tags: Readonly<Record<string, string>>
}

/** `otherRuns` are further top-level runs of the script. */
export type Capture =
  | { kind: 'found'; id: string; by: 'tag' | 'line' | 'precreate'; otherRuns?: readonly ObservedRun[] }
  | { kind: 'none' }
  /** `printedRunIds` are those of `runs` that the script printed: none, or more than one. */
  | { kind: 'several'; runs: readonly ObservedRun[]; printedRunIds: readonly string[] }
  /** Printed ids of other runs than the script's; without a tag, of several runs. */
  | {
      kind: 'conflict'
      id: string | undefined
      by?: 'tag' | 'line' | 'precreate'
      printedRunIds: readonly string[]
      otherRuns?: readonly ObservedRun[]
    }

/** Runs without a parent among them: a parent represents its children. */
export function topLevelRuns(runs: readonly ObservedRun[]): ObservedRun[] {
  const ids = new Set(runs.map((run) => run.id))
  return runs.filter((run) => !ids.has(run.tags[PARENT_TAG] ?? ''))
}

/** The run of the script, from the tagged runs and the printed ids: the printed one, also of a child, else the only one on top. */
export function selectRun(tagged: readonly ObservedRun[], printedRunIds: readonly string[]): Capture {
  const runs = topLevelRuns(tagged)
  const printedRuns = tagged.filter(({ id }) => printedRunIds.includes(id))
  const printedOnTop = runs.filter((run) => printedRuns.includes(run))
  const [chosen, ...rest] = printedRuns.length === 1 ? printedRuns : runs.length > 1 ? printedOnTop : runs
  if (chosen && rest.length === 0) {
    const top = findTopLevelRun(chosen, tagged)
    const otherRuns = runs.filter((run) => run !== top)
    return checkPrintedRunIds({ kind: 'found', id: chosen.id, by: 'tag', otherRuns }, printedRunIds)
  }
  if (runs.length > 0) return { kind: 'several', runs, printedRunIds: printedOnTop.map(({ id }) => id) }
  const [printed, ...more] = printedRunIds
  if (printed === undefined) return { kind: 'none' }
  return more.length > 0
    ? { kind: 'conflict', id: undefined, printedRunIds }
    : { kind: 'found', id: printed, by: 'line' }
}

/** The run itself, or the uppermost of its parents. */
function findTopLevelRun(run: ObservedRun, runs: readonly ObservedRun[]): ObservedRun {
  const parent = runs.find(({ id }) => id === run.tags[PARENT_TAG])
  // Without the run itself: tags may name each other as parents.
  return parent
    ? findTopLevelRun(
        parent,
        runs.filter((each) => each !== run),
      )
    : run
}

/** A found run, unless printed ids contradict it. */
export function checkPrintedRunIds(
  found: Capture & { kind: 'found' },
  printedRunIds: readonly string[],
): Capture {
  const others = printedRunIds.filter((id) => id !== found.id)
  return others.length === 0 ? found : { ...found, kind: 'conflict', printedRunIds: others }
}

/**
 * How runs without a common parent came about. Runs of one thread follow each other, since `start_run` refuses a second
 * active run there. A Jupyter kernel, as papermill starts it, names itself in `mlflow.source.name`.
 */
export type RunRelation = 'notebooks' | 'concurrent' | 'sequential'

export function relationOf(runs: readonly ObservedRun[]): RunRelation {
  if (runs.some(({ tags }) => /ipykernel|\.ipynb$/.test(tags['mlflow.source.name'] ?? ''))) return 'notebooks'
  return doOverlap(runs) ? 'concurrent' : 'sequential'
}

function doOverlap(runs: readonly ObservedRun[]): boolean {
  const byStart = runs.toSorted((a, b) => (a.startTime ?? 0) - (b.startTime ?? 0))
  return byStart.some(
    ({ startTime = 0 }, index) =>
      index > 0 && startTime < (byStart[index - 1]?.endTime ?? Number.POSITIVE_INFINITY),
  )
}

/** Whether autologging started the run by itself, or resumed it, for a fit() outside a run. It ends the run with that fit(). */
export function isAutologged(run: ObservedRun | undefined): boolean {
  return run?.tags[AUTOLOGGING_TAG] !== undefined
}

/**
 * The runs of autologging among runs that follow each other; what is logged after such a run goes to another one. They are
 * not joined: MLflow records no process, and a metric may be of another model than of the one that autologging saw, as
 * after a PCA before a model that it does not know.
 */
export function findAutologgedRuns(runs: readonly ObservedRun[]): readonly ObservedRun[] {
  return doOverlap(runs) ? [] : runs.filter(isAutologged)
}

export type Defect = 'unknown' | 'deleted' | 'older' | 'running' | 'unfinished'

/** Why a run is not a good result of a script that started at `startedAt` (milliseconds since 1970). */
export function findDefect(run: ObservedRun | undefined, startedAt: number): Defect | undefined {
  if (!run) return 'unknown'
  if (run.deleted) return 'deleted'
  if (run.startTime === undefined || run.startTime < startedAt) return 'older'
  if (run.status === 'RUNNING' || run.status === 'SCHEDULED') return 'running'
  return run.status === 'FINISHED' ? undefined : 'unfinished'
}
