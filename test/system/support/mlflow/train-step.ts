import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject } from 'vitest'
import { up } from '../../../../rig/index.ts'
import { resolveMlflowConnection } from '../../../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../../../src/adapters/mlflow/mlflow.ts'
import { type RunnerResult, runStep, type Step } from '../../../bundle/runner.ts'

/** Sends the requests of MLflow's client without its slow import, for tests that are not about the client. */
const RUNS_PY = `
import json, os, time, urllib.request

def call(path, body):
    url = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/" + path
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))

def make(status="FINISHED", tagged=True):
    context = json.loads(os.environ.get("MLFLOW_RUN_CONTEXT", "{}")) if tagged else {}
    tags = [{"key": key, "value": value} for key, value in context.items()]
    now = int(time.time() * 1000)
    run = call("runs/create", {"experiment_id": "0", "start_time": now, "tags": tags})["run"]["info"]["run_id"]
    if status != "RUNNING":
        call("runs/update", {"run_id": run, "status": status, "end_time": now})
    return run
`

export let uri: string
export let mlflow: Mlflow
let path: string
let workspace: string

/** Starts a real MLflow server and creates a folder for scripts. Call this once per test file. */
export function useTraining(): void {
  beforeAll(async () => {
    const rig = await up({ only: ['mlflow'] })
    uri = rig.mlflow?.uri ?? ''
    mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': uri }, {}))
    path = [dirname(rig.tools?.python ?? ''), process.env.PATH].join(delimiter)
    workspace = await mkdtemp(join(tmpdir(), 'train-'))
    await writeFile(join(workspace, 'runs.py'), RUNS_PY)
  })
  afterAll(() => rm(workspace, { recursive: true, force: true }))
}

/** Runs the bundled action with this script in the simulated runner. */
export function runTrainStep(run: string, step: Step = {}, shell = 'python'): Promise<RunnerResult> {
  return runStep(join(inject('dist'), 'train.js'), {
    workspace,
    ...step,
    inputs: { run, shell, 'tracking-uri': uri, ...step.inputs },
    env: { PATH: path, PYTHONPATH: workspace, MLFLOW_DISABLE_TELEMETRY: 'true', ...step.env },
  })
}

/** The run id that a script printed after "made". */
export const printedRunId = (result: RunnerResult) =>
  /made ([0-9a-f]{32})/.exec(result.log)?.[1] ?? 'no id was printed'
export const listErrors = (result: RunnerResult) =>
  result.annotations.filter(({ level }) => level === 'error').map(({ message }) => message)

/** Lists temporary files that the step left behind, except its output file. */
function listLeftovers({ leftoverFiles, outputs }: RunnerResult): string[] {
  const metricsFolder = basename(dirname(outputs['metrics-file'] ?? ''))
  return leftoverFiles.filter((file) => file !== metricsFolder)
}

export function expectSuccess(result: RunnerResult): void {
  expect(listErrors(result)).toEqual([])
  expect(result.exitCode).toBe(0)
  expect(result.outputs).toMatchObject({ 'run-id': printedRunId(result), status: 'FINISHED' })
  expect(listLeftovers(result)).toEqual([])
}

export function expectFailure(result: RunnerResult, ...messages: string[]): void {
  expect(result.exitCode).toBe(1)
  expect(listErrors(result)).toHaveLength(1)
  for (const part of messages) expect(listErrors(result)[0]).toContain(part)
  expect(listLeftovers(result)).toEqual([])
}
