import { describe, expect, it } from 'vitest'
import {
  answers,
  BAD,
  classFiles,
  evaluateFiles,
  type Files,
  GOOD,
  isYes,
  REFRESH,
} from '../../../test/fakes/gate-files.ts'

describe('classes in another encoding than the labels', () => {
  const NAMES = ['no', 'yes'] as const
  const codes = ['0', '1'] as const

  it.each([
    ['codes for names', NAMES, codes],
    ['another case', NAMES, ['No', 'Yes'] as const],
    ['lists of one', codes, ['[0]', '[1]'] as const],
    ['-1 for 0', codes, ['-1', '1'] as const],
    ['an outlier as -1 and the rest as 1', codes, ['1', '-1'] as const],
  ])('of both models are inconclusive: %s', async (_, labels, predicted) => {
    for (const metric of ['accuracy', 'balanced_accuracy', 'f1_macro'])
      for (const keys of [REFRESH, {}]) {
        const { verdict, reason } = await evaluateFiles(classFiles(labels, predicted, predicted), {
          metric,
          ...keys,
        })
        expect(verdict).toBe('inconclusive')
        expect(reason).toMatch(
          /^neither model can be scored on these rows: the predicted classes are another encoding/,
        )
      }
  })

  it('of the candidate are rejected with classes of both sides, and of the champion are incomparable', async () => {
    const files = classFiles(NAMES, codes, NAMES, { candidate: GOOD, champion: BAD })
    expect(await evaluateFiles(files, { metric: 'accuracy' })).toMatchObject({
      verdict: 'reject',
      reason:
        'the candidate cannot be scored: the predicted classes are another encoding than the labels: "0", "1", which no label is, and never "no", "yes". Write the classes as the labels have them',
    })
    const swapped = { ...files, candidate: files.champion, champion: files.candidate }
    const incomparable = await evaluateFiles(swapped, { metric: 'accuracy', ...REFRESH })
    expect(incomparable.verdict).toBe('inconclusive')
    expect(incomparable.reason).toMatch(/^champion 1 cannot be scored, .*another encoding.* "0", "1"/)
  })

  it('of one class count for recall and f1 too', async () => {
    const files = classFiles(codes, ['-1', '1'], ['-1', '1'], { candidate: BAD, champion: GOOD })
    for (const metric of ['f1', 'recall', 'precision'])
      expect((await evaluateFiles(files, { metric, ...REFRESH })).verdict).toBe('inconclusive')
  })

  it('count in a guardrail of classes beside a metric of scores', async () => {
    const score = (isWrong: (row: number) => boolean) => (row: number) =>
      (isYes(row) === isWrong(row) ? 0 : 1) + (row % 7) / 10
    const predictions = (classes: readonly [string, string], isWrong: (row: number) => boolean) => ({
      prediction: answers(...classes, isWrong),
      score: score(isWrong),
    })
    const holdout = { label: answers(...codes) }
    const keys = { metric: 'auc', guardrails: [{ metric: 'accuracy', max_regression: 0.05 }] }
    const [fine, odd] = [codes, ['N', 'Y'] as const]
    const evaluate = (one: readonly [string, string], other: readonly [string, string]) =>
      evaluateFiles({ holdout, candidate: predictions(one, GOOD), champion: predictions(other, BAD) }, keys)
    expect((await evaluate(fine, fine)).verdict).toBe('promote')
    expect(await evaluate(odd, fine)).toMatchObject({
      verdict: 'reject',
      reason: expect.stringMatching(/^accuracy cannot be measured: .*another encoding.*"N", "Y"/),
    })
    expect((await evaluate(fine, odd)).verdict).toBe('inconclusive')
    expect((await evaluate(odd, odd)).verdict).toBe('inconclusive')
  })

  it('count on a slice where both models know no class', async () => {
    const isFrench = (row: number) => row % 4 === 1
    const predict = (isWrong: (row: number) => boolean) => (row: number) =>
      isFrench(row) ? `${answers(...codes, isWrong)(row)}!` : answers(...codes, isWrong)(row)
    const files = {
      holdout: { label: answers(...codes), country: (row: number) => (isFrench(row) ? 'FR' : 'DE') },
      candidate: { prediction: predict(GOOD) },
      champion: { prediction: predict(BAD) },
    }
    const slices = [{ column: 'country', max_regression: 0.1, min_samples: 50 }]
    expect(await evaluateFiles(files, { metric: 'accuracy', slices })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/^accuracy where country is FR cannot be measured: .*another encoding/),
    })
  })

  it('are not what a model that knows one more class has', async () => {
    const files = classFiles(codes, codes, codes, { candidate: GOOD, champion: BAD })
    const prediction = (row: number) => (row % 25 === 0 ? 'other' : answers(...codes, GOOD)(row))
    expect(await evaluateFiles({ ...files, candidate: { prediction } }, { metric: 'accuracy' })).toEqual({
      verdict: 'promote',
      reason: expect.any(String),
      notes: expect.stringContaining('candidate: 16 rows have a predicted class that no label is: "other"'),
    })
  })

  it('are one class of several by another name', async () => {
    const names = ['refusé', 'accepté', 'b', 'c', 'd']
    const label = (row: number) => names[row % 5] ?? ''
    const predict = (isWrong: (row: number) => boolean) => (row: number) => {
      const name = names[(isWrong(row) ? row + 2 : row) % 5] ?? ''
      return name === 'refusé' ? 'refusÃ©' : name
    }
    const files = {
      holdout: { label },
      candidate: { prediction: predict((row) => row % 23 === 1) },
      champion: { prediction: predict((row) => row % 7 === 1) },
    }
    for (const metric of ['accuracy', 'balanced_accuracy', 'f1_macro'])
      expect(await evaluateFiles(files, { metric })).toMatchObject({
        verdict: 'inconclusive',
        reason: expect.stringContaining('"refusÃ©", which no label is, and never "refusé"'),
      })
    const fine = { prediction: (row: number) => (row % 2 === 0 ? 'b' : label(row)) }
    expect((await evaluateFiles({ ...files, champion: fine }, { metric: 'accuracy' })).verdict).toBe('reject')
  })

  it('start at 0 instead of 1', async () => {
    const label = (row: number) => 1 + (row % 10)
    const shifted = (isWrong: (row: number) => boolean) => (row: number) =>
      isWrong(row) ? (row * 7) % 10 : row % 10
    const files = {
      holdout: { label },
      candidate: { prediction: shifted(BAD) },
      champion: { prediction: shifted(GOOD) },
    }
    const { verdict, reason } = await evaluateFiles(files, { metric: 'accuracy', ...REFRESH })
    expect(verdict).toBe('inconclusive')
    expect(reason).toContain('another encoding than the labels: "0", which no label is, and never "10"')
  })
})

describe('answers that are upside down', () => {
  /** A score of the positive class with noise; greater noise is worse. Turned, it is that of the other class. */
  const score = (noise: number, isTurned: boolean) => (row: number) => {
    const random = ((row * 7919) % 400) / 400
    const value = 0.02 + 0.96 * ((1 - noise) * Number(isYes(row)) + noise * random)
    return isTurned ? 1 - value : value
  }
  const scoreFiles = (
    turned: { candidate: boolean; champion: boolean },
    labels: readonly [string, string] = ['0', '1'],
  ): Files => ({
    holdout: { label: answers(...labels) },
    candidate: { score: score(0.75, turned.candidate) },
    champion: { score: score(0.6, turned.champion) },
  })
  const both = { candidate: true, champion: true }

  it.each(['auc', 'log_loss'])(
    'of both models are no evidence for %s, whichever is better',
    async (metric) => {
      const files = scoreFiles(both)
      for (const given of [files, { ...files, candidate: files.champion, champion: files.candidate }])
        expect(await evaluateFiles(given, { metric })).toMatchObject({
          verdict: 'inconclusive',
          reason: expect.stringMatching(/of the candidate and .* of the champion are worse than chance/),
        })
    },
  )

  it('of one candidate are an ordinary rejection, and of the champion are incomparable', async () => {
    expect(
      await evaluateFiles(scoreFiles({ candidate: true, champion: false }), { metric: 'auc' }),
    ).toMatchObject({ verdict: 'reject', reason: expect.stringMatching(/worse by/) })
    const odd = scoreFiles({ candidate: false, champion: true })
    expect(await evaluateFiles(odd, { metric: 'auc' })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/^auc: \S+ \(chance: 0\.5\) of the champion is worse.* incomparable/),
    })
    expect(await evaluateFiles(odd, { metric: 'log_loss' })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/^log_loss: .* of the champion is worse.* incomparable/),
    })
    // Overconfidence explains a bad log loss of scores that are the right way round.
    const sure = (row: number) => (isYes(row) !== (row % 4 === 1) ? 1 : 0)
    const overconfident = { ...odd, champion: { ...odd.champion, score: sure } }
    expect(await evaluateFiles(overconfident, { metric: 'log_loss' })).toMatchObject({
      verdict: 'promote',
      notes: expect.stringMatching(/champion scored correctly\? log_loss: /),
    })
  })

  it('follow from the wrong positive class', async () => {
    const files = scoreFiles({ candidate: false, champion: false }, ['no', 'yes'])
    const holdout = (positive?: string) => ({ path: 'holdout.csv', positive })
    const evaluate = (positive?: string) =>
      evaluateFiles(files, { metric: 'auc', ...REFRESH, holdout: holdout(positive) })
    expect((await evaluate()).reason).toContain('Set holdout.positive to its label')
    expect((await evaluate('no')).reason).toContain('upside down')
    expect((await evaluate('no')).reason).toContain('(holdout.positive: "no")')
    expect((await evaluate('yes')).verdict).not.toBe('inconclusive')
  })

  it.each(['f1', 'precision', 'recall', 'accuracy', 'balanced_accuracy', 'f1_macro'])(
    'of both models are no evidence for %s',
    async (metric) => {
      const files = classFiles(['0', '1'], ['1', '0'], ['1', '0'], { candidate: BAD, champion: GOOD })
      for (const keys of [REFRESH, {}]) {
        const { verdict, reason } = await evaluateFiles(files, { metric, ...keys })
        expect(verdict).toBe('inconclusive')
        expect(reason).toContain('worse than chance. The classes may be swapped')
      }
    },
  )

  it('of both models are no evidence for hit@k with a positive class', async () => {
    const files = scoreFiles(both)
    const holdout = { ...files.holdout, session: (row: number) => Math.floor(row / 10) }
    expect(
      await evaluateFiles(
        { ...files, holdout },
        { metric: 'hit@1', ...REFRESH, holdout: { path: 'holdout.csv', query: 'session', positive: '1' } },
      ),
    ).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('worse than chance') })
  })

  it('of both models are no evidence for a guardrail', async () => {
    const files = scoreFiles({ candidate: false, champion: false })
    const swapped = { prediction: answers('1', '0', GOOD) }
    const candidate = { ...files.champion, ...swapped }
    const champion = { ...files.candidate, ...swapped }
    const guardrails = [{ metric: 'recall', max_regression: 0.05 }]
    expect(
      await evaluateFiles({ ...files, candidate, champion }, { metric: 'auc', guardrails }),
    ).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/^recall cannot be measured: .*worse than chance/),
    })
  })
})

describe('probabilities of classes that do not exclude each other', () => {
  const names = ['a', 'b', 'c']
  const predict = (truth: number, others: number) =>
    Object.fromEntries(
      names.map((name, at) => [`proba_${name}`, (row: number) => (row % 3 === at ? truth : others)]),
    )
  const holdout = { label: (row: number) => names[row % 3] ?? '' }

  it('are no evidence for log_loss: a model may be sure of each class', async () => {
    const [sure, honest] = [predict(0.999, 0.999), predict(0.8, 0.1)]
    expect(
      await evaluateFiles({ holdout, candidate: sure, champion: honest }, { metric: 'log_loss' }),
    ).toMatchObject({
      verdict: 'reject',
      reason: expect.stringContaining('proba_… add up to 2.997 for 400 rows'),
    })
    const both = { holdout, candidate: predict(0.98, 0.8), champion: predict(0.95, 0.7) }
    expect((await evaluateFiles(both, { metric: 'log_loss', ...REFRESH })).verdict).toBe('inconclusive')
  })

  it('of two classes, and do not count for auc', async () => {
    const sure = { proba_0: () => 0.99, proba_1: (row: number) => 0.98 + Number(isYes(row)) / 100 }
    const files = {
      holdout: { label: answers('0', '1') },
      candidate: sure,
      champion: { proba_1: (row: number) => (row % 7 === 0 ? 0.5 : Number(isYes(row))) },
    }
    expect((await evaluateFiles(files, { metric: 'log_loss' })).verdict).toBe('reject')
    expect((await evaluateFiles(files, { metric: 'auc' })).verdict).toBe('promote')
  })
})

describe('a slice of few rows', () => {
  const isFew = (row: number) => row % 67 === 0
  const sliceOf = (predict: (row: number) => string) => {
    const isWrong = { candidate: GOOD, champion: BAD }
    const files = classFiles(['0', '1'], ['0', '1'], ['0', '1'], isWrong)
    const mostly = (who: 'candidate' | 'champion') => ({
      prediction: (row: number) => (isFew(row) ? predict(row) : String(files[who].prediction?.(row))),
    })
    const country = (row: number) => (isFew(row) ? 'FR' : 'DE')
    return {
      holdout: { ...files.holdout, country },
      candidate: mostly('candidate'),
      champion: mostly('champion'),
    }
  }

  it.each([
    ['worse than chance', answers('1', '0')],
    ['in classes that no label has', () => 'other'],
  ])('does not block, even if both models answer it %s', async (_, predict) => {
    const evaluate = (minSamples: number) =>
      evaluateFiles(sliceOf(predict), {
        metric: 'accuracy',
        slices: [{ column: 'country', max_regression: 0.5, min_samples: minSamples }],
      })
    expect(await evaluate(50)).toMatchObject({ verdict: 'promote' })
    expect(await evaluate(5)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/^accuracy where country is FR cannot be measured/),
    })
  })
})

describe('a comparison without evidence', () => {
  it('promotes nothing if both models answer every row alike', async () => {
    const constant = { prediction: () => '0' }
    const files = { holdout: { label: answers('0', '1') }, candidate: constant, champion: constant }
    for (const metric of ['accuracy', 'recall', 'f1'])
      expect((await evaluateFiles(files, { metric, ...REFRESH })).verdict).not.toBe('promote')
  })

  it('promotes nothing if no negative control can be made', async () => {
    const files = classFiles(['0', '1'], ['0', '1'], ['0', '1'], {
      candidate: (row) => row % 2 === 0,
      champion: (row) => row % 5 < 3,
    })
    expect(await evaluateFiles(files, { metric: 'accuracy', kind: 'refresh', margin: 0.45 })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(
        /no negative control can be made.*margin 0\.45 against 0\.4 of champion 1/,
      ),
    })
  })

  it.each([
    ['thousands', (label: number) => label * 1000],
    ['logarithms', (label: number) => Math.log(label)],
    ['thousandths', (label: number) => label / 1000],
  ])('promotes nothing if both models predict in %s of the labels', async (_, convert) => {
    const label = (row: number) => 1000 + ((row * 37) % 400) * 10
    const predict = (noise: number) => (row: number) => convert(label(row) + noise * ((row % 21) - 10))
    const files = {
      holdout: { label },
      candidate: { prediction: predict(5) },
      champion: { prediction: predict(9) },
    }
    for (const metric of ['mae', 'rmse', 'r2']) {
      expect(await evaluateFiles(files, { metric })).toMatchObject({
        verdict: 'inconclusive',
        reason: expect.stringMatching(
          /the labels go from 1000 to 4990, but the predictions are in another range/,
        ),
      })
      const fine = { ...files, candidate: { prediction: (row: number) => label(row) + (row % 21) } }
      expect(await evaluateFiles(fine, { metric })).toMatchObject({
        verdict: 'inconclusive',
        reason: expect.stringMatching(/: those of the champion from .* incomparable/),
      })
      const worse = { ...files, champion: fine.candidate }
      expect((await evaluateFiles(worse, { metric })).verdict).toBe('reject')
    }
  })

  it.each<[string, (label: (row: number) => number, row: number) => number]>([
    ['have flipped signs', (label, row) => -label(row)],
    ['are those of other rows', (label, row) => label((row * 37 + 11) % 400)],
  ])('promotes nothing if the predicted numbers of both models %s', async (_, answer) => {
    const label = (row: number) => ((row * 7919) % 400) / 400 - 0.5
    const predict = (noise: number) => (row: number) => 0.9 * answer(label, row) + noise * ((row % 7) - 3)
    const files = {
      holdout: { label },
      candidate: { prediction: predict(0.01) },
      champion: { prediction: predict(0.2) },
    }
    for (const metric of ['mae', 'rmse', 'r2']) {
      const { verdict, reason } = await evaluateFiles(files, { metric })
      expect(verdict).toBe('inconclusive')
      expect(reason).toMatch(/of the champion are worse than a constant\. The signs may be flipped/)
      const fine = { prediction: (row: number) => label(row) + 0.01 * (row % 7) }
      const better = await evaluateFiles({ ...files, candidate: fine }, { metric })
      expect(better).toMatchObject({
        verdict: 'promote',
        notes: expect.stringContaining('of the champion is worse than a constant'),
      })
      expect((await evaluateFiles({ ...files, champion: fine }, { metric })).verdict).toBe('reject')
    }
  })

  it('promotes over a champion whose target has moved, with a note', async () => {
    const label = (row: number) => 1000 + ((row * 37) % 400)
    const prediction = (row: number) => label(row) + (row % 21)
    const files = {
      holdout: { label },
      candidate: { prediction },
      champion: { prediction: (row: number) => prediction(row) / 2 },
    }
    expect(await evaluateFiles(files, { metric: 'mae' })).toMatchObject({
      verdict: 'promote',
      notes: expect.stringContaining('those of the champion from 500 to'),
    })
  })

  it('compares the order of ranking scores, whatever their unit', async () => {
    const files = {
      holdout: {
        label: (row: number) => row % 4,
        session: (row: number) => Math.floor(row / 10),
      },
      candidate: { score: (row: number) => 1e6 + (row % 4) },
      champion: { score: (row: number) => -1e6 + (row % 4) - (row % 3 === 0 ? 3 : 0) },
    }
    const holdout = { path: 'holdout.csv', query: 'session' }
    expect(await evaluateFiles(files, { metric: 'ndcg@3', holdout })).toMatchObject({ verdict: 'promote' })
  })
})

describe('columns of the predictions that no criterion reads', () => {
  const files = classFiles(['no', 'yes'], ['no', 'yes'], ['no', 'yes'], { candidate: GOOD, champion: BAD })
  const codes = { proba_0: () => 0.5, proba_1: () => 0.5 }
  const withCodes = { ...files, candidate: { ...files.candidate, ...codes } }

  it('may be of other classes, malformed or ambiguous', async () => {
    const others: Files['candidate'][] = [
      codes,
      { proba_yes: () => '45%' },
      { proba_1: () => 0.5, 'proba_1.0': () => 0.5 },
      { score: () => 'n/a' },
      { score: () => '', proba_no: () => 7 },
    ]
    for (const other of others)
      expect(
        await evaluateFiles(
          { ...files, candidate: { ...files.candidate, ...other } },
          { metric: 'accuracy' },
        ),
      ).toMatchObject({ verdict: 'promote' })
  })

  it('count where a guardrail or the metric reads them', async () => {
    const holdout = { path: 'holdout.csv', positive: 'yes' }
    const reason = expect.stringContaining(
      'the labels have "no", "yes", for which there is no column proba_<class>',
    )
    const guardrails = [{ metric: 'log_loss', ceiling: 0.9 }]
    const keys = [{ metric: 'accuracy', guardrails }, { metric: 'log_loss' }, { metric: 'auc' }]
    for (const each of keys)
      expect((await evaluateFiles(withCodes, { holdout, ...each })).reason).toEqual(reason)
  })

  it('may be the classes beside a score', async () => {
    const score = (isWrong: (row: number) => boolean) => (row: number) =>
      (isYes(row) === isWrong(row) ? 0 : 1) + (row % 7) / 10
    const scored = {
      holdout: { label: answers('0', '1') },
      candidate: { prediction: () => '', score: score(GOOD), proba_x: () => 'x' },
      champion: { prediction: () => 'NA', score: score(BAD) },
    }
    expect(await evaluateFiles(scored, { metric: 'auc' })).toMatchObject({ verdict: 'promote' })
  })

  it('may be missing: a ranking of one of three classes needs its probability only', async () => {
    const label = (row: number) => ['a', 'b', 'c'][row % 3] ?? ''
    const proba_a = (isWrong: (row: number) => boolean) => (row: number) =>
      ((row % 3 === 0) === isWrong(row) ? 0.1 : 0.8) + (row % 7) / 100
    const ranked = {
      holdout: { label },
      candidate: { proba_a: proba_a(GOOD) },
      champion: { proba_a: proba_a(BAD) },
    }
    const holdout = { path: 'holdout.csv', positive: 'a' }
    expect(await evaluateFiles(ranked, { metric: 'auc', holdout })).toMatchObject({ verdict: 'promote' })
    expect((await evaluateFiles(ranked, { metric: 'log_loss', holdout })).reason).toContain('"b", "c"')
    const other = { ...ranked, holdout: { label } }
    expect(
      (await evaluateFiles(other, { metric: 'auc', holdout: { ...holdout, positive: 'b' } })).reason,
    ).toContain('there is no column proba_<class>')
  })
})

it('keeps versions apart that are one number', async () => {
  const versions = ['1.1', '1.10', '1.2']
  const predict = (isWrong: (row: number) => boolean) => (row: number) =>
    versions[(row % 3) + (isWrong(row) ? 1 : 0)] ?? '1.1'
  const files = {
    holdout: { label: (row: number) => versions[row % 3] ?? '' },
    candidate: { prediction: predict(GOOD) },
    champion: { prediction: predict(BAD) },
  }
  expect(await evaluateFiles(files, { metric: 'accuracy' })).toMatchObject({
    verdict: 'promote',
    reason: expect.stringContaining('accuracy 0.95 against 0.8 '),
  })
})
