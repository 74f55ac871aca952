import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkPrintedRunIds,
  findAutologgedRuns,
  findDefect,
  type ObservedRun,
  relationOf,
  selectRun,
  topLevelRuns,
} from './select-run.ts'

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)
const C = 'c'.repeat(32)

function run(id: string, parent?: string, change: Partial<ObservedRun> = {}): ObservedRun {
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
  const found = (id: string, by: string) => ({
    kind: 'found',
    id,
    by,
    ...(by === 'tag' && { otherRuns: [] }),
  })
  it.each([
    ['one run', [run(A)], [], found(A, 'tag')],
    ['one run and the line of it', [run(A)], [A], found(A, 'tag')],
    ['children and grandchildren', [run(C, B), run(B, A), run(A)], [], found(A, 'tag')],
    ['a child of a run without the tag', [run(B, A)], [], found(B, 'tag')],
    ['no run, one line', [], [A], found(A, 'line')],
    ['nothing', [], [], { kind: 'none' }],
    [
      'a line of another run',
      [run(A)],
      [B],
      { kind: 'conflict', id: A, by: 'tag', printedRunIds: [B], otherRuns: [] },
    ],
    [
      'lines of the run and of another',
      [run(A)],
      [A, B],
      { kind: 'conflict', id: A, by: 'tag', printedRunIds: [B], otherRuns: [] },
    ],
    ['the line of a child', [run(A), run(B, A)], [B], found(B, 'tag')],
    ['the line of a grandchild', [run(C, B), run(B, A), run(A)], [C], found(C, 'tag')],
    [
      'the lines of two children',
      [run(A), run(B, A), run(C, A)],
      [B, C],
      { kind: 'conflict', id: A, by: 'tag', printedRunIds: [B, C], otherRuns: [] },
    ],
    [
      'the lines of a child and of another run',
      [run(A), run(B, A)],
      [B, C],
      { kind: 'conflict', id: B, by: 'tag', printedRunIds: [C], otherRuns: [] },
    ],
    ['no run, two lines', [], [A, B], { kind: 'conflict', id: undefined, printedRunIds: [A, B] }],
  ])('%s', (_case, tagged, announced, expected) => {
    expect(selectRun(tagged, announced)).toEqual(expected)
  })

  it('is ambiguous for two runs without a parent, if neither or both are printed', () => {
    const runs = [run(A), run(B)]
    for (const printedRunIds of [[], [A, B]])
      expect(selectRun([...runs, run(C, B)], printedRunIds)).toEqual({ kind: 'several', runs, printedRunIds })
    // The id of a run that the script did not make chooses none.
    const printed = ['d'.repeat(32)]
    expect(selectRun([...runs, run(C, B)], printed)).toEqual({ kind: 'several', runs, printedRunIds: [] })
  })

  it('is the printed one of several, and the others are beside it', () => {
    const runs = [run(A), run(B), run(C, B)]
    expect(selectRun(runs, [B])).toEqual({ kind: 'found', id: B, by: 'tag', otherRuns: [run(A)] })
    expect(selectRun(runs, [B, B])).toMatchObject({ kind: 'found', id: B })
    expect(selectRun(runs, [A])).toMatchObject({ kind: 'found', id: A, otherRuns: [run(B)] })
    expect(selectRun(runs, [C])).toEqual({ kind: 'found', id: C, by: 'tag', otherRuns: [run(A)] })
  })

  it('is the printed one of runs that name each other as parents', () => {
    expect(selectRun([run(A, B), run(B, A)], [A])).toMatchObject({ kind: 'found', id: A })
  })

  it('conflicts if the script also printed the id of a run that is not on top', () => {
    expect(selectRun([run(A), run(B), run(C, B)], [B, C])).toEqual({
      kind: 'conflict',
      id: B,
      by: 'tag',
      printedRunIds: [C],
      otherRuns: [run(A)],
    })
  })

  it('is ambiguous for two children of an untagged parent', () => {
    expect(selectRun([run(A, C), run(B, C)], []).kind).toBe('several')
  })

  it('conflicts with printed ids of other runs if it was precreated', () => {
    const made = { kind: 'found', id: A, by: 'precreate' } as const
    expect(checkPrintedRunIds(made, [])).toBe(made)
    expect(checkPrintedRunIds(made, [A])).toBe(made)
    expect(checkPrintedRunIds(made, [B])).toEqual({
      kind: 'conflict',
      id: A,
      by: 'precreate',
      printedRunIds: [B],
    })
  })

  it('is found in a tree of any shape and in any order', () => {
    // The parent of run n is one of the runs before it, so run 0 alone is on top.
    const tree = fc.array(fc.nat(), { maxLength: 20 }).map((parents) => {
      const id = (n: number) => n.toString(16).padStart(32, '0')
      return [run(id(0)), ...parents.map((pick, n) => run(id(n + 1), id(pick % (n + 1))))]
    })
    const shuffled = tree.chain((runs) => fc.shuffledSubarray(runs, { minLength: runs.length }))
    const top = fc.property(shuffled, (runs) => {
      expect(topLevelRuns(runs).map(({ id }) => id)).toEqual(['0'.repeat(32)])
    })
    fc.assert(top)
  })
})

describe('the relation of runs', () => {
  const during = (id: string, startTime: number, endTime?: number) =>
    run(id, undefined, { startTime, endTime })
  const by = (source: string) => run(A, undefined, { tags: { 'mlflow.source.name': source } })
  it.each([
    ['one after the other', [during(A, 0, 5), during(B, 5, 9)], 'sequential'],
    ['in any order', [during(B, 5, 9), during(A, 0, 5)], 'sequential'],
    ['ranks at once', [during(A, 0, 9), during(B, 1, 8), during(C, 2, 9)], 'concurrent'],
    ['one that is still running', [during(A, 0), during(B, 7, 9)], 'concurrent'],
    ['a kernel of papermill', [during(A, 0, 9), by('/venv/lib/ipykernel_launcher.py')], 'notebooks'],
    ['a notebook by its name', [during(A, 0, 1), by('train.ipynb')], 'notebooks'],
  ])('%s', (_case, runs, relation) => expect(relationOf(runs)).toBe(relation))
})

describe('the runs of autologging', () => {
  const during = (id: string, startTime: number, endTime: number | undefined, isAutologged: boolean) =>
    run(id, undefined, { startTime, endTime, tags: isAutologged ? { 'mlflow.autologging': 'sklearn' } : {} })
  it.each([
    ['before what is logged later', [during(A, 0, 5, true), during(B, 5, undefined, false)], [A]],
    ['of several fits', [during(A, 0, 5, true), during(B, 5, 9, true)], [A, B]],
    ['none', [during(A, 0, 5, false), during(B, 5, 9, false)], []],
    ['of several processes', [during(A, 0, 5, true), during(B, 4, 9, false)], []],
  ])('%s', (_case, runs, ids) => expect(findAutologgedRuns(runs).map(({ id }) => id)).toEqual(ids))
})

describe('a run is a good result of a script', () => {
  it.each([
    ['finished', run(A), undefined],
    ['begun at the very moment', run(A, undefined, { startTime: 50 }), undefined],
    ['begun before', run(A, undefined, { startTime: 49 }), 'older'],
    ['without a beginning', run(A, undefined, { startTime: undefined }), 'older'],
    ['still running', run(A, undefined, { status: 'RUNNING' }), 'running'],
    ['never begun', run(A, undefined, { status: 'SCHEDULED' }), 'running'],
    ['failed', run(A, undefined, { status: 'FAILED' }), 'unfinished'],
    ['killed', run(A, undefined, { status: 'KILLED' }), 'unfinished'],
    ['of an unknown status', run(A, undefined, { status: '' }), 'unfinished'],
    ['deleted', run(A, undefined, { deleted: true }), 'deleted'],
    ['not there', undefined, 'unknown'],
  ])('or not: %s', (_case, seen, defect) => expect(findDefect(seen, 50)).toBe(defect))
})
