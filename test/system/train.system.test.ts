import { describe, expect, it } from 'vitest'
import {
  expectFailure,
  expectSuccess,
  mlflow,
  printedRunId,
  runTrainStep,
  useTraining,
} from './support/mlflow/train-step.ts'

useTraining()

describe("a script that uses MLflow's own client", () => {
  it('and only autologs: outputs the run with its model and metrics', async () => {
    const result = await runTrainStep(
      `
import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
mlflow.sklearn.autolog()
LogisticRegression(max_iter=500).fit(*load_iris(return_X_y=True))
print("made", mlflow.last_active_run().info.run_id)`,
      { inputs: { 'experiment-name': 'train-autolog' } },
    )
    expectSuccess(result)
    const { outputs } = result
    expect(outputs['experiment-id']).toBe(await mlflow.ensureExperiment('train-autolog'))
    expect(JSON.parse(outputs.metrics ?? '')).toMatchObject({ training_score: expect.closeTo(0.97, 1) })
    const [model] = (await mlflow.getRun(outputs['run-id'] ?? ''))?.models ?? []
    expect(outputs['model-uri']).toBe(`models:/${model?.id}`)
    expect(result.summary).toContain('training&#95;score')
  })

  it('with nested runs in a separate experiment: outputs the parent run', async () => {
    const result = await runTrainStep(`
import mlflow
mlflow.set_experiment("train-nested")
with mlflow.start_run() as top:
    for c in "ab":
        with mlflow.start_run(nested=True):
            mlflow.log_metric("auc", float("nan"))
            with mlflow.start_run(nested=True): pass
    mlflow.log_metric("auc", 0.75)
print("made", top.info.run_id)`)
    expectSuccess(result)
    expect(result.outputs.metrics).toBe('{"auc":0.75}')
  })

  it('and creates two runs, one in another process: fails and names both', async () => {
    const result = await runTrainStep(`
import mlflow, subprocess, sys
child = "import mlflow\\nwith mlflow.start_run() as r: print('second', r.info.run_id)"
with mlflow.start_run() as run:
    print("first", run.info.run_id, flush=True)
    subprocess.run([sys.executable, "-c", child], check=True)`)
    const [first, second] = ['first', 'second'].map(
      (name) => new RegExp(`^${name} (\\w{32})$`, 'm').exec(result.log)?.[1],
    )
    expectFailure(result, '2 unrelated MLflow runs', first ?? 'first', second ?? 'second', 'nested=True')
    expect(result.outputs['run-id']).toBe('')
  })

  it('and creates a run for each trial: outputs the one whose id is printed', async () => {
    const result = await runTrainStep(`
import mlflow
for trial in "ab":
    with mlflow.start_run(run_name=trial): pass
with mlflow.start_run() as run:
    mlflow.log_metric("auc", 0.75)
print("made", run.info.run_id)
print("RUN_ID:", run.info.run_id)`)
    expectSuccess(result)
    expect(result.outputs.metrics).toBe('{"auc":0.75}')
    expect(result.annotations).toMatchObject([
      {
        level: 'warning',
        message: expect.stringContaining('created 2 more MLflow runs beside the printed one'),
      },
    ])
  })

  it('and uses only MlflowClient.create_run: needs a printed run id', async () => {
    const script = (line: string) => `
import mlflow, os
client = mlflow.MlflowClient()
run = client.create_run("0")
client.set_terminated(run.info.run_id)
print("made", run.info.run_id)
${line}`
    expectFailure(
      await runTrainStep(script('')),
      'No MLflow run of the script was found',
      'RUN_ID: <32 hex digits>',
    )
    expectSuccess(await runTrainStep(script('print("RUN_ID:", run.info.run_id)')))
  })

  it('and fails inside the run: fails with the exit code and names the run', async () => {
    const result = await runTrainStep(`
import mlflow, sys
with mlflow.start_run() as run:
    print("made", run.info.run_id, flush=True)
    sys.exit(3)`)
    expectFailure(result, 'exit code 3', printedRunId(result))
    expect(result.outputs).toMatchObject({ 'run-id': printedRunId(result), status: 'FAILED' })
  })

  it('and leaves its run open: fails and names the run', async () => {
    const result = await runTrainStep(`
import mlflow, os
print("made", mlflow.start_run().info.run_id, flush=True)
os._exit(0)`)
    expectFailure(result, 'mlflow.end_run()', `${printedRunId(result)} `, 'RUNNING')
    expect(result.outputs).toMatchObject({ 'run-id': printedRunId(result), status: 'RUNNING' })
  })

  it('and is cancelled: ends the script in time and names the run', async () => {
    const result = await runTrainStep(
      `
import mlflow, time
with mlflow.start_run() as run:
    print("made", run.info.run_id, flush=True)
    time.sleep(60)`,
      { signals: [{ signal: 'SIGINT', when: /^made/ }] },
    )
    expectFailure(result, 'The job was cancelled')
    expect(result.outputs).toMatchObject({
      'run-id': printedRunId(result),
      status: expect.stringMatching(/FAILED|KILLED/),
    })
  })
})

describe('capture: precreate', () => {
  const inputs = { capture: 'precreate', 'experiment-name': 'train-precreate' }

  it('lets the script resume the run, with the context tags that MLflow does not set on it', async () => {
    const result = await runTrainStep(
      `
import mlflow
with mlflow.start_run() as run:
    mlflow.log_metric("auc", 0.5)
with mlflow.start_run(): pass
print("made", run.info.run_id)`,
      { inputs },
    )
    expectSuccess(result)
    const tags = (await mlflow.getRun(printedRunId(result)))?.tags
    expect(tags).toMatchObject({
      'mlflow.user': 'monalisa',
      'mlflow.source.git.commit': '0123456789abcdef0123456789abcdef01234567',
    })
  })

  it('ends the run if MLflow does not resume it', async () => {
    const result = await runTrainStep(
      'import mlflow\nmlflow.set_experiment("train-other")\nmlflow.start_run()',
      {
        inputs,
      },
    )
    expectFailure(result, 'exit code 1', result.outputs['run-id'] ?? '')
    expect(result.outputs.status).toBe('FAILED')
    expect((await mlflow.getRun(result.outputs['run-id'] ?? ''))?.status).toBe('FAILED')
  })

  it('ends the run that the script did not use', async () => {
    const result = await runTrainStep('import runs; runs.make()', { inputs })
    expectFailure(result, 'without finishing the precreated run', 'capture: auto')
    expect((await mlflow.getRun(result.outputs['run-id'] ?? ''))?.status).toBe('FAILED')
  })
})
