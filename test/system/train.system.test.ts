import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
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

let uri: string
let mlflow: Mlflow
let path: string
let workspace: string

beforeAll(async () => {
  const rig = await up({ only: ['mlflow'] })
  uri = rig.mlflow?.uri ?? ''
  mlflow = connectMlflow(mlflowConnection({ 'tracking-uri': uri }, {}))
  path = [dirname(rig.tools?.python ?? ''), process.env.PATH].join(delimiter)
  workspace = await mkdtemp(join(tmpdir(), 'train-'))
  await writeFile(join(workspace, 'runs.py'), RUNS_PY)
})
afterAll(() => rm(workspace, { recursive: true, force: true }))

function train(run: string, step: Step = {}, shell = 'python'): Promise<Result> {
  return runStep(join(inject('dist'), 'train.js'), {
    workspace,
    ...step,
    inputs: { run, shell, 'tracking-uri': uri, ...step.inputs },
    env: { PATH: path, PYTHONPATH: workspace, MLFLOW_DISABLE_TELEMETRY: 'true', ...step.env },
  })
}

const idIn = (result: Result) => /made ([0-9a-f]{32})/.exec(result.log)?.[1] ?? 'no id was printed'
const errors = (result: Result) =>
  result.annotations.filter(({ level }) => level === 'error').map(({ message }) => message)

function expectGreen(result: Result): void {
  expect(errors(result)).toEqual([])
  expect(result.exitCode).toBe(0)
  expect(result.outputs).toMatchObject({ 'run-id': idIn(result), status: 'FINISHED' })
  expect(result.left).toEqual([])
}

function expectRed(result: Result, ...said: string[]): void {
  expect(result.exitCode).toBe(1)
  expect(errors(result)).toHaveLength(1)
  for (const part of said) expect(errors(result)[0]).toContain(part)
  expect(result.left).toEqual([])
}

describe("a script that uses MLflow's own client", () => {
  it('and only autologs: the run with its model and metrics', async () => {
    const result = await train(
      `
import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
mlflow.sklearn.autolog()
LogisticRegression(max_iter=500).fit(*load_iris(return_X_y=True))
print("made", mlflow.last_active_run().info.run_id)`,
      { inputs: { 'experiment-name': 'train-autolog' } },
    )
    expectGreen(result)
    const { outputs } = result
    expect(outputs['experiment-id']).toBe(await mlflow.experiment('train-autolog'))
    expect(JSON.parse(outputs.metrics ?? '')).toMatchObject({ training_score: expect.closeTo(0.97, 1) })
    const [model] = (await mlflow.run(outputs['run-id'] ?? ''))?.models ?? []
    expect(outputs['model-uri']).toBe(`models:/${model?.id}`)
    expect(result.summary).toContain('training&#95;score')
  })

  it('with children and grandchildren, in an experiment of its own: the run on top', async () => {
    const result = await train(`
import mlflow
mlflow.set_experiment("train-nested")
with mlflow.start_run() as top:
    for c in "ab":
        with mlflow.start_run(nested=True):
            mlflow.log_metric("auc", float("nan"))
            with mlflow.start_run(nested=True): pass
    mlflow.log_metric("auc", 0.75)
print("made", top.info.run_id)`)
    expectGreen(result)
    expect(result.outputs.metrics).toBe('{"auc":0.75}')
  })

  it('and makes two runs, one of them in another process: both are named', async () => {
    const result = await train(`
import mlflow, subprocess, sys
child = "import mlflow\\nwith mlflow.start_run() as r: print('second', r.info.run_id)"
with mlflow.start_run() as run:
    print("first", run.info.run_id, flush=True)
    subprocess.run([sys.executable, "-c", child], check=True)`)
    const [first, second] = ['first', 'second'].map(
      (name) => new RegExp(`^${name} (\\w{32})$`, 'm').exec(result.log)?.[1],
    )
    expectRed(result, '2 MLflow runs', first ?? 'first', second ?? 'second', 'nested=True')
    expect(result.outputs['run-id']).toBe('')
  })

  it('and only MlflowClient.create_run: needs a line that says so', async () => {
    const script = (line: string) => `
import mlflow, os
client = mlflow.MlflowClient()
run = client.create_run("0")
client.set_terminated(run.info.run_id)
print("made", run.info.run_id)
${line}`
    expectRed(await train(script('')), 'No MLflow run of the script was found', 'RUN_ID: <32 hex digits>')
    expectGreen(await train(script('print("RUN_ID:", run.info.run_id)')))
  })

  it('and fails inside the run: red with the exit code, and the run is named', async () => {
    const result = await train(`
import mlflow, sys
with mlflow.start_run() as run:
    print("made", run.info.run_id, flush=True)
    sys.exit(3)`)
    expectRed(result, 'exit code 3', idIn(result))
    expect(result.outputs).toMatchObject({ 'run-id': idIn(result), status: 'FAILED' })
  })

  it('and leaves its run open: red, and the run is named', async () => {
    const result = await train(`
import mlflow, os
print("made", mlflow.start_run().info.run_id, flush=True)
os._exit(0)`)
    expectRed(result, 'mlflow.end_run()', `${idIn(result)} `, 'RUNNING')
    expect(result.outputs).toMatchObject({ 'run-id': idIn(result), status: 'RUNNING' })
  })

  it('and is cancelled: ended in time, and the run is named', async () => {
    const result = await train(
      `
import mlflow, time
with mlflow.start_run() as run:
    print("made", run.info.run_id, flush=True)
    time.sleep(60)`,
      { signals: [{ signal: 'SIGINT', when: /^made/ }] },
    )
    expectRed(result, 'The job was cancelled')
    expect(result.outputs).toMatchObject({
      'run-id': idIn(result),
      status: expect.stringMatching(/FAILED|KILLED/),
    })
  })
})

describe('capture: precreate', () => {
  const inputs = { capture: 'precreate', 'experiment-name': 'train-precreate' }

  it('lets the script resume the run, with the context that a resumed run lacks', async () => {
    const result = await train(
      `
import mlflow
with mlflow.start_run() as run:
    mlflow.log_metric("auc", 0.5)
with mlflow.start_run(): pass
print("made", run.info.run_id)`,
      { inputs },
    )
    expectGreen(result)
    const tags = (await mlflow.run(idIn(result)))?.tags
    expect(tags).toMatchObject({
      'mlflow.user': 'monalisa',
      'mlflow.source.git.commit': '0123456789abcdef0123456789abcdef01234567',
    })
  })

  it('ends the run where MLflow refuses to resume it', async () => {
    const result = await train('import mlflow\nmlflow.set_experiment("train-other")\nmlflow.start_run()', {
      inputs,
    })
    expectRed(result, 'exit code 1', result.outputs['run-id'] ?? '')
    expect(result.outputs.status).toBe('FAILED')
    expect((await mlflow.run(result.outputs['run-id'] ?? ''))?.status).toBe('FAILED')
  })

  it('ends the run that the script did not touch', async () => {
    const result = await train('import runs; runs.make()', { inputs })
    expectRed(result, 'without finishing the run that was made for it', 'capture: auto')
    expect((await mlflow.run(result.outputs['run-id'] ?? ''))?.status).toBe('FAILED')
  })
})

describe('what a script prints', () => {
  it('cannot hide the run id behind a mask, nor set an output, nor make an annotation', async () => {
    const result = await train(`
import runs, sys
run = runs.make()
for out in (sys.stdout, sys.stderr):
    for command in ("add-mask", "set-output name=run-id", "error", "save-state name=x", "stop-commands", "group"):
        print(f"::{command}::{run}", file=out)
        print(f"  \\u0085\\t::{command}::{run}", file=out)
        print(f"loss 0.1 ##[{command}]{run}", file=out)
print("made", run)`)
    expectGreen(result)
    expect(result.commands.map(({ name }) => name)).toEqual(['stop-commands', 'resume-commands'])
    expect(result).toMatchObject({ dropped: [], annotations: [], state: {} })
  })

  it('may name only a run that it made', async () => {
    const foreign = await mlflow.createRun({ experimentId: '0', startTime: Date.now() - 60_000, tags: {} })
    await mlflow.endRun(foreign.id, 'FINISHED', Date.now())
    const line = `print("RUN_ID: ${foreign.id}")`
    expectRed(await train(line), 'before this step', foreign.id)
    const both = await train(`import runs\nprint("made", runs.make())\n${line}`)
    expectRed(both, 'other runs than its own', foreign.id, idIn(both))
    expectRed(await train(`print("RUN_ID: ${'0'.repeat(32)}")`), 'knows no such run')
    const two = 'import runs\nfor _ in "ab": print("RUN_ID:", runs.make(tagged=False))'
    expectRed(await train(two), 'RUN_ID lines of 2 runs')
  })

  it('may be one line of 50 MB, in flat memory', async () => {
    const result = await train(`
import runs, sys
for _ in range(50): sys.stdout.write("x" * 1_000_000)
print()
print("made", runs.make())`)
    expectGreen(result)
    expect(result.log.length).toBeGreaterThan(50_000_000)
    expect(result.memory).toBeLessThan(200_000_000)
  })

  it('may go on in the background, which holds nobody up', async () => {
    const result = await train('sleep 30 & python -c "import runs; print(\'made\', runs.make())"', {}, 'bash')
    expectGreen(result)
    expect(result.milliseconds).toBeLessThan(15_000)
    expect(result.annotations).toMatchObject([
      { level: 'warning', message: expect.stringContaining('background') },
    ])
  })
})

describe('what a script is given', () => {
  it('has nothing of the runner, and the connection without credentials in its address', async () => {
    const result = await train(
      'import os, runs\nprint("made", runs.make())\nfor e in os.environ.items(): print(*e)',
      {
        inputs: { 'tracking-uri': uri.replace('//', '//me:pass%20word@'), workspace: '' },
        env: { MLFLOW_RUN_CONTEXT: '{"team": "fraud"}', GITHUB_TOKEN: 'kept' },
      },
    )
    expectGreen(result)
    const names = result.log.split('\n').map((line) => line.split(' ')[0] ?? '')
    expect(
      names.filter((name) => /^(INPUT_|ACTIONS_|STATE_|GITHUB_(ENV|PATH|OUTPUT|STATE|STEP))/.test(name)),
    ).toEqual([])
    expect(names).toEqual(expect.arrayContaining(['RUNNER_TEMP', 'GITHUB_TOKEN', 'MLFLOW_TRACKING_USERNAME']))
    expect(result.log).toContain(`MLFLOW_TRACKING_URI ${uri}\n`)
    expect(result.log).toContain('MLFLOW_TRACKING_PASSWORD ***')
    expect((await mlflow.run(idIn(result)))?.tags.team).toBe('fraud')
  })

  it('is nothing at all where the server is not there', async () => {
    const result = await train('print("started")', { inputs: { 'tracking-uri': 'http://127.0.0.1:9' } })
    expectRed(result, 'MLflow', 'is the server up')
    expect(result.log).not.toContain('started')
  })
})
