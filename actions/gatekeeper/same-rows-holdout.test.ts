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
    write('c.csv', 'nothing\n')
    const result = await scored(policy({ ...files, anchor: 'c.csv' }, grouped))
    expect(result.rows.groups?.names).toEqual(['u', 'v'])
  })

  it('is never taken from the candidate alone', async () => {
    writeAll()
    const alone = { candidate: judged('candidate') }
    const lacks = (column: string) =>
      `Policy holdout: "holdout.csv": there is no column "${column}"; it has "id", "label", "country" (it must be in the holdout: of the models, only the candidate's predictions could be asked`
    await expect(score(policy(files, grouped), alone)).rejects.toThrow(`${lacks('user')}).`)
    await expect(score(policy(files, { weight: 'at' }), alone)).rejects.toThrow(lacks('at'))
    await expect(score(policy({ ...files, champion: undefined }, { query: 'user' }))).rejects.toThrow(
      lacks('user'),
    )
    await expect(score(policy({ ...files, champion: undefined }, { time: 'at' }))).rejects.toThrow(
      lacks('at'),
    )
    write('holdout.csv', 'id,label\n1,yes\n2,no\n3,yes\n')
    await expect(score(policy(files), alone)).rejects.toThrow(
      'there is no column "country"; it has "id", "label" (it must be in the holdout',
    )
    write('b.csv', 'id,score,country\n1,.5,DE\n2,.5,DE\n')
    await expect(score(policy(files))).rejects.toThrow(
      `only the candidate's predictions could be asked, since Policy predictions.champion: "b.csv": 1 of the holdout's 3 rows have no prediction ("3")).`,
    )
  })

  it('is taken where the anchor confirms it', async () => {
    writeAll()
    const models = { candidate: judged('candidate'), anchor: judged('anchor') }
    const result = await scored(policy({ ...files, anchor: 'b.csv' }, grouped), models)
    expect(result.rows.groups?.names).toEqual(['u', 'v'])
    write('b.csv', 'id,score,user,at\n1,.5,u,1\n2,.5,v,2\n3,.5,v,3\n')
    await expect(score(policy({ ...files, anchor: 'b.csv' }, grouped), models)).rejects.toThrow(
      'they must agree',
    )
  })

  it('says when the labels are young', async () => {
    writeAll()
    const { invalid } = await scored(policy(files, { ...grouped, labelLag: 1001 }), undefined, { now: 3000 })
    expect(invalid).toEqual([
      "2 of the holdout's 3 rows are younger than 0 hours: their labels may still change",
    ])
  })

  it('is taken from artifacts that can be joined, but not from the candidate’s alone', async () => {
    const artifact = { kind: 'artifact', artifact: 'p.csv' } as const
    seen.files['run-candidate/p.csv'] = 'id,prediction,user\n1,yes,u\n2,no,u\n3,yes,v\n'
    const alone = "only the candidate's predictions could be asked"
    await expect(score(policy(artifact, { group: 'user' }))).rejects.toThrow(`${alone}).`)
    seen.files['run-champion/p.csv'] = 'id,prediction,user\n1,yes,u\n'
    await expect(score(policy(artifact, { group: 'user' }))).rejects.toThrow(
      `${alone}, since Policy predictions: artifact "p.csv" of the champion's run: 2 of the holdout's 3 rows have no prediction ("2", "3")).`,
    )

    seen.files['run-anchor/p.csv'] = 'id,prediction,user\n1,yes,u\n2,yes,u\n3,yes,v\n'
    const models = { candidate: judged('candidate'), champion: judged('champion'), anchor: judged('anchor') }
    const old = await scored(policy(artifact, { group: 'user' }), models)
    expect(old.rows.groups?.names).toEqual(['u', 'v'])
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

  it('may say which rows do not count', async () => {
    write('holdout.csv', 'id,label,country\n1,yes,DE\n2,no,FR\n3,yes,DE\n')
    write('a.csv', 'id,prediction,weight\n1,yes,1\n2,no,0\n3,yes,2\n')
    write('b.csv', 'id,prediction,weight\n1,yes,1\n2,no,0\n3,yes,2\n')
    const { rows, notes } = await scored(policy(files, { weight: 'weight' }))
    expect(rows).toMatchObject({ count: 2, weights: Float64Array.of(1, 2) })
    expect(notes.slice(0, 2)).toEqual([taken('weight'), '1 row of the holdout with the weight 0: left out'])
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
