import { describe, expect, it } from 'vitest'
import {
  expectFailure,
  expectSuccess,
  mlflow,
  printedRunId,
  runTrainStep,
  uri,
  useTraining,
} from './support/mlflow/train-step.ts'

useTraining()

describe('the output of a script', () => {
  it('cannot mask the run id, set an output, or create an annotation', async () => {
    const result = await runTrainStep(`
import runs, sys
run = runs.make()
for out in (sys.stdout, sys.stderr):
    for command in ("add-mask", "set-output name=run-id", "error", "save-state name=x", "stop-commands", "group"):
        print(f"::{command}::{run}", file=out)
        print(f"  \\u0085\\t::{command}::{run}", file=out)
        print(f"loss 0.1 ##[{command}]{run}", file=out)
print("made", run)`)
    expectSuccess(result)
    expect(result.commands.map(({ name }) => name)).toEqual(['stop-commands', 'resume-commands'])
    expect(result).toMatchObject({ droppedOutputs: [], annotations: [], state: {} })
  })

  it('can name only a run that the script created', async () => {
    const foreign = await mlflow.createRun({ experimentId: '0', startTime: Date.now() - 60_000, tags: {} })
    await mlflow.endRun(foreign.id, 'FINISHED', Date.now())
    const line = `print("RUN_ID: ${foreign.id}")`
    expectFailure(await runTrainStep(line), 'before this step', foreign.id)
    const both = await runTrainStep(`import runs\nprint("made", runs.make())\n${line}`)
    expectFailure(both, 'the ids of other runs', foreign.id, printedRunId(both))
    expectFailure(await runTrainStep(`print("RUN_ID: ${'0'.repeat(32)}")`), 'knows no such run')
    const two = 'import runs\nfor _ in "ab": print("RUN_ID:", runs.make(tagged=False))'
    expectFailure(await runTrainStep(two), 'printed the ids of 2 runs')
  })

  it('can be one line of 50 MB, with constant memory', async () => {
    const result = await runTrainStep(`
import runs, sys
for _ in range(50): sys.stdout.write("x" * 1_000_000)
print()
print("made", runs.make())`)
    expectSuccess(result)
    expect(result.log.length).toBeGreaterThan(50_000_000)
    expect(result.peakMemoryBytes).toBeLessThan(200_000_000)
  })

  it('can continue in the background without delaying the step', async () => {
    const result = await runTrainStep(
      'sleep 30 & python -c "import runs; print(\'made\', runs.make())"',
      {},
      'bash',
    )
    expectSuccess(result)
    expect(result.durationMs).toBeLessThan(15_000)
    expect(result.annotations).toMatchObject([
      { level: 'warning', message: expect.stringContaining('background') },
    ])
  })
})

describe('a script', () => {
  it('gets no variables of the runner, and a tracking URI without credentials', async () => {
    const result = await runTrainStep(
      'import os, runs\nprint("made", runs.make())\nfor e in os.environ.items(): print(*e)',
      {
        inputs: { 'tracking-uri': uri.replace('//', '//me:pass%20word@'), workspace: '' },
        env: { MLFLOW_RUN_CONTEXT: '{"team": "fraud"}', GITHUB_TOKEN: 'kept' },
      },
    )
    expectSuccess(result)
    const names = result.log.split('\n').map((line) => line.split(' ')[0] ?? '')
    expect(
      names.filter((name) => /^(INPUT_|ACTIONS_|STATE_|GITHUB_(ENV|PATH|OUTPUT|STATE|STEP))/.test(name)),
    ).toEqual([])
    expect(names).toEqual(expect.arrayContaining(['RUNNER_TEMP', 'GITHUB_TOKEN', 'MLFLOW_TRACKING_USERNAME']))
    expect(result.log).toContain(`MLFLOW_TRACKING_URI ${uri}\n`)
    expect(result.log).toContain('MLFLOW_TRACKING_PASSWORD ***')
    expect((await mlflow.getRun(printedRunId(result)))?.tags.team).toBe('fraud')
  })

  it('does not start if the server is unreachable', async () => {
    const result = await runTrainStep('print("started")', {
      inputs: { 'tracking-uri': 'http://127.0.0.1:9' },
    })
    expectFailure(result, 'MLflow', 'is the server up')
    expect(result.log).not.toContain('started')
  })
})
