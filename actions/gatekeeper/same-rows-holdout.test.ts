import { describe, expect, it } from 'vitest'
import type { HoldoutPolicy } from '../../src/domain/gate/policy.ts'
import {
  codes,
  evaluate,
  judged,
  policy,
  prepareWorkspace,
  score,
  scored,
  seen,
  write,
} from '../../test/fakes/same-rows.ts'

prepareWorkspace()

const files = { kind: 'files', candidate: 'a.csv', champion: 'b.csv', anchor: undefined } as const
const grouped: Partial<HoldoutPolicy> = { group: 'user', time: 'at' }
const taken = (column: string) => `the holdout lacks the column "${column}": it is that of the predictions`

function writeAll() {
  write('holdout.csv', 'id,label,country\n1,yes,DE\n2,no,FR\n3,yes,DE\n')
  write('a.csv', 'id,prediction,user,at,country\n3,yes,v,3,XX\n1,yes,u,1,XX\n9,no,w,,XX\n2,no,u,2,XX\n')
  write('b.csv', 'id,score,user,at\n1,.5,u,1\n2,.5,u,2\n3,.5,v,3\n')
}

describe('a column that the holdout lacks', () => {
  it('is taken from the files of predictions, as if the holdout had it', async () => {
    writeAll()
    const result = await scored(policy(files, grouped))
    expect(result.rows.groups).toEqual({ codes: Int32Array.of(0, 0, 1), names: ['u', 'v'] })
    expect(result.rows.times).toEqual(Float64Array.of(1000, 2000, 3000))
    expect(result.rows.columns.get('country')?.names).toEqual(['DE', 'FR'])
    expect(codes(result).candidate).toEqual([1, 0, 1])
    expect(result.notes.slice(0, 2)).toEqual([taken('user'), taken('at')])
    expect(result.failures).toEqual({})

    write('holdout.csv', 'id,label,country,user,at\n3,yes,DE,v,3\n2,no,FR,u,2\n1,yes,DE,u,1\n')
    const whole = await scored(policy(files, grouped))
    expect(whole.rows).toEqual(result.rows)
    expect(whole.notes).toEqual(result.notes.slice(2))
  })

  it('is one of several slices', async () => {
    write('holdout.csv', 'id,label\n1,yes\n2,no\n3,yes\n')
    write('a.csv', 'id,prediction,country,plan\n1,yes,DE,pro\n2,no,FR,free\n3,yes,DE,free\n')
    write('b.csv', 'id,prediction,plan,country\n1,yes,pro,DE\n2,no,free,FR\n3,yes,free,DE\n')
    const gate = policy(files)
    const slices = ['country', 'plan'].flatMap((column) => gate.slices.map((one) => ({ ...one, column })))
    const { rows } = await scored({ ...gate, slices })
    expect([...rows.columns]).toEqual([
      ['country', { codes: Int32Array.of(0, 1, 0), names: ['DE', 'FR'] }],
      ['plan', { codes: Int32Array.of(1, 0, 0), names: ['free', 'pro'] }],
    ])
  })

  it('is not asked of files of models that are not judged', async () => {
    writeAll()
    write('b.csv', 'nothing\n')
    const result = await scored(policy(files, grouped), { candidate: judged('candidate') })
    expect(result.rows.groups?.names).toEqual(['u', 'v'])
  })

  it('says when the labels are young', async () => {
    writeAll()
    const { invalid } = await scored(policy(files, { ...grouped, labelLag: 1001 }), undefined, { now: 3000 })
    expect(invalid).toEqual([
      "2 of the holdout's 3 rows are younger than 0 hours: their labels may still change",
    ])
  })

  it('is taken from artifacts, but for those that cannot be joined', async () => {
    const artifact = { kind: 'artifact', artifact: 'p.csv' } as const
    seen.files['run-candidate/p.csv'] = 'id,prediction,user\n1,yes,u\n2,no,u\n3,yes,v\n'
    const gone = await scored(policy(artifact, { group: 'user' }))
    expect(gone.rows.groups?.names).toEqual(['u', 'v'])
    expect(gone.failures).toEqual({ champion: 'its run champion has no artifact "p.csv"' })

    seen.files['run-champion/p.csv'] = 'id,prediction,user\n1,yes,u\n'
    const old = await scored(policy(artifact, { group: 'user' }))
    expect(old.rows).toEqual(gone.rows)
    expect(old.failures).toEqual({ champion: `2 of the holdout's 3 rows have no prediction ("2", "3")` })

    seen.files['run-champion/p.csv'] = 'id,prediction,user\n1,yes,u\n2,no,v\n3,yes,v\n'
    await expect(score(policy(artifact, { group: 'user' }))).rejects.toThrow(
      `Policy predictions: artifact "p.csv" of the candidate's run: column "user" has "u" for the id "2", and Policy predictions: artifact "p.csv" of the champion's run has "v"; they must agree`,
    )
  })

  it('is never taken from what a script wrote', async () => {
    const script = 'printf "id,prediction,user\\n1,yes,u\\n2,no,u\\n3,yes,v\\n" > "$PREDICTIONS_PATH"'
    await expect(score(policy(evaluate(script), { group: 'user' }))).rejects.toThrow(
      'Policy holdout: "holdout.csv": there is no column "user"; it has "id", "label", "country".',
    )
  })

  it('must be somewhere, and in each file', async () => {
    writeAll()
    await expect(score(policy(files, { query: 'session' }))).rejects.toThrow(
      'Policy holdout: "holdout.csv": there is no column "session"; it has "id", "label", "country" (nor do the predictions have it).',
    )
    write('b.csv', 'id,score,at\n1,.5,1\n2,.5,2\n3,.5,3\n')
    await expect(score(policy(files, grouped))).rejects.toThrow(
      'Policy predictions.champion: "b.csv": there is no column "user", and the holdout lacks it, too (Policy predictions.candidate: "a.csv" has it)',
    )
    write('a.csv', 'id,prediction,user\n1,yes,u\n')
    await expect(score(policy(files, { group: 'user' }), { candidate: judged('candidate') })).rejects.toThrow(
      `there is no column "user"; it has "id", "label", "country" (which could come from the predictions, but Policy predictions.candidate: "a.csv": 2 of the holdout's 3 rows have no prediction ("2", "3")).`,
    )
  })
})
