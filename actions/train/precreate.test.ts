import { describe, expect, it } from 'vitest'
import type { Script } from '../../src/adapters/process/run-script.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { FIRST_RUN_ID as A, type FakeTrackingServer, setUp } from '../../test/fakes/train.ts'

const B = 'b'.repeat(32)

describe('train with capture: precreate', () => {
  const inputs = { capture: 'precreate' }
  const finish = (mlflow: FakeTrackingServer) => (script: Script) =>
    void mlflow.add(script.env.MLFLOW_RUN_ID ?? '', { ...mlflow.runs.get(A), status: 'FINISHED' })

  it('creates the run with its context and passes its id on', async () => {
    const { mlflow, train } = setUp()
    const env = { MLFLOW_RUN_CONTEXT: '{"team":"fraud"}' }
    const outcome = await train({
      inputs: { ...inputs, 'experiment-name': 'digits' },
      env,
      script: finish(mlflow),
    })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs).toMatchObject({ 'run-id': A, 'experiment-id': 'id-of-digits' })
    expect(mlflow.runs.get(A)?.tags).toMatchObject({
      'mlflow.user': 'ada',
      'mlflow.source.git.commit': 'abc',
      'mlflow.source.name': 'https://github.com/shop/digits/actions/runs/77',
      team: 'fraud',
    })
    expect(mlflow.writes).toEqual(['createRun id-of-digits'])
  })

  it('ends a run that the script did not use, and fails', async () => {
    const { mlflow, train } = setUp()
    const outcome = await train({ inputs })
    expect(mlflow.runs.get(A)?.status).toBe('FAILED')
    expect(outcome.failure?.message).toContain('without finishing the precreated run')
    expect(outcome.outputs).toMatchObject({ 'run-id': A, status: 'FAILED' })
  })

  it('marks it KILLED if the job was cancelled', async () => {
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

  it('ends it if the script cannot start', async () => {
    const { mlflow, train } = setUp()
    const script = () => {
      throw new UserError('no shell')
    }
    await expect(train({ inputs, script })).rejects.toThrow('no shell')
    expect(mlflow.runs.get(A)?.status).toBe('FAILED')
  })

  it('warns of further runs of the script', async () => {
    const { mlflow, train, warnings } = setUp()
    const outcome = await train({
      inputs,
      env: { MLFLOW_RUN_CONTEXT: '{"team":"fraud"}' },
      script: (script, tags) => {
        expect(tags).toMatchObject({ team: 'fraud' })
        finish(mlflow)(script)
        mlflow.add(B, { tags })
        mlflow.add('c'.repeat(32), { tags: { ...tags, 'mlflow.parentRunId': A } })
      },
    })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs['run-id']).toBe(A)
    const [warning = '', ...others] = warnings
    expect(warning).toContain('created 1 more MLflow run')
    expect(warning).toContain(`${B} "brave-ant"`)
    expect(warning).not.toContain('ccc')
    expect(others).toEqual([])
  })

  it("names the fix for a script that selects another experiment, by MLflow's own words", async () => {
    const mismatch = `WARNING mlflow: Cannot start run with ID ${A} because active experiment ID does not match environment run ID. Make sure\n`
    for (const code of [0, 1]) {
      const { train } = setUp()
      const script = ({ onLines }: Script) => {
        onLines('one\n')
        onLines(mismatch)
        onLines('two\n')
        return { code }
      }
      const outcome = await train({ inputs, script })
      expect(outcome.failure?.message).toMatch(
        /selects with mlflow\.set_experiment: give that name as input experiment-name/,
      )
      expect(outcome.failure?.message).not.toContain('create_run')
    }
  })

  it('names the fix for a script that uses MlflowClient.create_run', async () => {
    const { mlflow, train } = setUp()
    const outcome = await train({
      inputs,
      script: (script) => {
        mlflow.add(B)
        script.onLines(`RUN_ID: ${B}\n`)
      },
    })
    expect(outcome.failure?.message).toContain(`${B} "brave-ant"`)
    expect(outcome.failure?.message).toMatch(
      /MlflowClient.create_run does not resume the precreated run: use capture: auto/,
    )
  })

  it('says that an earlier run of the script took the precreated one', async () => {
    const { mlflow, train } = setUp()
    const outcome = await train({
      inputs,
      script: (script, tags) => {
        finish(mlflow)(script)
        mlflow.add(B, { tags })
        script.onLines(`RUN_ID: ${B}\n`)
      },
    })
    expect(outcome.failure?.message).toMatch(/had taken the precreated run.*\n {2}0+1 .*\nUse capture: auto/)
    expect(outcome.failure?.message).not.toContain('create_run')
  })

  it('rejects a printed id of another run', async () => {
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
