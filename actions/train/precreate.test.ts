import { describe, expect, it } from 'vitest'
import type { Script } from '../../src/adapters/process/run-script.ts'
import { UserError } from '../../src/domain/failure.ts'
import { MADE as A, setUp, type Training } from '../../test/fakes/train.ts'

const B = 'b'.repeat(32)

describe('train with capture: precreate', () => {
  const inputs = { capture: 'precreate' }
  const finish = (mlflow: Training) => (script: Script) =>
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
    expect(outcome.outputs).toMatchObject({ 'run-id': A, 'experiment-id': 'id-of-digits' })
    expect(mlflow.runs.get(A)?.tags).toMatchObject({
      'mlflow.user': 'ada',
      'mlflow.source.git.commit': 'abc',
      'mlflow.source.name': 'https://github.com/shop/digits/actions/runs/77',
      team: 'fraud',
    })
    expect(mlflow.writes).toEqual(['createRun id-of-digits'])
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

  it('warns of runs that the script made beside the one that was made for it', async () => {
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
    expect(warning).toContain('made 1 more MLflow run')
    expect(warning).toContain(`${B} "brave-ant"`)
    expect(warning).not.toContain('ccc')
    expect(others).toEqual([])
  })

  it('names the cure for a script that made its run with MlflowClient.create_run', async () => {
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
      /MlflowClient.create_run does not take the run over that .*: use capture: auto/,
    )
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
