import { describe, expect, it } from 'vitest'
import type { Script } from '../../src/adapters/process/run-script.ts'
import { CAPTURE_TAG } from '../../src/domain/capture.ts'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { MADE as A, START, setUp } from '../../test/fakes/train.ts'

const B = 'b'.repeat(32)

describe('train with capture: auto', () => {
  it('gives the run that carries the tag of this step, with model and metrics', async () => {
    const { mlflow, train } = setUp()
    const metrics = new Map([
      ['auc', 0.5],
      ['loss', Number.NaN],
      ['score', 1.7976931348623157e308],
      ['low', Number.NEGATIVE_INFINITY],
      ['<b>|', 1],
    ])
    const models = [
      { id: 'm-1', step: 0 },
      { id: 'm-2', step: 4 },
    ]
    const outcome = await train({ script: (_, tags) => void mlflow.add(A, { tags, metrics, models }) })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs).toEqual({
      'run-id': A,
      'experiment-id': '3',
      status: 'FINISHED',
      'model-uri': 'models:/m-2',
      metrics: '{"auc":0.5,"loss":"NaN","score":"Infinity","low":"-Infinity","<b>|":1}',
      'duration-seconds': '61.2',
    })
    expect(outcome.summary).toContain(`| run-id | ${A} |`)
    expect(outcome.summary).toContain('| &#60;b&#62;&#124; | 1 |')
  })

  it('gives every step a tag of its own, keeps those of the job, and hands over the connection', async () => {
    const { mlflow, train } = setUp()
    const seen: Script[] = []
    const env = { MLFLOW_RUN_CONTEXT: '{"team":"fraud"}', MLFLOW_RUN_ID: B, MLFLOW_EXPERIMENT_ID: '9' }
    for (const id of [A, B])
      await train({
        inputs: { 'experiment-name': 'digits' },
        env,
        script: (script, tags) => {
          seen.push(script)
          mlflow.add(id, { tags })
        },
      })
    const [first, second] = seen.map((script) => JSON.parse(script.env.MLFLOW_RUN_CONTEXT ?? ''))
    expect(first.team).toBe('fraud')
    expect(first[CAPTURE_TAG]).toMatch(/^77-1-/)
    expect(first[CAPTURE_TAG]).not.toBe(second[CAPTURE_TAG])
    expect(seen[0]?.env).toMatchObject({
      MLFLOW_TRACKING_URI: 'http://mlflow:5000',
      MLFLOW_TRACKING_USERNAME: 'me',
      MLFLOW_TRACKING_PASSWORD: 'secret',
      MLFLOW_EXPERIMENT_NAME: 'digits',
    })
    for (const name of ['MLFLOW_RUN_ID', 'MLFLOW_EXPERIMENT_ID', 'INPUT_RUN'])
      expect(seen[0]?.env).not.toHaveProperty(name)
  })

  it('asks the server before the training, so that a wrong address costs no hours', async () => {
    const { mlflow, train } = setUp()
    mlflow.down = true
    let started = false
    const outcome = train({
      script: () => {
        started = true
      },
    })
    await expect(outcome).rejects.toThrow('Is the server up?')
    expect(started).toBe(false)
  })

  it('takes a printed id only where no run has the tag, and only a run of this training', async () => {
    const { mlflow, train } = setUp()
    const print = { script: ({ onLines }: Script) => void onLines(`RUN_ID: ${A}\n`) }
    expect((await train(print)).failure?.message).toContain('knows no such run')
    mlflow.add(A)
    const green = await train(print)
    expect(green.failure).toBeUndefined()
    expect(green.outputs['run-id']).toBe(A)
    mlflow.add(A, { startTime: START - 1 })
    expect(await train(print)).toMatchObject({
      failure: { message: expect.stringContaining('before this step') },
      outputs: { 'run-id': A },
    })
  })

  it.each([
    ['RUNNING', 'mlflow.end_run()'],
    ['FAILED', 'exit code that is not 0'],
  ])('is red where the run is %s, and still names it', async (status, cure) => {
    const { mlflow, train } = setUp()
    const outcome = await train({ script: (_, tags) => void mlflow.add(A, { tags, status }) })
    expect(outcome.failure).toBeInstanceOf(UserError)
    expect(outcome.failure?.message).toContain(cure)
    expect(outcome.outputs).toMatchObject({ 'run-id': A, status })
  })

  it('is red where the script made two runs, or none', async () => {
    const { mlflow, train } = setUp()
    const none = await train()
    expect(none.failure?.message).toContain('No MLflow run of the script was found')
    const two = await train({
      script: (_, tags) => {
        mlflow.add(A, { tags })
        mlflow.add(B, { tags })
      },
    })
    expect(two.failure?.message).toMatch(new RegExp(`${A}.*\\n.*${B}`))
    expect(two.outputs['run-id']).toBe('')
  })

  it('is red with the exit code where the script failed, and names the run that it left', async () => {
    const { mlflow, train } = setUp()
    const outcome = await train({
      script: (_, tags) => {
        mlflow.add(A, { tags, status: 'FAILED' })
        return { code: 137 }
      },
    })
    expect(outcome.failure?.message).toMatch(/exit code 137 \(SIGKILL, .*memory/)
    expect(outcome.failure?.message).toContain(`${A} "brave-ant" in experiment 3, FAILED`)
    expect(outcome.outputs).toMatchObject({ 'run-id': A, status: 'FAILED', 'duration-seconds': '61.2' })
  })

  it('keeps the exit code where MLflow has gone away meanwhile', async () => {
    const { mlflow, warnings, train } = setUp()
    const gone = (code: number) =>
      train({
        script: () => {
          mlflow.down = true
          return { code }
        },
      })
    expect((await gone(3)).failure?.message).toContain('exit code 3')
    expect(warnings.join()).toContain('connection refused')
    mlflow.down = false
    const outcome = await gone(0)
    expect(outcome.failure).toBeInstanceOf(Fault)
    expect(outcome.outputs['duration-seconds']).toBe('61.2')
  })

  it('says that the job was cancelled, with the run', async () => {
    const { mlflow, train } = setUp()
    const cancel = new AbortController()
    const outcome = await train({
      cancel,
      script: (_, tags) => {
        mlflow.add(A, { tags, status: 'KILLED' })
        cancel.abort()
        return { code: undefined, signal: 'SIGKILL' }
      },
    })
    expect(outcome.failure?.message).toMatch(/cancelled, and the script ended with SIGKILL\.\n/)
    expect(outcome.outputs).toMatchObject({ 'run-id': A, status: 'KILLED' })
  })

  it('refuses a folder that is not there before anything runs', async () => {
    const { train } = setUp()
    await expect(train({ inputs: { 'working-directory': 'no-such-folder' } })).rejects.toThrow(
      'Input working-directory: "no-such-folder" is not a folder below /tmp',
    )
  })
})

describe("the model's place", () => {
  const folder = (path: string) => ({ path, isFolder: true, size: undefined })
  const file = (path: string) => ({ path, isFolder: false, size: undefined })

  it("is the folder of the run's own files with an MLmodel, where no model was logged", async () => {
    const { mlflow, train } = setUp()
    mlflow.files.set('', [folder('plots'), folder('model'), file('MLmodel.txt')])
    mlflow.files.set('plots', [file('a.png')])
    mlflow.files.set('model', [file('MLmodel'), file('model.pkl')])
    const outcome = await train({ script: (_, tags) => void mlflow.add(A, { tags }) })
    expect(outcome.outputs['model-uri']).toBe(`runs:/${A}/model`)
  })

  it('is open where there are several, which is said', async () => {
    const { mlflow, warnings, train } = setUp()
    const models = ['m-1', 'm-2'].map((id) => ({ id, step: 3 }))
    const outcome = await train({ script: (_, tags) => void mlflow.add(A, { tags, models }) })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs['model-uri']).toBe('')
    expect(warnings.join()).toContain('models:/m-1, models:/m-2')
  })
})
