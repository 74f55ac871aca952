import { describe, expect, it } from 'vitest'
import { type IssueSeen, issueStep, markIn, markText, SETTLED } from './reconcile-issue.ts'

const about = '0123456789abcdef'
const mark = { about, tells: 'aaaaaaaaaaaaaaaa' }
const issue = (
  number: number,
  changes: Partial<IssueSeen> & { tells?: string; whose?: string } = {},
): IssueSeen => {
  const { tells = mark.tells, whose = about, ...rest } = changes
  const body = `${markText({ about: whose, tells })}\n\nWhich version is live?`
  return {
    number,
    url: `https://github.test/${number}`,
    open: true,
    title: 't',
    body,
    trusted: true,
    ...rest,
  }
}

describe('issueStep', () => {
  const other = { tells: 'bbbbbbbbbbbbbbbb' }
  const closed = { open: false }
  const disagree: [string, IssueSeen[], object][] = [
    ['opens one where there is none', [], { kind: 'open' }],
    ['leaves one that tells the same', [issue(4)], { kind: 'leave', url: 'https://github.test/4' }],
    ['brings one up to date that tells something else', [issue(4, other)], { kind: 'update', number: 4 }],
    ['keeps the first of several', [issue(6), issue(4, other)], { kind: 'update', number: 4 }],
    ['opens one after we closed the last', [issue(4, { ...closed, tells: SETTLED })], { kind: 'open' }],
    ['respects that a person closed it', [issue(4, closed)], { kind: 'none' }],
    [
      'opens one where another thing disagrees since a person closed it',
      [issue(4, { ...closed, ...other })],
      { kind: 'open' },
    ],
    [
      'looks at the last closed one only',
      [issue(4, closed), issue(5, { ...closed, tells: SETTLED })],
      { kind: 'open' },
    ],
    ["does not touch another model's", [issue(4, { whose: 'fedcba9876543210' })], { kind: 'open' }],
    ["does not touch a stranger's", [issue(4, { trusted: false })], { kind: 'open' }],
    ['does not touch one without a mark', [issue(4, { body: 'Which version is live?' })], { kind: 'open' }],
    [
      'does not touch one that repeats our mark further down',
      [issue(4, { body: `> ${markText(mark)}` })],
      { kind: 'open' },
    ],
  ]
  it.each(disagree)('%s', (_what, seen, step) => {
    expect(issueStep({ consistent: 'false' }, mark, seen)).toEqual(step)
  })

  it('closes every open one once they agree, and only those', () => {
    const seen = [issue(7), issue(4, other), issue(3, closed), issue(2, { trusted: false })]
    expect(issueStep({ consistent: 'true' }, mark, seen)).toEqual({ kind: 'close', numbers: [4, 7] })
    expect(issueStep({ consistent: 'true' }, mark, [issue(3, closed)])).toEqual({ kind: 'none' })
  })

  it('touches nothing while nobody can say', () => {
    expect(issueStep({ consistent: 'unknown' }, mark, [])).toEqual({ kind: 'none' })
    const step = issueStep({ consistent: 'unknown' }, mark, [issue(4, other)])
    expect(step).toEqual({ kind: 'leave', url: 'https://github.test/4' })
  })

  it('reads its own mark, also after a person edited the issue in a browser', () => {
    expect(markIn(`${markText(mark)}\r\n\r\nmore`)).toEqual(mark)
    expect(markIn(markText({ about, tells: SETTLED }))).toEqual({ about, tells: SETTLED })
    expect(markIn('')).toBeUndefined()
  })
})
