import { describe, expect, it } from 'vitest'
import type { SeenRun } from './capture.ts'
import { captureProblem, defectProblem } from './capture-report.ts'

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
const server = 'http://mlflow:5000'
const run: SeenRun = {
  id: A,
  name: 'brave-ant-1',
  experimentId: '3',
  status: 'RUNNING',
  deleted: false,
  startTime: 1000,
  tags: {},
}
const line = `${A} "brave-ant-1" in experiment 3, RUNNING`

describe('a problem names what was seen and the cure', () => {
  it('no run', () => {
    const text = captureProblem({ kind: 'none' }, server, [])
    expect(text).toContain(server)
    expect(text).toContain('RUN_ID: <32 hex digits>')
    expect(text).toContain('mlflow.start_run()')
    expect(text).toContain('MlflowClient.create_run')
  })

  it('several runs', () => {
    const text = captureProblem(
      { kind: 'several', runs: [run, { ...run, id: B, status: 'FINISHED' }] },
      server,
      [],
    )
    expect(text).toContain(line)
    expect(text).toContain(`${B} "brave-ant-1" in experiment 3, FINISHED`)
    expect(text).toContain('nested=True')
  })

  it('lines that contradict', () => {
    const text = captureProblem({ kind: 'disagree', id: A, by: 'tag', announced: [B] }, server, [run])
    expect(text).toContain(`${B}, which MLflow does not know`)
    expect(text).toContain(line)
    expect(captureProblem({ kind: 'disagree', id: undefined, announced: [A, B] }, server, [])).toContain(
      'one run only',
    )
  })

  it.each([
    ['unknown', 'line', 'knows no such run'],
    ['deleted', 'tag', 'Restore it'],
    ['older', 'line', '1970-01-01T00:00:01.000Z, before this step at 1970-01-01T00:00:02.000Z'],
    ['running', 'tag', 'mlflow.end_run()'],
    ['running', 'precreate', 'capture: auto'],
    ['unfinished', 'tag', 'exit code that is not 0'],
  ] as const)('%s, found by %s', (defect, by, cure) => {
    const known = defect === 'unknown' ? undefined : run
    const text = defectProblem(defect, { kind: 'found', id: A, by }, known, 2000, server)
    expect(text).toContain(A)
    expect(text).toContain(cure)
    if (known) expect(text).toContain(line)
  })

  it('cannot be broken by a name', () => {
    const text = captureProblem(
      { kind: 'several', runs: [{ ...run, name: 'x\n::error::y' }, run] },
      server,
      [],
    )
    expect(text).toContain(String.raw`"x\n::error::y"`)
  })
})
