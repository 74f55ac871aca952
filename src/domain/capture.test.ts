import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreed, announcedIn, capture, defectOf, type SeenRun, topmost } from './capture.ts'

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
const C = 'c'.repeat(32)

function run(id: string, parent?: string, change: Partial<SeenRun> = {}): SeenRun {
  const tags = parent === undefined ? {} : { 'mlflow.parentRunId': parent }
  return {
    id,
    name: 'n',
    experimentId: '0',
    status: 'FINISHED',
    deleted: false,
    startTime: 100,
    tags,
    ...change,
  }
}

describe('the run of a script', () => {
  const found = (id: string, by: string) => ({ kind: 'found', id, by })
  it.each([
    ['one run', [run(A)], [], found(A, 'tag')],
    ['one run and the line of it', [run(A)], [A], found(A, 'tag')],
    ['children and grandchildren', [run(C, B), run(B, A), run(A)], [], found(A, 'tag')],
    ['a child of a run without the tag', [run(B, A)], [], found(B, 'tag')],
    ['no run, one line', [], [A], found(A, 'line')],
    ['nothing', [], [], { kind: 'none' }],
    ['a line of another run', [run(A)], [B], { kind: 'disagree', id: A, by: 'tag', announced: [B] }],
    [
      'lines of the run and of another',
      [run(A)],
      [A, B],
      { kind: 'disagree', id: A, by: 'tag', announced: [B] },
    ],
    ['the line of a child', [run(A), run(B, A)], [B], { kind: 'disagree', id: A, by: 'tag', announced: [B] }],
    ['no run, two lines', [], [A, B], { kind: 'disagree', id: undefined, announced: [A, B] }],
  ])('%s', (_case, tagged, announced, expected) => {
    expect(capture(tagged, announced)).toEqual(expected)
  })

  it('is open where two runs have no parent among them, also when a line names one', () => {
    for (const announced of [[], [A]])
      expect(capture([run(A), run(B), run(C, B)], announced)).toEqual({
        kind: 'several',
        runs: [run(A), run(B)],
      })
  })

  it('is open where two children have a parent that is not ours', () => {
    expect(capture([run(A, C), run(B, C)], []).kind).toBe('several')
  })

  it('that was made before must not be contradicted', () => {
    const made = { kind: 'found', id: A, by: 'precreate' } as const
    expect(agreed(made, [])).toBe(made)
    expect(agreed(made, [A])).toBe(made)
    expect(agreed(made, [B])).toEqual({ kind: 'disagree', id: A, by: 'precreate', announced: [B] })
  })

  it('is found in a tree of any shape and in any order', () => {
    // The parent of run n is one of the runs before it, so run 0 alone is on top.
    const tree = fc.array(fc.nat(), { maxLength: 20 }).map((parents) => {
      const id = (n: number) => n.toString(16).padStart(32, '0')
      return [run(id(0)), ...parents.map((pick, n) => run(id(n + 1), id(pick % (n + 1))))]
    })
    const shuffled = tree.chain((runs) => fc.shuffledSubarray(runs, { minLength: runs.length }))
    const top = fc.property(shuffled, (runs) => {
      expect(topmost(runs).map(({ id }) => id)).toEqual(['0'.repeat(32)])
    })
    fc.assert(top)
  })
})

describe('a RUN_ID line', () => {
  it.each([
    [`RUN_ID: ${A}\n`, [A]],
    [`x\n\t RUN_ID:${A}  \r\nRUN_ID:   ${B}`, [A, B]],
    [`loss\rRUN_ID: ${A}\r`, [A]],
  ])('is read from %j', (text, ids) => expect(announcedIn(text)).toEqual(ids))

  it.each([
    `run_id: ${A}`,
    `my RUN_ID: ${A}`,
    `RUN_ID: ${A} done`,
    `RUN_ID: ${A}a`,
    `RUN_ID: ${A.toUpperCase()}`,
    `RUN_ID: ${A.slice(1)}`,
    `RUN_ID:\n${A}`,
    `RUN_ID=${A}`,
  ])('is not seen in %j', (text) => expect(announcedIn(text)).toEqual([]))
})

describe('a run is the good end of a script', () => {
  it.each([
    ['finished', run(A), undefined],
    ['begun at the very moment', run(A, undefined, { startTime: 50 }), undefined],
    ['begun before', run(A, undefined, { startTime: 49 }), 'older'],
    ['without a beginning', run(A, undefined, { startTime: undefined }), 'older'],
    ['still running', run(A, undefined, { status: 'RUNNING' }), 'running'],
    ['never begun', run(A, undefined, { status: 'SCHEDULED' }), 'running'],
    ['failed', run(A, undefined, { status: 'FAILED' }), 'unfinished'],
    ['killed', run(A, undefined, { status: 'KILLED' }), 'unfinished'],
    ['of a status that nobody knows', run(A, undefined, { status: '' }), 'unfinished'],
    ['deleted', run(A, undefined, { deleted: true }), 'deleted'],
    ['not there', undefined, 'unknown'],
  ])('or not: %s', (_case, seen, defect) => expect(defectOf(seen, 50)).toBe(defect))
})
