import { join, posix, resolve } from 'node:path'
import { downloadFile } from '../../../src/adapters/mlflow/artifacts/download.ts'
import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import type { Run } from '../../../src/adapters/mlflow/schemas.ts'
import { listPartNames } from '../../../src/adapters/tables/folder.ts'
import type { TableFile } from '../../../src/adapters/tables/table-file.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import type { Source } from '../../../src/domain/gate/criteria/gate-policy.ts'
import { quote } from '../../../src/domain/table/messages.ts'

/** A problem of one model, as a clause. The other models are still scored. */
export class ModelFailure extends UserError {
  /** Whether the user's script failed, not the model's files. */
  readonly isScriptFault: boolean
  /** Whether the output of the script shows that it called an MLflow server. */
  readonly callsRegistry: boolean

  constructor(message: string, { isScriptFault = false, callsRegistry = false } = {}) {
    super(message)
    this.isScriptFault = isScriptFault
    this.callsRegistry = callsRegistry
  }
}

export interface ScoringFiles {
  workspace: string
  /** Folder for downloads; the caller removes it. */
  scratch: string
  mlflow: Pick<Mlflow, 'listArtifacts' | 'readArtifact'>
}

/** A workspace file that a policy names. @param key the policy key, such as "holdout" */
export function resolveWorkspaceFile({ workspace }: ScoringFiles, key: string, path: string): TableFile {
  return { path: resolve(workspace, path), label: `Policy ${key}: ${quote(path)}` }
}

/**
 * Fetches a table that a policy names: from the workspace, or from the artifacts of the model's run. It is a file, or a
 * folder of part files.
 * @param key the policy key, such as "holdout"
 * @throws ModelFailure if the run has no such artifact, or it is a folder without part files
 */
export async function fetchSourceFile(
  files: ScoringFiles,
  source: Source,
  key: string,
  { who, run }: { who: string; run: Run | undefined },
): Promise<TableFile> {
  if ('path' in source) return resolveWorkspaceFile(files, key, source.path)
  const artifact = source.artifact.replace(/\/+$/, '')
  if (!run) throw new ModelFailure(`it has no known run with the artifact ${quote(artifact)}`)
  const path = join(files.scratch, `${key}-${who}`)
  if (!(await downloadTable(files.mlflow, run.id, artifact, path)))
    throw new ModelFailure(`its run ${run.id} has no artifact ${quote(artifact)}`)
  return { path, label: `Policy ${key}: artifact ${quote(artifact)} of the ${who}'s run` }
}

/** @returns false if the run has no such artifact */
async function downloadTable(
  mlflow: ScoringFiles['mlflow'],
  runId: string,
  artifact: string,
  target: string,
): Promise<boolean> {
  const place = { kind: 'run', runId, path: '' } as const
  const parent = artifact.split('/').slice(0, -1).join('/')
  const siblings = await mlflow.listArtifacts(place, parent || undefined)
  const found = siblings?.find(({ path }) => path === artifact)
  if (!found?.isFolder) return found !== undefined && downloadFile(mlflow, place, artifact, target)
  const entries = (await mlflow.listArtifacts(place, artifact)) ?? []
  for (const name of listArtifactParts(artifact, entries))
    if (!(await downloadFile(mlflow, place, `${artifact}/${name}`, join(target, name)))) return false
  return true
}

/** The names of the part files. Those of a server that would lead out of the folder have no slash here. */
function listArtifactParts(artifact: string, entries: readonly { path: string; isFolder: boolean }[]) {
  const named = entries.map(({ path, isFolder }) => ({ name: posix.basename(path), isFolder }))
  try {
    return listPartNames(`the artifact ${quote(artifact)}`, named)
  } catch (error) {
    throw error instanceof UserError ? new ModelFailure(error.message.replace(/\.$/, '')) : error
  }
}
