import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Script } from '../../src/adapters/process/run-script.ts'
import { Fault, UserError } from '../../src/domain/core/errors.ts'
import { CAPTURE_TAG } from '../../src/domain/training/select-run.ts'
import { FIRST_RUN_ID as A, START, setUp } from '../../test/fakes/train.ts'

const B = 'b'.repeat(32)

describe('train with capture: auto', () => {
  it('outputs the run with the tag of this step, its model and metrics', async () => {
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
      'metrics-file': expect.stringMatching(/^\/tmp\/train-\w+\/metrics\.json$/),
      'duration-seconds': '61.2',
    })
    expect(readFileSync(outcome.outputs['metrics-file'] ?? '', 'utf8')).toBe(outcome.outputs.metrics)
    expect(outcome.summary).toContain(`**The training took 61.2 s and logged run ${A}.**`)
    expect(outcome.summary).toContain(`| run-id | ${A} |`)
    expect(outcome.summary).toContain('| &#60;b&#62;&#124; | 1 |')
  })

  it('tags each step uniquely, keeps tags of the job, and passes the connection on', async () => {
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

  it('queries the server before the training', async () => {
    const { mlflow, train } = setUp()
    mlflow.isDown = true
    let started = false
    const outcome = train({
      script: () => {
        started = true
      },
    })
    await expect(outcome).rejects.toThrow('Is the server up?')
    expect(started).toBe(false)
  })

  it('uses a printed id only without a tagged run, and only for a run of this training', async () => {
    const { mlflow, train } = setUp()
    const print = { script: ({ onLines }: Script) => void onLines(`RUN_ID: ${A}\n`) }
    expect((await train(print)).failure?.message).toContain('knows no such run')
    mlflow.add(A)
    const success = await train(print)
    expect(success.failure).toBeUndefined()
    expect(success.outputs['run-id']).toBe(A)
    mlflow.add(A, { startTime: START - 1 })
    expect(await train(print)).toMatchObject({
      failure: { message: expect.stringContaining('before this step') },
      outputs: { 'run-id': A },
    })
  })

  it.each([
    ['RUNNING', 'mlflow.end_run()'],
    ['FAILED', 'with a code other than 0'],
  ])('fails if the run is %s, and outputs it', async (status, hint) => {
    const { mlflow, train } = setUp()
    const outcome = await train({ script: (_, tags) => void mlflow.add(A, { tags, status }) })
    expect(outcome.failure).toBeInstanceOf(UserError)
    expect(outcome.failure?.message).toContain(hint)
    expect(outcome.outputs).toMatchObject({ 'run-id': A, status })
  })

  it('fails if the script created two runs, or none', async () => {
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

  it('takes the printed one of several runs, and warns of the others', async () => {
    const { mlflow, train, warnings } = setUp()
    const outcome = await train({
      script: ({ onLines }, tags) => {
        mlflow.add(A, { tags })
        mlflow.add(B, { tags })
        onLines(`RUN_ID: ${B}\n`)
      },
    })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs['run-id']).toBe(B)
    expect(warnings.join()).toMatch(
      new RegExp(`created 1 more MLflow run beside the printed one.*\\n  ${A} `),
    )
  })

  it('shows a line that names a run and does not count', async () => {
    const { train } = setUp()
    const outcome = await train({
      script: ({ onLines }) => void onLines(`INFO:root:RUN_ID: ${A}\n`.repeat(9)),
    })
    expect(outcome.failure?.message).toContain(`"INFO:root:RUN_ID: ${A}" has text before RUN_ID`)
    expect(outcome.failure?.message.split('INFO:root')).toHaveLength(6)
  })

  it('fails with the exit code of the script and names its run', async () => {
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

  it('keeps the exit code if MLflow becomes unreachable', async () => {
    const { mlflow, warnings, train } = setUp()
    const gone = (code: number) =>
      train({
        script: () => {
          mlflow.isDown = true
          return { code }
        },
      })
    expect((await gone(3)).failure?.message).toContain('exit code 3')
    expect(warnings.join()).toContain('connection refused')
    mlflow.isDown = false
    const outcome = await gone(0)
    expect(outcome.failure).toBeInstanceOf(Fault)
    expect(outcome.outputs['duration-seconds']).toBe('61.2')
  })

  it('reports a cancelled job, with the run', async () => {
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

  it('rejects a missing folder before it runs anything', async () => {
    const { train } = setUp()
    await expect(train({ inputs: { 'working-directory': 'no-such-folder' } })).rejects.toThrow(
      'Input working-directory: "no-such-folder" is not a folder in /tmp',
    )
  })
})

describe('the metrics of a run', () => {
  const run = async (metrics: ReadonlyMap<string, number>) => {
    const { mlflow, warnings, train } = setUp()
    const { failure, outputs } = await train({ script: (_, tags) => void mlflow.add(A, { tags, metrics }) })
    expect(failure).toBeUndefined()
    const all = JSON.parse(readFileSync(outputs['metrics-file'] ?? '', 'utf8'))
    expect(all).toEqual(Object.fromEntries(metrics))
    return { text: outputs.metrics ?? '', file: outputs['metrics-file'] ?? '', warning: warnings.join() }
  }
  const named = (count: number, name: (index: number) => string) =>
    new Map(Array.from({ length: count }, (_, index) => [name(index), index / 7]))

  it.each([
    ['thousands', named(12_000, (index) => `validation/class_${index}/f1_score`)],
    ['names of several bytes a letter', named(5000, (index) => `Güte/größe_${index}/日本語`)],
    ['names that JSON escapes', named(3000, (index) => `a"\\\\"${index}`)],
  ])('are limited, with a word and a file: %s', async (_case, metrics) => {
    const { text, file, warning } = await run(metrics)
    const count = Object.keys(JSON.parse(text)).length
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536)
    // The next one would not fit.
    expect(Buffer.byteLength(text)).toBeGreaterThan(65_536 - 100)
    expect([...metrics.keys()].slice(0, count)).toEqual(Object.keys(JSON.parse(text)))
    expect(warning).toContain(`Output metrics has the first ${count} of ${metrics.size} metrics`)
    expect(warning).toContain(file)
  })

  it('are whole, without a word, if they fit', async () => {
    const { text, warning } = await run(named(1000, (index) => `metric_${index}`))
    expect(Object.keys(JSON.parse(text))).toHaveLength(1000)
    expect(warning).toBe('')
  })

  it('have no file without a run, and none that the disk does not take', async () => {
    const { mlflow, warnings, train } = setUp()
    expect((await train()).outputs).toMatchObject({ metrics: '{}', 'metrics-file': '' })
    const temp = '/nowhere/temp'
    const outcome = await train({ temp, script: (_, tags) => void mlflow.add(A, { tags }) })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs['metrics-file']).toBe('')
    expect(warnings.join()).toContain('the file cannot be written')
  })
})

describe('the model location', () => {
  const folder = (path: string) => ({ path, isFolder: true, size: undefined })
  const file = (path: string) => ({ path, isFolder: false, size: undefined })

  it('is the folder with an MLmodel file if no model was logged', async () => {
    const { mlflow, train } = setUp()
    mlflow.files.set('', [folder('plots'), folder('model'), file('MLmodel.txt')])
    mlflow.files.set('plots', [file('a.png')])
    mlflow.files.set('model', [file('MLmodel'), file('model.pkl')])
    const outcome = await train({ script: (_, tags) => void mlflow.add(A, { tags }) })
    expect(outcome.outputs['model-uri']).toBe(`runs:/${A}/model`)
  })

  it('is empty for several models, with a warning', async () => {
    const { mlflow, warnings, train } = setUp()
    const models = ['m-1', 'm-2'].map((id) => ({ id, step: 3 }))
    const outcome = await train({ script: (_, tags) => void mlflow.add(A, { tags, models }) })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs['model-uri']).toBe('')
    expect(warnings.join()).toContain(
      'The run has 2 models, so model-uri is empty: "model" (m-1), "model" (m-2). To gatekeeper, give the name of one as model-name-in-run',
    )
  })

  it('is empty for several folders with an MLmodel file', async () => {
    const { mlflow, warnings, train } = setUp()
    mlflow.files.set('', [folder('first'), folder('second')])
    for (const name of ['first', 'second']) mlflow.files.set(name, [file('MLmodel')])
    const outcome = await train({ script: (_, tags) => void mlflow.add(A, { tags }) })
    expect(outcome.outputs['model-uri']).toBe('')
    expect(warnings.join()).toContain(`"first" (runs:/${A}/first), "second" (runs:/${A}/second)`)
  })

  it('is that of the best estimator of a search, with a note', async () => {
    const { mlflow, warnings, train } = setUp()
    const models = ['m-1', 'm-2'].map((id) => ({ id, step: 0 }))
    mlflow.modelNames.set('m-1', 'best_estimator')
    const search = { estimator_class: 'sklearn.model_selection._search.GridSearchCV' }
    const script = (extra: Record<string, string>) => (_: Script, tags: Record<string, string>) =>
      void mlflow.add(A, { tags: { ...tags, ...extra }, models })
    expect((await train({ script: script(search) })).outputs['model-uri']).toBe('models:/m-1')
    expect(warnings.join()).toMatch(/autologging logged of GridSearchCV, .*m-1\) is taken/)
    expect((await train({ script: script({}) })).outputs['model-uri']).toBe('')
  })
})
