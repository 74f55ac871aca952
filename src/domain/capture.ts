/**
 * Which MLflow run a training script made. Every run that the script starts carries a tag whose value is unique to
 * this execution of the step (through MLFLOW_RUN_CONTEXT), so the tag decides. What the script prints decides only where
 * no run carries the tag, as with MlflowClient.create_run, since anything may print anything.
 */
export const CAPTURE_TAG = 'retrain.capture'

const PARENT_TAG = 'mlflow.parentRunId'

export interface SeenRun {
  id: string
  name: string
  experimentId: string
  status: string
  deleted: boolean
  /** Milliseconds since 1970. */
  startTime?: number | undefined
  tags: Readonly<Record<string, string>>
}

export type Capture =
  /** `besides` are runs that the script made next to the one that was made for it. */
  | { kind: 'found'; id: string; by: 'tag' | 'line' | 'precreate'; besides?: readonly SeenRun[] }
  | { kind: 'none' }
  | { kind: 'several'; runs: readonly SeenRun[] }
  /** Lines that name another run than the one that is the script's own; or, without a tag, several runs. */
  | {
      kind: 'disagree'
      id: string | undefined
      by?: 'tag' | 'line' | 'precreate'
      announced: readonly string[]
    }

/** Several runs may belong together as parent and children: the one on top speaks for all of them. */
export function topmost(runs: readonly SeenRun[]): SeenRun[] {
  const ids = new Set(runs.map((run) => run.id))
  return runs.filter((run) => !ids.has(run.tags[PARENT_TAG] ?? ''))
}

/** The script's run, from the runs that carry its tag and the ids that it printed. */
export function capture(tagged: readonly SeenRun[], announced: readonly string[]): Capture {
  const [only, ...others] = topmost(tagged)
  if (only && others.length > 0) return { kind: 'several', runs: [only, ...others] }
  if (only) return agreed({ kind: 'found', id: only.id, by: 'tag' }, announced)
  const [line, ...more] = announced
  if (line === undefined) return { kind: 'none' }
  return more.length > 0
    ? { kind: 'disagree', id: undefined, announced }
    : { kind: 'found', id: line, by: 'line' }
}

/** A run that is known without the script's words, unless those contradict. */
export function agreed(found: Capture & { kind: 'found' }, announced: readonly string[]): Capture {
  const others = announced.filter((id) => id !== found.id)
  return others.length === 0 ? found : { kind: 'disagree', id: found.id, by: found.by, announced: others }
}

const LINE = /^[ \t]*RUN_ID:[ \t]*([0-9a-f]{32})[ \t]*$/gm

/** Ids in lines such as "RUN_ID: 0123456789abcdef0123456789abcdef", in a text of whole lines. */
export function announcedIn(lines: string): string[] {
  return lines.includes('RUN_ID:') ? [...lines.matchAll(LINE)].map(([, id]) => id as string) : []
}

export type Defect = 'unknown' | 'deleted' | 'older' | 'running' | 'unfinished'

/** What keeps a run from being the good end of a script that began at `since`; undefined where nothing does. */
export function defectOf(run: SeenRun | undefined, since: number): Defect | undefined {
  if (!run) return 'unknown'
  if (run.deleted) return 'deleted'
  if (run.startTime === undefined || run.startTime < since) return 'older'
  if (run.status === 'RUNNING' || run.status === 'SCHEDULED') return 'running'
  return run.status === 'FINISHED' ? undefined : 'unfinished'
}
