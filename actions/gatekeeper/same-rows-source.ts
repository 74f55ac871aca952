import { join, resolve } from 'node:path'
import { downloadFile } from '../../src/adapters/mlflow/download.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import type { TableFile } from '../../src/adapters/tables/read-table.ts'
import { quoted } from '../../src/domain/gate/join-words.ts'
import type { PredictionsPolicy, Source } from '../../src/domain/gate/policy.ts'

/** Predictions that are there already, and not written by a script that runs now. */
export type GivenPredictions = Exclude<PredictionsPolicy, { kind: 'evaluate' }>

/** Where files of the workspace are, and where those of runs are put. */
export interface Files {
  workspace: string
  /** Emptied by who made it. */
  scratch: string
  mlflow: Pick<Mlflow, 'list' | 'read'>
}

/** A file that a policy names, by the key that names it ("holdout"). */
export function workspaceFile({ workspace }: Files, key: string, path: string): TableFile {
  return { path: resolve(workspace, path), called: `Policy ${key}: ${quoted(path)}` }
}

/**
 * A file that a policy names. An artifact is of the given model's run.
 * @param who "candidate"
 * @returns why there is none, as the end of a sentence about the model
 */
export async function sourceFile(
  files: Files,
  source: Source,
  key: string,
  { who, run }: { who: string; run: Run | undefined },
): Promise<TableFile | string> {
  if ('path' in source) return workspaceFile(files, key, source.path)
  const { artifact } = source
  if (!run) return `no run is known that could have the artifact ${quoted(artifact)}`
  const path = join(files.scratch, `${key}-${who}`)
  const place = { kind: 'run', runId: run.id, path: '' } as const
  const there = await isListed(files.mlflow, place, artifact)
  if (!there || !(await downloadFile(files.mlflow, place, artifact, path)))
    return `its run ${run.id} has no artifact ${quoted(artifact)}`
  return { path, called: `Policy ${key}: artifact ${quoted(artifact)} of the ${who}'s run` }
}

/**
 * The predictions that the user gives of a model.
 * @returns why there are none, as the end of a sentence about the model
 */
export async function predictionsFile(
  files: Files,
  from: GivenPredictions,
  model: { who: 'candidate' | 'champion' | 'anchor'; run: Run | undefined },
): Promise<TableFile | string> {
  if (from.kind === 'artifact') return await sourceFile(files, from, 'predictions', model)
  const path = from[model.who]
  if (path === undefined) return 'the policy names no predictions of it'
  return workspaceFile(files, `predictions.${model.who}`, path)
}

async function isListed(
  mlflow: Files['mlflow'],
  place: { kind: 'run'; runId: string; path: '' },
  artifact: string,
): Promise<boolean> {
  const folder = artifact.split('/').slice(0, -1).join('/')
  const listed = await mlflow.list(place, folder || undefined)
  return listed?.some(({ path, isFolder }) => path === artifact && !isFolder) ?? false
}
