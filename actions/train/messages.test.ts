import { describe, expect, it } from 'vitest'
import type { ObservedRun } from '../../src/domain/training/select-run.ts'
import { type CaptureFacts, captureProblem, defectProblem, otherRunsNote } from './messages.ts'

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
const server = 'http://mlflow:5000'
const run: ObservedRun = {
  id: A,
  name: 'brave-ant-1',
  experimentId: '3',
  status: 'RUNNING',
  deleted: false,
  startTime: 1000,
  tags: {},
}
const line = `${A} "brave-ant-1" in experiment 3, RUNNING`

const facts: CaptureFacts = {
  server,
  printedRuns: [run],
  ignoredLines: [],
  hasExperimentMismatch: false,
  isPrecreatedFinished: true,
}
const problem = (capture: Parameters<typeof captureProblem>[0], given: Partial<CaptureFacts> = {}) =>
  captureProblem(capture, { ...facts, ...given })
const several = (...runs: Partial<ObservedRun>[]) =>
  problem({ kind: 'several', runs: runs.map((change) => ({ ...run, ...change })), printedRunIds: [] })

describe('a message names the observation and the fix', () => {
  it('no run', () => {
    const text = problem({ kind: 'none' })
    expect(text).toContain(server)
    expect(text).toContain('RUN_ID: <32 hex digits>')
    expect(text).toContain('mlflow.start_run()')
    expect(text).toMatch(/another machine.* or MlflowClient\.create_run .*creates the run, print "RUN_ID: "/)
    expect(text).toContain('docker run -e MLFLOW_RUN_CONTEXT -e MLFLOW_TRACKING_URI')
    expect(text).toContain('sudo --preserve-env=MLFLOW_RUN_CONTEXT')
    expect(text).not.toContain('do not count')
  })

  it('lines that do not count, with the reason', () => {
    const ignoredLines = [
      { text: `train-1  | RUN_ID: ${A}`, reason: 'prefix' },
      { text: 'RUN_ID: x', reason: 'id' },
    ] as const
    for (const capture of [{ kind: 'none' }, { kind: 'several', runs: [run], printedRunIds: [] }] as const) {
      const text = problem(capture, { ignoredLines })
      expect(text).toContain(`  "train-1  | RUN_ID: ${A}" has text before RUN_ID`)
      expect(text).toContain('  "RUN_ID: x" has no id of 32 lower-case hex digits')
    }
  })

  it('several runs with names of any length', () => {
    expect(several({ name: 'x'.repeat(8000) }, {}).length).toBeLessThan(2000)
  })

  it('several runs, one after the other', () => {
    const text = several(
      { startTime: 1, endTime: 2 },
      { id: B, status: 'FINISHED', startTime: 2, endTime: 3 },
    )
    expect(text).toContain(line)
    expect(text).toContain(`${B} "brave-ant-1" in experiment 3, FINISHED`)
    expect(text).toContain('print "RUN_ID: "')
    expect(text).toContain('mlflow_kwargs={"nested": True}')
  })

  it('several runs at once, which no nesting joins', () => {
    const text = several({ startTime: 1, endTime: 9 }, { id: B, startTime: 2, endTime: 8 })
    expect(text).toContain('nested=True cannot join them. Start the run in rank 0 only')
    expect(text).toContain('print "RUN_ID: "')
  })

  it('several runs of notebooks', () => {
    const tags = { 'mlflow.source.name': '/x/ipykernel_launcher.py' }
    expect(several({}, { id: B, tags })).toMatch(/papermill.*os\.environ\["MLFLOW_RUN_ID"\]/)
    expect(several({}, { id: B, tags })).not.toContain('nested')
  })

  describe('runs of autologging', () => {
    const autologged = { tags: { 'mlflow.autologging': 'sklearn' }, startTime: 1, endTime: 2 }
    const logged = { id: B, startTime: 2, endTime: 3 }

    it('and of what is logged after it: one line, and no other cause', () => {
      const text = several(autologged, logged)
      expect(text).toMatch(
        new RegExp(
          `Autologging started run ${A} for a fit.*\\. Put one line around .*log_metric\\(\\):\n {2}with mlflow\\.start_run\\(\\):$`,
        ),
      )
      expect(text).not.toMatch(/nested|RUN_ID|callback/)
    })

    it('and of what is logged before it, in a notebook, too', () => {
      const tags = { 'mlflow.source.name': '/x/ipykernel_launcher.py' }
      const before = { ...logged, startTime: 0, endTime: 1, tags }
      expect(several({ ...autologged, tags: { ...tags, ...autologged.tags } }, before)).toMatch(
        /with mlflow\.start_run\(\):$/,
      )
    })

    it('of several fits: the id of one, or one line', () => {
      const text = several(autologged, { ...autologged, id: B, startTime: 2, endTime: 3 })
      expect(text).toContain('for each of 2 fit() calls')
      expect(text).toContain('print("RUN_ID:", mlflow.last_active_run().info.run_id)')
      expect(text).toContain('with mlflow.start_run():')
      expect(text).not.toContain('nested')
      const tags = { 'mlflow.source.name': 'a.ipynb', ...autologged.tags }
      expect(several(autologged, { ...logged, tags })).toContain('os.environ["MLFLOW_RUN_ID"]')
    })

    it('at once, of several processes: no line joins them', () => {
      const text = several({ ...autologged, endTime: 9 }, { ...autologged, id: B, endTime: 9 })
      expect(text).toContain('nested=True cannot join them')
      expect(text).not.toContain('with mlflow.start_run()')
    })

    it('beside the precreated one', () => {
      const note = otherRunsNote([{ ...run, id: B }], 'precreate', { ...run, ...autologged })
      expect(note).toMatch(/Autologging resumed it .*\n {2}with mlflow\.start_run\(\):$/)
      expect(otherRunsNote([{ ...run, id: B }], 'precreate', run)).toContain('Only the first start_run()')
    })
  })

  it('a precreated run in another experiment than the script selects', () => {
    const mismatch = { ...facts, hasExperimentMismatch: true }
    const found = { kind: 'found', id: A, by: 'precreate' } as const
    const conflict = { kind: 'conflict', id: A, by: 'precreate', printedRunIds: [B] } as const
    for (const text of [
      defectProblem('running', found, run, { ...mismatch, startedAt: 0 }),
      captureProblem(conflict, { ...mismatch, isPrecreatedFinished: false }),
    ]) {
      expect(text).toContain(
        'that the script selects with mlflow.set_experiment: give that name as input experiment-name',
      )
      expect(text).not.toMatch(/create_run|docker/)
    }
    // Without MLflow's word, it is one cause of several.
    expect(defectProblem('running', found, run, { ...facts, startedAt: 0 })).toMatch(
      /create_run.*mlflow\.set_experiment resumes it only with that name as input experiment-name/,
    )
  })

  it('several printed runs', () => {
    const capture = { kind: 'several', runs: [run, { ...run, id: B }], printedRunIds: [A, B] } as const
    expect(problem(capture)).toContain(
      'printed the ids of 2 of them: print the id of the run of the model only',
    )
  })

  it('not more than ten of a thousand runs', () => {
    const text = several(...Array.from({ length: 1000 }, () => ({})))
    expect(text).toContain('created 1000 unrelated MLflow runs')
    expect(text.split(A)).toHaveLength(11)
    expect(text).toContain('and 990 more')
  })

  it('contradicting ids', () => {
    const text = problem({ kind: 'conflict', id: A, by: 'tag', printedRunIds: [B] })
    expect(text).toContain(`${B}, which MLflow does not know`)
    expect(text).toContain(line)
    expect(problem({ kind: 'conflict', id: undefined, printedRunIds: [A, B] })).toContain('Print one id only')
  })

  describe('a printed run beside the precreated one', () => {
    const conflict = { kind: 'conflict', id: A, by: 'precreate', printedRunIds: [B] } as const
    it('that was started after it was taken', () => {
      const text = problem({ ...conflict, otherRuns: [{ ...run, id: B }] })
      expect(text).toMatch(/had taken the precreated run.*first trial.*\n.*\nUse capture: auto/)
      expect(text).not.toContain('create_run')
    })

    it('that the script did not start', () => {
      expect(problem({ ...conflict, otherRuns: [] })).toContain('Print the id of that run, or no id')
      expect(problem({ ...conflict, otherRuns: [] })).not.toMatch(/create_run|had taken/)
    })

    it('that is not finished', () => {
      const text = problem({ ...conflict, otherRuns: [{ ...run, id: B }] }, { isPrecreatedFinished: false })
      expect(text).toContain('MlflowClient.create_run does not resume the precreated run: use capture: auto')
      expect(text).toContain('docker run -e MLFLOW_RUN_ID')
      expect(text).not.toContain('had taken')
    })
  })

  it.each([
    ['unknown', 'line', 'knows no such run'],
    ['deleted', 'tag', 'Restore it'],
    ['older', 'line', '1970-01-01T00:00:01.000Z, before this step at 1970-01-01T00:00:02.000Z'],
    ['running', 'tag', 'mlflow.end_run()'],
    ['running', 'precreate', 'capture: auto'],
    ['unfinished', 'tag', 'with a code other than 0'],
  ] as const)('%s, found by %s', (defect, by, hint) => {
    const known = defect === 'unknown' ? undefined : run
    const text = defectProblem(defect, { kind: 'found', id: A, by }, known, { ...facts, startedAt: 2000 })
    expect(text).toContain(A)
    expect(text).toContain(hint)
    if (known) expect(text).toContain(line)
  })

  it('escapes names', () => {
    expect(several({ name: 'x\n::error::y' }, {})).toContain(String.raw`"x\n::error::y"`)
  })
})
