import { describe, expect, it } from 'vitest'
import {
  evaluatePolicy,
  predictedClasses,
  prepareWorkspace,
  runScored,
  runScoring,
  scoringPolicy,
  writeFixture,
} from '../../../test/fakes/scoring.ts'

prepareWorkspace()

const files = { kind: 'files', candidate: 'a.csv', champion: 'b.csv', anchor: undefined } as const

function writePredictions() {
  writeFixture(
    'a.csv',
    'id,prediction,user,at,country\n3,yes,v,3,XX\n1,yes,u,1,XX\n9,no,w,,XX\n2,no,u,2,XX\n',
  )
  writeFixture('b.csv', 'id,score,user,at\n1,.5,u,1\n2,.5,u,2\n3,.5,v,3\n')
}

describe('columns of the holdout', () => {
  it('are read as groups, times and slices, whatever the order of the rows', async () => {
    writePredictions()
    writeFixture(
      'holdout.csv',
      'id,label,country,user,at\n1,yes,DE,u,1790000001\n2,no,FR,u,1790000002\n3,yes,DE,v,1790000003\n',
    )
    const policy = scoringPolicy(files, { group: 'user', time: 'at' })
    const result = await runScored(policy)
    expect(result.rows.groups).toEqual({ codes: Int32Array.of(0, 0, 1), names: ['u', 'v'] })
    expect(result.rows.times).toEqual(
      Float64Array.of(1_790_000_001_000, 1_790_000_002_000, 1_790_000_003_000),
    )
    expect(result.rows.columns.get('country')?.names).toEqual(['DE', 'FR'])
    expect(predictedClasses(result).candidate).toEqual([1, 0, 1])
    expect(result.failures).toEqual({})

    writeFixture(
      'holdout.csv',
      'id,label,country,user,at\n3,yes,DE,v,1790000003\n2,no,FR,u,1790000002\n1,yes,DE,u,1790000001\n',
    )
    const reordered = await runScored(policy)
    expect(reordered.rows).toEqual(result.rows)
    expect(reordered.notes).toEqual(result.notes)
  })

  it('may define several slices', async () => {
    writeFixture('holdout.csv', 'id,label,country,plan\n1,yes,DE,pro\n2,no,FR,free\n3,yes,DE,free\n')
    writePredictions()
    const gate = scoringPolicy(files)
    const slices = ['country', 'plan'].flatMap((column) => gate.slices.map((slice) => ({ ...slice, column })))
    const { rows } = await runScored({ ...gate, slices })
    expect([...rows.columns]).toEqual([
      ['country', { codes: Int32Array.of(0, 1, 0), names: ['DE', 'FR'] }],
      ['plan', { codes: Int32Array.of(1, 0, 0), names: ['free', 'pro'] }],
    ])
  })

  it('drop rows with weight 0', async () => {
    writeFixture('holdout.csv', 'id,label,country,weight\n1,yes,DE,1\n2,no,FR,0\n3,yes,DE,2\n')
    writePredictions()
    const { rows, notes } = await runScored(scoringPolicy(files, { weight: 'weight' }))
    expect(rows).toMatchObject({ count: 2, weights: Float64Array.of(1, 2) })
    expect(notes[0]).toBe('Skipped 1 row of the holdout with weight 0.')
  })

  it('report young labels', async () => {
    writeFixture(
      'holdout.csv',
      'id,label,country,at\n1,yes,DE,1790000001\n2,no,FR,1790000002\n3,yes,DE,1790000003\n',
    )
    writePredictions()
    const policy = scoringPolicy(files, { time: 'at', labelLag: 1001 })
    expect((await runScored(policy, undefined, { now: 1_790_000_003_000 })).invalid).toEqual([
      "2 of the holdout's 3 rows are younger than 0 hours: their labels may still change",
    ])
  })

  it.each([
    ['of Apple, since 2001', 2001, '1995-11-22'],
    ['of GPS, since 1980', 1980, '2016-11-22'],
  ])('note times of long ago, as of numbers %s', async (_, epoch, day) => {
    const now = Date.UTC(2026, 10, 30)
    // A row of each of the last three days.
    const seconds = (age: number) => (now - Date.UTC(epoch) - age * 86_400_000) / 1000
    const write = (value: (age: number) => number) =>
      writeFixture(
        'holdout.csv',
        `id,label,country,at\n1,yes,DE,${value(8)}\n2,no,FR,${value(9)}\n3,yes,DE,${value(10)}\n`,
      )
    write(seconds)
    writePredictions()
    const policy = scoringPolicy(files, { time: 'at', labelLag: 7 * 86_400_000 })
    expect((await runScored(policy, undefined, { now })).notes[0]).toMatch(
      new RegExp(`^The newest row of the holdout is from ${day}, more than a year ago\\. Do the numbers`),
    )
    write((age) => now / 1000 - age * 86_400)
    expect((await runScored(policy, undefined, { now })).notes.join()).not.toContain('newest row')
  })

  it('note labels that are one number in two spellings', async () => {
    const write = (half: string) =>
      writeFixture('holdout.csv', `id,label,country\n1,0.5,DE\n2,1.0,FR\n3,${half},DE\n`)
    writePredictions()
    write('0.50')
    expect((await runScored(scoringPolicy(files))).notes[0]).toBe(
      'The labels "0.5" and "0.50" are two classes, as of versions. If they are one number, write it in one way.',
    )
    write('0.5')
    expect((await runScored(scoringPolicy(files))).notes.join()).not.toContain('two classes')
  })

  it('keep words for a missing value in slices, and refuse them in labels', async () => {
    writePredictions()
    writeFixture('holdout.csv', 'id,label,country\n1,yes,NA\n2,no,FR\n3,yes,NA\n')
    const { rows } = await runScored(scoringPolicy(files))
    expect(rows.columns.get('country')?.names).toEqual(['FR', 'NA'])

    writeFixture('holdout.csv', 'id,label,country\n1,yes,NA\n2,None,FR\n3,yes,NA\n')
    await expect(runScoring(scoringPolicy(files))).rejects.toThrow(
      'Policy holdout: "holdout.csv": column "label": a cell is empty ("None" on line 3). "None" means a missing value, unless holdout.not_missing of the policy lists it. Fix or remove these rows.',
    )
    writeFixture('a.csv', 'id,prediction\n1,yes\n2,None\n3,nan\n')
    const named = scoringPolicy(files, { notMissing: ['None'] })
    expect((await runScored(named)).failures.candidate).toBe(
      'the prediction is missing for 1 row (ids "3"), the first is "nan": it means a missing value, unless holdout.not_missing of the policy lists it',
    )
    writeFixture('a.csv', 'id,prediction\n1,yes\n2,None\n3,yes\n')
    expect(predictedClasses(await runScored(named)).candidate).toEqual([1, 0, 1])
  })

  it.each([
    ['group', 'user'],
    ['weight', 'at'],
    ['query', 'user'],
    ['time', 'at'],
  ])('are never read from the predictions: %s', async (key, column) => {
    writePredictions()
    await expect(runScoring(scoringPolicy(files, { [key]: column }))).rejects.toThrow(
      `Policy holdout: "holdout.csv": there is no column "${column}". It has "id", "label", "country". Add it to the holdout: slice, group, query, time and weight columns are read from there, never from the predictions.`,
    )
  })

  it('are never read from a slice column of the predictions, or from what a script wrote', async () => {
    writePredictions()
    writeFixture('holdout.csv', 'id,label\n1,yes\n2,no\n3,yes\n')
    await expect(runScoring(scoringPolicy(files))).rejects.toThrow('there is no column "country"')
    const script = 'printf "id,prediction,country\\n1,yes,u\\n2,no,u\\n3,yes,v\\n" > "$PREDICTIONS_PATH"'
    await expect(runScoring(scoringPolicy(evaluatePolicy(script)))).rejects.toThrow(
      'there is no column "country". It has "id", "label".',
    )
  })
})
