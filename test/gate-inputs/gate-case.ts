// One call of the gate: the files of the workspace, the policy, the inputs and the runs, of which an example changes one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ArtifactLocation } from '../../src/adapters/mlflow/artifacts/artifacts.ts'
import type { ModelVersion, Run } from '../../src/adapters/mlflow/schemas.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { fakeContext } from '../fakes/context.ts'
import { CANDIDATE_RUN, CHAMPION_RUN, runGate } from '../fakes/gatekeeper.ts'
import { fakeMlflow, fakeRun, fakeVersion } from '../fakes/mlflow.ts'

/** Cells by column. */
export type Columns = Readonly<Record<string, readonly string[]>>
/** A table, the bytes of a file, or the files of a folder. */
export type FileContent = Columns | Uint8Array | ReadonlyMap<string, Uint8Array>

export interface GateCase {
  files: Readonly<Record<string, FileContent>>
  /** As YAML, in flow style. */
  policy: string
  inputs: Readonly<Record<string, string>>
  candidateRun: Partial<Run>
  championRun: Partial<Run>
  championVersion: Partial<ModelVersion>
}

export interface GateResult {
  verdict: 'promote' | 'reject' | 'inconclusive' | 'error'
  message: string
  /** Writes that register a version, move an alias or record a promotion. */
  promotions: string[]
}

/** The time of each call. */
export const NOW = '2026-11-30T12:00:00Z'

export function toCsv(columns: Columns): string {
  const names = Object.keys(columns)
  const cells = Object.values(columns)
  const rows = (cells[0] ?? []).map((_, row) => cells.map((column) => quoteCell(column[row] ?? '')).join(','))
  return `${[names.map(quoteCell).join(','), ...rows].join('\n')}\n`
}

const quoteCell = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

function writeFiles(folder: string, files: GateCase['files']): void {
  for (const [name, content] of Object.entries(files)) {
    const parts = content instanceof Map ? [...content] : [['', content] as const]
    for (const [part, bytes] of parts) {
      const path = join(folder, name, part)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes instanceof Uint8Array ? bytes : toCsv(bytes as Columns))
    }
  }
}

/** Calls the gate with fakes for MLflow and GitHub. An error that no user can fix is thrown. */
export async function runCase(given: GateCase): Promise<GateResult> {
  const workspace = mkdtempSync(join(tmpdir(), 'gate-inputs-'))
  const champion = fakeVersion('1', { runId: CHAMPION_RUN, ...given.championVersion })
  const mlflow = {
    ...fakeMlflow({
      runs: [fakeRun(CHAMPION_RUN, given.championRun), fakeRun(CANDIDATE_RUN, given.candidateRun)],
      versions:
        'model-version' in given.inputs ? [champion, fakeVersion('2', { runId: CANDIDATE_RUN })] : [champion],
      aliases: { champion: '1' },
    }),
    ...fakeArtifacts(given.files),
  }
  try {
    writeFiles(workspace, given.files)
    const inputs = { metric: '', policy: given.policy, ...given.inputs }
    const context = fakeContext({ workspace, temp: workspace, env: { PATH: process.env.PATH } })
    const { outputs } = await runGate(mlflow, inputs, context, { now: () => new Date(NOW) })
    const verdict = outputs.verdict as GateResult['verdict']
    return { verdict, message: outputs.reason ?? '', promotions: findPromotions(mlflow.writes) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { verdict: 'error', message: error.message, promotions: findPromotions(mlflow.writes) }
  } finally {
    rmSync(workspace, { recursive: true })
  }
}

/**
 * The artifacts of each run are the files of the workspace, and its own predictions as predictions.csv. The file MLmodel holds
 * the model's role, so that a script can answer for it.
 */
function fakeArtifacts(files: GateCase['files']) {
  const roleOf = (place: ArtifactLocation) =>
    JSON.stringify(place).includes(CHAMPION_RUN) ? 'champion' : 'candidate'
  const names = [...Object.keys(files), 'predictions.csv', 'MLmodel']
  const read = (place: ArtifactLocation, path: string) => {
    const file = files[path === 'predictions.csv' ? `${roleOf(place)}.csv` : path]
    return path === 'MLmodel' ? roleOf(place) : toCsv(file as Columns)
  }
  return {
    listArtifacts: async () => names.map((path) => ({ path, isFolder: false, size: undefined })),
    readArtifact: async (place: ArtifactLocation, path: string) =>
      (async function* () {
        yield Buffer.from(read(place, path))
      })(),
  }
}

const findPromotions = (writes: readonly string[]) =>
  writes.filter((write) => /^(createVersion|setAlias|setStage) /.test(write))
