import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { type Capture, type Defect, defectOf } from '../../src/domain/capture.ts'
import type { Tracking } from './adapters.ts'
import type { Capturing } from './capturing.ts'

/** What MLflow knows of the script after its end. */
export interface Trace {
  found: Capture
  /** The run as the server has it, also one that is not good enough. */
  run: Run | undefined
  defect: Defect | undefined
  /** Runs that the script named, as far as the server knows them. */
  known: readonly Run[]
  model: Model
}

/** Where the run's model is; or the several places, or why it could not be seen. */
export type Model = { uri: string } | { several: readonly string[] } | { unread: string } | undefined

/** What the runner leaves of its 10 s once the script of a cancelled job has ended. */
const CANCELLED_MS = 2000

/** Looks for the script's run. A server that fails now must not hide how the script ended, so its fault is a result. */
export async function traceScript(
  way: Capturing,
  announced: readonly string[],
  since: number,
  cancelled: boolean,
  mlflow: Tracking,
): Promise<{ trace?: Trace; fault?: Error }> {
  const looked = look(way, announced, since, cancelled ? 'KILLED' : 'FAILED', mlflow)
  const result = looked.then(
    (trace) => ({ trace }),
    (error) => ({ fault: error instanceof Error ? error : new Error(String(error)) }),
  )
  return cancelled ? Promise.race([result, sleep(CANCELLED_MS, {}, { ref: false })]) : result
}

async function look(
  way: Capturing,
  announced: readonly string[],
  since: number,
  ended: 'FAILED' | 'KILLED',
  mlflow: Tracking,
): Promise<Trace> {
  const left = await way.close(ended)
  const found = await way.find(announced)
  const ids = found.kind === 'disagree' ? found.announced : []
  const known = (await Promise.all(ids.map((id) => mlflow.run(id)))).filter((run) => run !== undefined)
  const id = found.kind === 'found' || found.kind === 'disagree' ? found.id : undefined
  const run = id === undefined ? undefined : await mlflow.run(id)
  return {
    found,
    run,
    defect: left ? 'running' : defectOf(run, since),
    known: run ? [...known, run] : known,
    model: run && (await modelOf(run, mlflow)),
  }
}

/** The model that the run logged last (MLflow 3), or the one among the run's own files (MLflow 2). */
async function modelOf(run: Run, mlflow: Tracking): Promise<Model> {
  const last = Math.max(...run.models.map(({ step }) => step))
  const logged = run.models.filter(({ step }) => step === last).map(({ id }) => `models:/${id}`)
  try {
    const uris = [...new Set(logged.length > 0 ? logged : await modelFolders(run.id, mlflow))]
    return uris.length > 1 ? { several: uris } : uris[0] === undefined ? undefined : { uri: uris[0] }
  } catch (error) {
    return { unread: error instanceof Error ? error.message : String(error) }
  }
}

/** Folders right below the run's root in which a file MLmodel lies. */
async function modelFolders(runId: string, mlflow: Tracking): Promise<string[]> {
  const root = (await mlflow.list({ kind: 'run', runId, path: '' })) ?? []
  const found: string[] = []
  for (const { path } of root.filter((entry) => entry.isFolder)) {
    const files = (await mlflow.list({ kind: 'run', runId, path })) ?? []
    if (files.some((file) => !file.isFolder && file.path === 'MLmodel')) found.push(`runs:/${runId}/${path}`)
  }
  return found
}
