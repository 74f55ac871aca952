import { contract } from '../../actions/train/contract.ts'
import { main } from '../../actions/train/main.ts'
import type { Artifact, Run } from '../../src/adapters/mlflow/schemas.ts'
import type { Script, ScriptResult } from '../../src/adapters/process/run-script.ts'
import { Fault } from '../../src/domain/core/errors.ts'
import { fakeContext, parseInputs } from './context.ts'
import { fakeMlflow, fakeRun } from './mlflow.ts'

export const START = Date.parse('2026-03-01T12:00:00Z')
/** The id of the first run that is made in the fake. */
export const FIRST_RUN_ID = '1'.padStart(32, '0')

export type FakeTrackingServer = ReturnType<typeof fakeTrackingServer>

/** An MLflow for trainings: what is behind it for real is seen in test/system/train.system.test.ts. */
function fakeTrackingServer() {
  const mlflow = fakeMlflow()
  const server = Object.assign(mlflow, {
    isDown: false,
    /** Entries of a folder of a run, by its path. */
    files: new Map<string, Artifact[]>(),
    /** A run as a script leaves it. */
    add(id: string, changes: Partial<Run> = {}) {
      const usual = { name: 'brave-ant', experimentId: '3', startTime: START + 1, models: [] }
      mlflow.runs.set(id, fakeRun(id, { ...usual, ...changes }))
    },
  })
  const unlessDown =
    <A extends unknown[], T>(ask: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (!server.isDown) return ask(...args)
      throw new Fault({
        system: 'MLflow',
        call: 'GET',
        detail: 'connection refused',
        hint: 'Is the server up?',
      })
    }
  mlflow.getRun = unlessDown(mlflow.getRun)
  mlflow.findRunsByTag = unlessDown(mlflow.findRunsByTag)
  mlflow.listArtifacts = unlessDown(async (place, folder = '') =>
    place.kind === 'run' ? server.files.get([place.path, folder].filter(Boolean).join('/')) : undefined,
  )
  return server
}

export interface TrainCase {
  inputs?: Record<string, string>
  env?: Record<string, string>
  /** What the script does; it gets its own environment, and prints by `script.onLines`. */
  script?: (script: Script, tag: Record<string, string>) => Partial<ScriptResult> | undefined
  cancel?: AbortController
  /** Folder for files. */
  temp?: string
}

/** train with fakes around it; the script is a function that gets what a real one would, and the tags for its runs. */
export function setUp() {
  const mlflow = fakeTrackingServer()
  const warnings: string[] = []
  const train = async ({
    inputs = {},
    env = {},
    script,
    cancel = new AbortController(),
    temp = '/tmp',
  }: TrainCase = {}) => {
    const given = { run: 'x', 'tracking-uri': 'http://me:secret@mlflow:5000', ...inputs }
    const context = fakeContext({
      env: { PATH: '/bin', GITHUB_SHA: 'abc', INPUT_RUN: 'x', ...env },
      cancelled: cancel.signal,
      temp,
    })
    const runScript = async (begun: Script): Promise<ScriptResult> => {
      const tag = JSON.parse(begun.env.MLFLOW_RUN_CONTEXT ?? '{}')
      const usual = { code: 0, signal: undefined, durationMs: 61_234, hasBackgroundProcesses: false }
      return { ...usual, ...script?.(begun, tag) }
    }
    const adapters = { connect: () => mlflow, now: () => START, runScript }
    const outcome = await main(parseInputs(contract, given), context, adapters)
    warnings.push(...context.messages)
    return outcome
  }
  return { mlflow, warnings, train }
}
