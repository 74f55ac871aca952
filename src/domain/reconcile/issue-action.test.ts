import { describe, expect, it } from 'vitest'
import { decideIssueAction, type ExistingIssue, formatMarker, parseMarker, RESOLVED } from './issue-action.ts'

const subjectHash = '0123456789abcdef'
const marker = { subjectHash, findingsHash: 'aaaaaaaaaaaaaaaa' }
const issue = (
  number: number,
  changes: Partial<ExistingIssue> & { findings?: string; subject?: string } = {},
): ExistingIssue => {
  const { findings = marker.findingsHash, subject = subjectHash, ...rest } = changes
  const body = `${formatMarker({ subjectHash: subject, findingsHash: findings })}\n\nWhich version is live?`
  return {
    number,
    url: `https://github.test/${number}`,
    isOpen: true,
    title: 't',
    body,
    isTrusted: true,
    ...rest,
  }
}

describe('decideIssueAction', () => {
  const other = { findings: 'bbbbbbbbbbbbbbbb' }
  const closed = { isOpen: false }
  const inconsistent: [string, ExistingIssue[], object][] = [
    ['opens an issue if there is none', [], { kind: 'open' }],
    ['keeps an issue with the same findings', [issue(4)], { kind: 'keep', url: 'https://github.test/4' }],
    ['updates an issue with other findings', [issue(4, other)], { kind: 'update', number: 4 }],
    ['updates the first of several issues', [issue(6), issue(4, other)], { kind: 'update', number: 4 }],
    [
      'opens an issue after reconcile closed the last one',
      [issue(4, { ...closed, findings: RESOLVED })],
      { kind: 'open' },
    ],
    ['leaves an issue closed that a person closed', [issue(4, closed)], { kind: 'none' }],
    [
      'opens an issue for other findings than those that a person closed',
      [issue(4, { ...closed, ...other })],
      { kind: 'open' },
    ],
    [
      'considers only the last closed issue',
      [issue(4, closed), issue(5, { ...closed, findings: RESOLVED })],
      { kind: 'open' },
    ],
    ['ignores an issue of another model', [issue(4, { subject: 'fedcba9876543210' })], { kind: 'open' }],
    ['ignores an issue of an untrusted author', [issue(4, { isTrusted: false })], { kind: 'open' }],
    ['ignores an issue without a marker', [issue(4, { body: 'Which version is live?' })], { kind: 'open' }],
    [
      'ignores an issue that quotes the marker further down',
      [issue(4, { body: `> ${formatMarker(marker)}` })],
      { kind: 'open' },
    ],
  ]
  it.each(inconsistent)('%s', (_what, existing, action) => {
    expect(decideIssueAction({ consistent: 'false' }, marker, existing)).toEqual(action)
  })

  it('closes every open issue once consistent, and no other', () => {
    const existing = [issue(7), issue(4, other), issue(3, closed), issue(2, { isTrusted: false })]
    expect(decideIssueAction({ consistent: 'true' }, marker, existing)).toEqual({
      kind: 'close',
      numbers: [4, 7],
    })
    expect(decideIssueAction({ consistent: 'true' }, marker, [issue(3, closed)])).toEqual({ kind: 'none' })
  })

  it('changes nothing while consistency is unknown', () => {
    expect(decideIssueAction({ consistent: 'unknown' }, marker, [])).toEqual({ kind: 'none' })
    const action = decideIssueAction({ consistent: 'unknown' }, marker, [issue(4, other)])
    expect(action).toEqual({ kind: 'keep', url: 'https://github.test/4' })
  })

  it('parses its marker, also after a person edited the issue in a browser', () => {
    expect(parseMarker(`${formatMarker(marker)}\r\n\r\nmore`)).toEqual(marker)
    expect(parseMarker(formatMarker({ subjectHash, findingsHash: RESOLVED }))).toEqual({
      subjectHash,
      findingsHash: RESOLVED,
    })
    expect(parseMarker('')).toBeUndefined()
  })
})
