import { contract } from '../../actions/train/contract.ts'
import { main } from '../../actions/train/main.ts'
import type { Artifact, Run } from '../../src/adapters/mlflow/schemas.ts'
import type { Script, ScriptResult } from '../../src/adapters/process/run-script.ts'
import { Fault } from '../../src/domain/core/errors.ts'
import { fakeContext, parseInputs } from './context.ts'
import { fakeMlflow, fakeRun } from './mlflow.ts'

export const START = Date.parse('2026-03-01T12:00:00Z')
/** The id of the first run that the fake creates. */
export const FIRST_RUN_ID = '1'.padStart(32, '0')

export type FakeTrackingServer = ReturnType<typeof fakeTrackingServer>

/** A fake MLflow for trainings. test/system/train.system.test.ts uses a real one. */
function fakeTrackingServer() {
  const mlflow = fakeMlflow()
  const server = Object.assign(mlflow, {
    isDown: false,
    /** Files in folders of runs, by path. */
    files: new Map<string, Artifact[]>(),
    /** Adds a run, as a training script does. */
    add(id: string, changes: Partial<Run> = {}) {
      const defaults = { name: 'brave-ant', experimentId: '3', startTime: START + 1, models: [] }
      mlflow.runs.set(id, fakeRun(id, { ...defaults, ...changes }))
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
  /** Replaces the training script. It prints through `script.onLines`. `tag` is the run context of its environment. */
  script?: (script: Script, tag: Record<string, string>) => Partial<ScriptResult> | undefined
  cancel?: AbortController
  /** The temporary folder of the runner. */
  temp?: string
}

/** Creates a `train` that runs with fakes, and records its warnings. */
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
    const runScript = async (request: Script): Promise<ScriptResult> => {
      const tag = JSON.parse(request.env.MLFLOW_RUN_CONTEXT ?? '{}')
      const defaults = { code: 0, signal: undefined, durationMs: 61_234, hasBackgroundProcesses: false }
      return { ...defaults, ...script?.(request, tag) }
    }
    const adapters = { connect: () => mlflow, now: () => START, runScript }
    const outcome = await main(parseInputs(contract, given), context, adapters)
    warnings.push(...context.messages)
    return outcome
  }
  return { mlflow, warnings, train }
}
