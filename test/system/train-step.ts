import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject } from 'vitest'
import { up } from '../../rig/index.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { type Result, runStep, type Step } from '../bundle/runner.ts'

/** Talks to MLflow as its client does, but starts in a moment: for cases that are not about MLflow's own client. */
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

/** Call once in a test file: a real server, and a folder for the scripts. */
export function useTraining(): void {
  beforeAll(async () => {
    const rig = await up({ only: ['mlflow'] })
    uri = rig.mlflow?.uri ?? ''
    mlflow = connectMlflow(mlflowConnection({ 'tracking-uri': uri }, {}))
    path = [dirname(rig.tools?.python ?? ''), process.env.PATH].join(delimiter)
    workspace = await mkdtemp(join(tmpdir(), 'train-'))
    await writeFile(join(workspace, 'runs.py'), RUNS_PY)
  })
  afterAll(() => rm(workspace, { recursive: true, force: true }))
}

/** Runs the built action with this script, under the runner's rules. */
export function train(run: string, step: Step = {}, shell = 'python'): Promise<Result> {
  return runStep(join(inject('dist'), 'train.js'), {
    workspace,
    ...step,
    inputs: { run, shell, 'tracking-uri': uri, ...step.inputs },
    env: { PATH: path, PYTHONPATH: workspace, MLFLOW_DISABLE_TELEMETRY: 'true', ...step.env },
  })
}

/** The id that a script gave after the word made. */
export const idIn = (result: Result) => /made ([0-9a-f]{32})/.exec(result.log)?.[1] ?? 'no id was printed'
export const errors = (result: Result) =>
  result.annotations.filter(({ level }) => level === 'error').map(({ message }) => message)

export function expectGreen(result: Result): void {
  expect(errors(result)).toEqual([])
  expect(result.exitCode).toBe(0)
  expect(result.outputs).toMatchObject({ 'run-id': idIn(result), status: 'FINISHED' })
  expect(result.left).toEqual([])
}

export function expectRed(result: Result, ...said: string[]): void {
  expect(result.exitCode).toBe(1)
  expect(errors(result)).toHaveLength(1)
  for (const part of said) expect(errors(result)[0]).toContain(part)
  expect(result.left).toEqual([])
}
