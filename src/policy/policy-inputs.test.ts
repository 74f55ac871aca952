import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UserError } from '../domain/core/errors.ts'
import { findInputProblems, loadGatePolicy } from './policy-inputs.ts'

const workspace = mkdtempSync(join(tmpdir(), 'policy-'))
const write = (name: string, text: string) => {
  writeFileSync(join(workspace, name), text)
  return name
}
const hash = (policy: string, inputs = {}) => loadGatePolicy({ policy, ...inputs }, workspace).hash

describe('the policy that is given', () => {
  it('is a workspace file, an absolute path, or YAML', () => {
    const file = write('p.yml', 'metric: auc\n')
    expect(loadGatePolicy({ policy: file }, workspace)).toMatchObject({
      file: 'p.yml',
      policy: { primary: { metric: 'auc' } },
    })
    const whole = join(workspace, file)
    expect(loadGatePolicy({ policy: whole }, '/nowhere').file).toBe(whole)
    for (const text of ['metric: auc', '{metric: auc}', 'gate:\n  metric: auc'])
      expect(loadGatePolicy({ policy: text }, workspace).file).toBeUndefined()
    expect(loadGatePolicy({ metric: 'auc' }, workspace)).toMatchObject({ file: undefined })
  })

  it('that is missing has a similar name beside it', () => {
    write('retrain-policy.yml', 'metric: auc\n')
    const load = (policy: string) => () => loadGatePolicy({ policy }, workspace)
    expect(load('./retrain_policy.yml')).toThrow(
      /ENOENT.*\)\. Did you mean "retrain-policy\.yml"\? Check the path/,
    )
    expect(load('gate.yml')).not.toThrow('Did you mean')
    expect(load('none/retrain-policy.yml')).not.toThrow('Did you mean')
  })

  it.each<[string, Uint8Array, number]>([
    ['Windows-1252 in a comment', Buffer.from('metric: auc\n# d\xe9j\xe0 vu\n', 'latin1'), 2],
    ['Latin-1 in a key', Buffer.from('metric: auc\n\nm\xe9trique: auc', 'latin1'), 3],
    ['UTF-16 with a mark', Buffer.from('\ufeffmetric: auc\n', 'utf16le'), 1],
    ['UTF-16 without a mark', Buffer.from('metric: auc\n', 'utf16le'), 1],
  ])('that is not UTF-8 is reported with its line: %s', (_, bytes, line) => {
    writeFileSync(join(workspace, 'written.yml'), bytes)
    const failure = () => loadGatePolicy({ policy: 'written.yml' }, workspace)
    expect(failure).toThrow(UserError)
    expect(failure).toThrow(
      `Input policy: "written.yml", line ${line} is not UTF-8. Save the file in UTF-8; editors on Windows may use Windows-1252 or UTF-16.`,
    )
    write('written.yml', '# d\u00e9j\u00e0 vu\nmetric: auc\n')
    expect(loadGatePolicy({ policy: 'written.yml' }, workspace).policy.primary.metric).toBe('auc')
  })

  it('reports each problem with its file and line, or its input', () => {
    const file = write('bad.yml', 'metrics: auc\nmin_value: x\n')
    const failure = () => loadGatePolicy({ policy: file }, workspace)
    expect(failure).toThrow(UserError)
    expect(failure).toThrow(
      /^Input policy: bad.yml, line 1: unknown key "metrics", did you mean metric\?.*\nInput policy: bad.yml, line 2: min_value "x"/,
    )
    expect(() => loadGatePolicy({ policy: 'metric: auc', margin: '0.1' }, workspace)).toThrow(
      /^Input margin: belongs to kind refresh, but the kind is challenger\. Remove it$/,
    )
  })

  it.each([
    [write('empty.yml', ''), /^Input policy: empty.yml: is empty\. Write a gate/],
    [write('comment.yml', '# later\n'), /is empty\. Write a gate/],
    [write('large.yml', `metric: auc #${'x'.repeat(256 * 1024)}`), /larger than 256 KB/],
    ['nowhere.yml', /"nowhere.yml" is neither YAML nor a readable file/],
    ['.', /"\." is neither YAML nor a readable file/],
  ])('refuses %s', (policy, why) => expect(() => loadGatePolicy({ policy }, workspace)).toThrow(why))
})

describe('the hash of a policy', () => {
  it.each([
    ['metric: auc\nmin-improvement: 0.10', 'min_improvement: .1\nmetric: "auc"'],
    ['metric: auc', 'gate: {metric: auc, kind: challenger, direction: higher, min_improvement: 0.0}'],
    ['metric: auc', 'defaults: {gate: {metric: auc, statistics: {confidence: 0.950, resamples: 2000}}}'],
    ['metric: auc\nchampion: {max_age: 24h}', 'metric: auc\nchampion: {max_age: 1d}'],
    ['metric: auc\ncomparable: {rows: n}', 'metric: auc\ncomparable: {rows: {param: n}}'],
    // The decision section is not part of the hash.
    ['metric: auc', 'metric: auc\ndecision: {mode: dry-run, max_rejections: 9}'],
  ])('is the same of %j and %j', (a, b) => expect(hash(a)).toBe(hash(b)))

  it('is the same of keys and inputs, and 64 hex digits', () => {
    expect(hash('metric: auc', { 'min-value': '0.5' })).toBe(hash('metric: auc\nmin_value: 0.50'))
    expect(hash('metric: auc')).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([
    ['metric: auc', 'metric: f1'],
    ['metric: auc', 'metric: auc\nmin_improvement: 0.01'],
    ['metric: auc\nmin_improvement: 0.01', 'metric: auc\nmin_improvement: {relative: 0.01}'],
    ['metric: auc', 'metric: auc\nstatistics: {resamples: 2001}'],
  ])('differs of %j and %j', (a, b) => expect(hash(a)).not.toBe(hash(b)))
})

it('finds problems of a policy that consists of inputs only', () => {
  expect(findInputProblems({})).toEqual([
    { input: 'metric', message: expect.stringContaining('is required') },
  ])
  expect(findInputProblems({ metric: 'auc', kind: 'refresh' })).toEqual([
    { input: 'kind', message: expect.stringContaining('needs a margin') },
  ])
  expect(findInputProblems({ policy: 'retrain-policy.yml' })).toEqual([])
  const unreadable = { metric: 'auc', margin: '0.1', kind: 'none\n' as 'refresh' }
  expect(findInputProblems(unreadable)).toEqual([])
})
