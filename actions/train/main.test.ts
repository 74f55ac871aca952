import { describe, expect, it } from 'vitest'
import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import type { Script, ScriptEnd } from '../../src/adapters/process/run-script.ts'
import { CAPTURE_TAG } from '../../src/domain/capture.ts'
import { Fault, UserError } from '../../src/domain/failure.ts'
import type { Context } from '../../src/runtime/context.ts'
import { readInputs } from '../../src/runtime/inputs.ts'
import type { Adapters, Tracking } from './adapters.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
const START = Date.parse('2026-03-01T12:00:00Z')

/** An MLflow server in memory: what is behind it for real is seen in test/system/train.system.test.ts. */
class FakeMlflow implements Tracking {
  readonly base = 'http://mlflow:5000'
  readonly runs = new Map<string, Run>()
  readonly files = new Map<string, { path: string; isFolder: boolean; size: undefined }[]>()
  asked: string[] = []
  down = false

  add(id: string, change: Partial<Run> = {}): Run {
    const run: Run = {
      id,
      name: 'brave-ant',
      experimentId: '3',
      status: 'FINISHED',
      deleted: false,
      startTime: START + 1,
      endTime: START + 2,
      artifactUri: '',
      metrics: new Map(),
      params: new Map(),
      tags: {},
      models: [],
      ...change,
    }
    this.runs.set(id, run)
    return run
  }
  #ask(what: string): void {
    this.asked.push(what)
    if (this.down)
      throw new Fault({ system: 'MLflow', call: what, said: 'connection refused', next: 'Is the server up?' })
  }
  async run(id: string) {
    this.#ask('run')
    return this.runs.get(id)
  }
  async runsByTag(key: string, value: string) {
    this.#ask('runsByTag')
    return [...this.runs.values()].filter((run) => run.tags[key] === value)
  }
  async experiment(name: string) {
    this.#ask(`experiment ${name}`)
    return '8'
  }
  async createRun({ experimentId, startTime, tags }: Parameters<Tracking['createRun']>[0]) {
    this.#ask('createRun')
    return this.add(A, { experimentId, startTime, tags, status: 'RUNNING' })
  }
  async endRun(id: string, status: 'FINISHED' | 'FAILED' | 'KILLED') {
    this.#ask(`endRun ${status}`)
    this.add(id, { ...this.runs.get(id), status })
  }
  async list(place: Parameters<Tracking['list']>[0], folder = '') {
    this.#ask('list')
    return place.kind === 'run' ? this.files.get([place.path, folder].filter(Boolean).join('/')) : undefined
  }
}

interface Case {
  inputs?: Record<string, string>
  env?: Record<string, string>
  /** What the script does; it gets its own environment, and prints by `script.onLines`. */
  script?: (script: Script, tag: Record<string, string>) => Partial<ScriptEnd> | undefined
  cancel?: AbortController
}

function setUp() {
  const mlflow = new FakeMlflow()
  const warnings: string[] = []
  const train = ({ inputs = {}, env = {}, script, cancel = new AbortController() }: Case = {}) => {
    const context: Context = {
      run: {
        repository: 'o/r',
        id: '77',
        attempt: '2',
        actor: 'mona',
        url: 'https://x/77',
        event: 'schedule',
      },
      log: { info: () => {}, group: () => {}, warning: (message) => warnings.push(message) },
      env: { PATH: '/bin', GITHUB_SHA: 'abc', INPUT_RUN: 'x', ...env },
      temp: '/tmp',
      workspace: '/tmp',
      cancelled: cancel.signal,
      event: () => ({}),
      saveState: () => {},
    }
    const adapters: Adapters = {
      connect: () => mlflow,
      now: () => START,
      runScript: async (given) => {
        const tag = JSON.parse(given.env.MLFLOW_RUN_CONTEXT ?? '{}')
        return {
          code: 0,
          signal: undefined,
          milliseconds: 61_234,
          leftBehind: false,
          ...script?.(given, tag),
        }
      },
    }
    const given = { run: 'x', 'tracking-uri': 'http://me:secret@mlflow:5000', ...inputs }
    const variables = Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
    return main(readInputs(contract, Object.fromEntries(variables)), context, adapters)
  }
  return { mlflow, warnings, train }
}

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
    expect(first[CAPTURE_TAG]).toMatch(/^77-2-/)
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
        return { code: undefined, signal: 'SIGTERM' }
      },
    })
    expect(outcome.failure?.message).toContain('cancelled, and the script ended with SIGTERM')
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

describe('train with capture: precreate', () => {
  const inputs = { capture: 'precreate' }
  const finish = (mlflow: FakeMlflow) => (script: Script) =>
    void mlflow.add(script.env.MLFLOW_RUN_ID ?? '', { ...mlflow.runs.get(A), status: 'FINISHED' })

  it('makes the run with its context, and hands it over', async () => {
    const { mlflow, train } = setUp()
    const env = { MLFLOW_RUN_CONTEXT: '{"team":"fraud"}' }
    const outcome = await train({
      inputs: { ...inputs, 'experiment-name': 'digits' },
      env,
      script: finish(mlflow),
    })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs).toMatchObject({ 'run-id': A, 'experiment-id': '8' })
    expect(mlflow.runs.get(A)?.tags).toMatchObject({
      'mlflow.user': 'mona',
      'mlflow.source.git.commit': 'abc',
      'mlflow.source.name': 'https://x/77',
      team: 'fraud',
    })
    expect(mlflow.asked).not.toContain('endRun FAILED')
  })

  it('ends a run that the script did not touch, and says why that is red', async () => {
    const { mlflow, train } = setUp()
    const outcome = await train({ inputs })
    expect(mlflow.runs.get(A)?.status).toBe('FAILED')
    expect(outcome.failure?.message).toContain('without finishing the run that was made for it')
    expect(outcome.outputs).toMatchObject({ 'run-id': A, status: 'FAILED' })
  })

  it('marks it KILLED where the job was cancelled', async () => {
    const { mlflow, train } = setUp()
    const cancel = new AbortController()
    await train({
      inputs,
      cancel,
      script: () => {
        cancel.abort()
        return { code: 130 }
      },
    })
    expect(mlflow.runs.get(A)?.status).toBe('KILLED')
  })

  it('ends it also where the script could not be started', async () => {
    const { mlflow, train } = setUp()
    const script = () => {
      throw new UserError('no shell')
    }
    await expect(train({ inputs, script })).rejects.toThrow('no shell')
    expect(mlflow.runs.get(A)?.status).toBe('FAILED')
  })

  it('does not believe a line that names another run', async () => {
    const { mlflow, train } = setUp()
    const outcome = await train({
      inputs,
      script: (script) => {
        finish(mlflow)(script)
        script.onLines(`RUN_ID: ${B}\n`)
      },
    })
    expect(outcome.failure?.message).toContain(`${B}, which MLflow does not know`)
    expect(outcome.outputs['run-id']).toBe(A)
  })
})
