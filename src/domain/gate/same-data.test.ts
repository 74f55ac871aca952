import { expect, it } from 'vitest'
import { type EvaluationData, sameData } from './same-data.ts'

const data = (changes: Partial<EvaluationData> = {}): EvaluationData => ({
  sha256: undefined,
  datasets: [],
  rows: undefined,
  ...changes,
})
const known = data({ sha256: 'a'.repeat(64), datasets: ['holdout 6dee42c1'], rows: '600' })

it.each<[string, EvaluationData, EvaluationData, string, RegExp]>([
  ['one sha256', known, known, 'same', /own sha256/],
  [
    "two sha256, though MLflow's digest is one: it saw the first rows only",
    known,
    { ...known, sha256: 'b'.repeat(64) },
    'different',
    /sha256 a{12}…, the champion on b{12}…/,
  ],
  [
    'no sha256 of the champion, one digest',
    known,
    { ...known, sha256: undefined },
    'same',
    /first 10,000 rows/,
  ],
  [
    'another digest',
    data({ datasets: ['holdout 6dee42c1'] }),
    data({ datasets: ['holdout 00000000'] }),
    'different',
    /holdout 00000000/,
  ],
  [
    'other rows, whatever the digests',
    known,
    { ...known, rows: '700' },
    'different',
    /600 rows, the champion on 700/,
  ],
  ['a silent champion', known, data(), 'unknown', /the champion's run does not say/],
  ['a silent candidate', data(), known, 'unknown', /the candidate's run does not say/],
])('%s', (_, candidate, champion, kind, words) => {
  const same = sameData(candidate, champion)
  expect(same.kind).toBe(kind)
  expect('how' in same ? same.how : same.why).toMatch(words)
})
