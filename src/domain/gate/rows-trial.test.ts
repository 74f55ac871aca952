import { describe, expect, it } from 'vitest'
import { aPolicy } from '../../../test/fakes/gate-policy.ts'
import { judge } from '../verdict.ts'
import type { GatePolicy } from './policy.ts'
import type { Predictions, Rows } from './rows.ts'
import { hold, type Scored } from './trial.ts'

/** Two classes in turn, and who is right on which rows. */
function holdout(count: number, changes: Partial<Rows> = {}): Rows {
  const codes = Int32Array.from({ length: count }, (_, row) => row % 2)
  return {
    count,
    labels: { kind: 'classes', codes, names: ['0', '1'], positive: 1 },
    groups: undefined,
    queries: undefined,
    weights: undefined,
    times: undefined,
    columns: new Map(),
    digest: `holdout of ${count}`,
    ...changes,
  }
}

function model(name: string, rows: Rows, isRight: (row: number) => boolean): Predictions {
  const { labels } = rows
  const codes = labels.kind === 'classes' ? labels.codes : new Int32Array()
  return {
    classes: codes.map((code, row) => (isRight(row) ? code : 1 - code)),
    scores: undefined,
    probabilities: undefined,
    digest: name,
  }
}

const accuracy = {
  metric: 'accuracy',
  direction: 'higher',
  statistic: 'accuracy',
  minValue: undefined,
} as const
const challenger = (minImprovement: string, changes: Partial<GatePolicy> = {}): GatePolicy =>
  aPolicy({
    primary: accuracy,
    comparison: { kind: 'challenger', minImprovement: { absolute: minImprovement } },
    ...changes,
  })
const refresh = (margin: string, changes: Partial<GatePolicy> = {}): GatePolicy =>
  aPolicy({
    primary: accuracy,
    comparison: { kind: 'refresh', margin: { absolute: margin }, anchor: undefined },
    ...changes,
  })

function decide(policy: GatePolicy, scored: Omit<Scored, 'seed' | 'anchor'> & Partial<Scored>) {
  const metrics = new Map<string, number>()
  const trial = hold({
    policy,
    candidate: { name: 'candidate', metrics },
    champion: scored.champion && { name: 'champion 3', metrics },
    anchor: scored.anchor && { name: 'anchor 1', metrics },
    scored: { anchor: undefined, seed: '5eed', ...scored },
    storedRows: undefined,
  })
  const verdict = judge({
    policy,
    candidate: { run: 'FINISHED', modelProblem: undefined, quarantined: undefined, metrics },
    champion: scored.champion
      ? { kind: 'version', number: '3', run: 'missing', metrics, sameFiles: false }
      : { kind: 'none' },
    voidPolicy: undefined,
    unscored: undefined,
    doubts: [],
    trial,
  })
  return { ...verdict, trial }
}

describe('a challenger on the same rows', () => {
  const rows = holdout(1000)
  const champion = model('champion', rows, (row) => row % 10 !== 0)

  it('is promoted where it is shown to be better by what is asked', () => {
    const candidate = model('candidate', rows, (row) => row % 20 !== 0)
    const { verdict, reason, trial } = decide(challenger('0.03'), { rows, candidate, champion })
    expect(verdict).toBe('promote')
    expect(reason).toMatch(
      /^accuracy 0.95 against 0.9 of champion 3 on the same 1,000 rows: better by 0.05 \(\+0.0\d+ to \+0.0\d+ at 95 %\); asked for: better by at least 0.03$/,
    )
    expect(trial.selfTests.map(({ passed }) => passed)).toEqual([true, true, true, true])
  })

  it('is rejected where it is shown not to be, also by one that is better', () => {
    const candidate = model('candidate', rows, (row) => row % 20 !== 0)
    expect(decide(challenger('0.09'), { rows, candidate, champion })).toMatchObject({ verdict: 'reject' })
    const worse = model('worse', rows, (row) => row % 5 !== 0)
    const { verdict, reason } = decide(challenger('0'), { rows, candidate: worse, champion })
    expect([verdict, reason]).toEqual(['reject', expect.stringContaining('worse by 0.1')])
  })

  it('is left open where nobody can tell, with the rows that would', () => {
    const candidate = model('candidate', rows, (row) => row % 10 !== 0 || row % 250 === 0)
    const { verdict, reason, trial } = decide(challenger('0.003'), { rows, candidate, champion })
    expect(verdict).toBe('inconclusive')
    expect(reason).toMatch(/cannot tell whether it is better by at least 0.003; about [\d,]+ rows would$/)
    expect(trial.checks.find(({ kind }) => kind === 'primary')?.unitsNeeded).toBeGreaterThan(1000)
  })

  it('decides nothing on fewer rows than the policy wants, and says so', () => {
    const few = holdout(20)
    const one = model('one', few, () => true)
    const two = model('two', few, () => false)
    expect(decide(challenger('0'), { rows: few, candidate: one, champion: two })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('fewer than the 30 below which nothing is decided'),
    })
  })

  it('finds the gate broken that nobody could ever pass, and says what to do', () => {
    const best = model('best', rows, (row) => row % 500 !== 0)
    const { verdict, broken, final, reason } = decide(challenger('0.05'), {
      rows,
      candidate: champion,
      champion: best,
    })
    expect([verdict, broken, final]).toEqual(['inconclusive', true, true])
    expect(reason).toMatch(
      /the labels as predictions are not refused.*no candidate could ever pass, so ask for less/,
    )
  })

  it('tells of a limit that cannot say no, and holds to one that can', () => {
    const candidate = model('candidate', rows, (row) => row % 20 !== 0)
    const low = challenger('0.03', { primary: { ...accuracy, minValue: '0.5' } })
    expect(decide(low, { rows, candidate, champion }).trial.notes.join()).toContain(
      'The limit 0.5 cannot say no',
    )
    const high = challenger('0.03', { primary: { ...accuracy, minValue: '0.96' } })
    const strict = decide(high, { rows, candidate, champion })
    expect(strict).toMatchObject({ verdict: 'reject', reason: expect.stringContaining('below the minimum') })
    expect(strict.trial.notes.join()).not.toContain('cannot say no')
  })
})

describe('a refresh on the same rows', () => {
  const rows = holdout(2000)
  const champion = model('champion', rows, (row) => row % 10 !== 0)
  const alike = model('alike', rows, (row) => row % 10 !== 3)

  it('is promoted where it is shown to be no worse, and not where that cannot be told', () => {
    expect(decide(refresh('0.03'), { rows, candidate: alike, champion })).toMatchObject({
      verdict: 'promote',
    })
    expect(decide(refresh('0.001'), { rows, candidate: alike, champion })).toMatchObject({
      verdict: 'inconclusive',
    })
  })

  it('may not creep away from its anchor by small steps', () => {
    const anchor = model('anchor', rows, (row) => row % 40 !== 0)
    const policy = refresh('0.03', {
      comparison: {
        kind: 'refresh',
        margin: { absolute: '0.03' },
        anchor: { version: '1', margin: { absolute: '0.04' } },
      },
    })
    const { verdict, reason } = decide(policy, { rows, candidate: alike, champion, anchor })
    expect([verdict, reason]).toEqual([
      'reject',
      expect.stringMatching(/anchor 1.*not worse by more than 0.04/),
    ])
  })
})

describe('slices', () => {
  const rows = (small: number) => {
    const count = 2000
    const codes = Int32Array.from({ length: count }, (_, row) => (row < small ? 1 : 0))
    return holdout(count, { columns: new Map([['country', { codes, names: ['DE', 'FR'] }]]) })
  }
  const policy = challenger('0', {
    slices: [{ column: 'country', values: undefined, maxRegression: { absolute: '0.02' }, minSamples: 200 }],
  })
  /** Better overall, but for what happens in the first rows. */
  const contest = (small: number, rightThere: (row: number) => boolean) => {
    const all = rows(small)
    const champion = model('champion', all, (row) => row % 10 !== 0)
    const candidate = model('candidate', all, (row) => (row < small ? rightThere(row) : row % 50 !== 0))
    return decide(policy, { rows: all, candidate, champion })
  }

  it('must hold, each of them', () => {
    const harmed = contest(400, (row) => row % 4 !== 0)
    expect(harmed).toMatchObject({ verdict: 'reject' })
    expect(harmed.reason).toContain('accuracy where country is FR')
    expect(contest(400, (row) => row % 50 !== 0)).toMatchObject({ verdict: 'promote' })
  })

  it('block when they are too small only on evidence of harm', () => {
    const few = contest(40, (row) => row % 10 !== 1)
    expect(few).toMatchObject({ verdict: 'promote' })
    expect(few.trial.checks.find(({ subject }) => subject.includes('FR'))?.why).toContain('too few to tell')
    expect(contest(40, (row) => row % 2 === 0)).toMatchObject({ verdict: 'reject' })
    // The same doubt in a slice that is large enough stays a doubt.
    expect(contest(400, (row) => row % 10 !== 1)).toMatchObject({ verdict: 'inconclusive' })
  })
})

describe('guardrails on the same rows', () => {
  it('are computed where they can be, and a gap between groups is one', () => {
    const codes = Int32Array.from({ length: 1000 }, (_, row) => (row < 500 ? 0 : 1))
    const rows = holdout(1000, { columns: new Map([['sex', { codes, names: ['a', 'b'] }]]) })
    const champion = model('champion', rows, (row) => row % 5 !== 0)
    const candidate = model('candidate', rows, (row) => row < 500 || row % 5 !== 0)
    const guardrail = {
      metric: 'accuracy',
      direction: 'lower',
      statistic: 'accuracy',
      across: 'sex',
    } as const
    const gap = { ...guardrail, maxRegression: undefined, floor: undefined, ceiling: '0.1' }
    expect(decide(challenger('0', { guardrails: [gap] }), { rows, candidate, champion })).toMatchObject({
      verdict: 'reject',
      reason: 'accuracy gap across sex 0.2 is above the maximum of 0.1',
    })
  })
})

describe('a first model', () => {
  it('is held against fixed limits, as computed on the rows', () => {
    const rows = holdout(100)
    const candidate = model('first', rows, (row) => row % 10 !== 0)
    const policy = (minValue: string) => challenger('0', { primary: { ...accuracy, minValue } })
    expect(decide(policy('0.9'), { rows, candidate, champion: undefined })).toMatchObject({
      verdict: 'promote',
      reason: 'first model: nothing is in production, and accuracy is 0.9, within 0.9',
    })
    expect(decide(policy('0.91'), { rows, candidate, champion: undefined })).toMatchObject({
      verdict: 'reject',
    })
  })
})
