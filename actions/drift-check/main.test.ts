import { describe, expect, it } from 'vitest'
import { Fault } from '../../src/domain/core/errors.ts'
import { checkDrift, people } from '../../test/fakes/drift-check.ts'
import type { Sources } from './performance/connect.ts'

const BOTH = { reference: 'reference.csv', current: 'current.csv' }
const reference = people(1, 2000)
const same = people(2, 1000)
const shifted = people(3, 1000, { shift: 8 })

describe('a verdict', () => {
  it('of drift is a result, not a failure', async () => {
    const { outcome, outputs, summary } = await checkDrift({
      'reference.csv': reference,
      'current.csv': shifted,
    })
    expect(outcome.failure).toBeUndefined()
    expect(outputs).toMatchObject({
      verdict: 'drift',
      'drift-detected': 'true',
      'data-drift': 'true',
      'performance-drift': '',
      'drifted-columns': '["age"]',
      'drift-share': '0.333333',
      'rows-reference': '2000',
      'rows-current': '1000',
      'report-html': '',
    })
    expect(Number(outputs['max-effect'])).toBeGreaterThan(2)
    expect(outputs.reason).toMatch(/^1 of 3 columns drifted: "age" \(/)
    expect(summary).toContain('### Drift&#58; drift')
  })

  it('of drift fails the step with fail-on: drift', async () => {
    const files = { 'reference.csv': reference, 'current.csv': shifted }
    const { outcome, outputs } = await checkDrift(files, { ...BOTH, 'fail-on': 'drift' })
    expect(outcome.failure?.message).toBe(outputs.reason)
    expect(outputs['drift-detected']).toBe('true')
  })

  it.each(['error', 'drift', 'never'])('stable passes with fail-on: %s', async (failOn) => {
    const files = { 'reference.csv': reference, 'current.csv': same }
    const { outcome, outputs } = await checkDrift(files, { ...BOTH, 'fail-on': failOn })
    expect(outcome.failure).toBeUndefined()
    expect(outputs).toMatchObject({
      verdict: 'stable',
      'drift-detected': 'false',
      'data-drift': 'false',
      'drifted-columns': '[]',
    })
    expect(outputs.reason).toBe('No drift in 3 columns')
  })

  it('inconclusive names what could not be seen', async () => {
    const files = { 'reference.csv': reference, 'current.csv': people(5, 40) }
    const { outcome, outputs, report } = await checkDrift(files)
    expect(outcome.failure).toBeUndefined()
    expect(outputs).toMatchObject({
      verdict: 'inconclusive',
      'drift-detected': 'false',
      'data-drift': 'false',
    })
    expect(outputs.reason).toMatch(/^No drift in 3 columns, but \d columns? had too few rows to show it: /)
    expect(report.columns.some(({ detectable }) => (detectable?.value ?? 0) > 0.1)).toBe(true)
  })

  it('of a missing column is drift', async () => {
    const current = same.replaceAll(/^([^,]*),[^,]*,/gm, '$1,')
    const { outputs } = await checkDrift({ 'reference.csv': reference, 'current.csv': current })
    expect(outputs).toMatchObject({ verdict: 'drift', 'drifted-columns': '["income"]' })
    expect(outputs.reason).toContain('"income" (the current data does not have this column)')
  })
})

describe('an error is never "no drift"', () => {
  const files = {
    'reference.csv': reference,
    'current.csv': same,
    'empty.csv': '',
    'head.csv': 'age,income,country\n',
  }
  it.each<[string, Record<string, string>, RegExp]>([
    ['no file', { current: 'gone.csv' }, /Input current: "gone\.csv" does not exist/],
    ['an empty pattern', { reference: 'gone/*.csv' }, /Input reference: "gone\/\*\.csv" matches no file/],
    ['an empty file', { current: 'empty.csv' }, /empty\.csv/],
    ['no rows', { current: 'head.csv' }, /Input current: has 0 rows, but min-rows is 30/],
    ['too few rows', { 'min-rows': '1500' }, /Input current: has 1000 rows, but min-rows is 1500/],
    ['the same data', { current: 'reference.csv' }, /reference and current are the same data/],
    ['an unknown column', { columns: 'age, incme' }, /Input columns: the reference has no column "incme"/],
    [
      'an unknown critical column',
      { 'critical-columns': 'agee' },
      /Input critical-columns: the reference has no column "agee"/,
    ],
    ['an unknown type', { types: 'zip: id' }, /Input types: the reference has no column "zip"/],
    ['an unknown group', { group: 'user' }, /"user"/],
  ])('%s', async (_, given, message) => {
    const { outcome, outputs, report } = await checkDrift(files, { ...BOTH, ...given })
    expect(outcome.failure?.message).toMatch(message)
    expect(outputs).toMatchObject({
      verdict: 'error',
      'drift-detected': 'false',
      'data-drift': '',
      'drifted-columns': '[]',
      'max-effect': '',
    })
    expect(report).toMatchObject({ verdict: 'error', drifted: null, dataDrift: null })
    expect(report.errors).toHaveLength(1)
  })

  it('passes only with fail-on: never, with a warning', async () => {
    const { outcome, outputs, messages } = await checkDrift(files, {
      ...BOTH,
      current: 'gone.csv',
      'fail-on': 'never',
    })
    expect(outcome.failure).toBeUndefined()
    expect(outputs.verdict).toBe('error')
    expect(messages.join()).toContain('"gone.csv" does not exist')
  })

  it('of a report that cannot be written', async () => {
    const { outcome, outputs } = await checkDrift(files, { ...BOTH, 'report-html': 'reference.csv/x.html' })
    expect(outcome.failure?.message).toMatch(/Input report-html: .* cannot be written/)
    expect(outputs).toMatchObject({ verdict: 'stable', 'report-html': '' })
  })
})

describe('performance', () => {
  const file = {
    'performance-source': 'file',
    'performance-file': 'm.json',
    'performance-metric': 'accuracy',
    'performance-baseline': '0.9',
  }
  it.each([
    ['0.80', 'drift', 'true', '0.1'],
    ['0.85', 'stable', 'false', '0.05'],
  ])('alone: %s', async (value, verdict, drift, drop) => {
    const { outcome, outputs, report } = await checkDrift({ 'm.json': `{"accuracy": ${value}}` }, file)
    expect(outcome.failure).toBeUndefined()
    expect(outputs).toMatchObject({
      verdict,
      'drift-detected': drift,
      'performance-drift': drift,
      'performance-drop': drop,
      'data-drift': '',
      'rows-current': '',
    })
    expect(report.performance?.reason).toContain('n unknown')
  })

  const prometheus = {
    ...BOTH,
    'performance-source': 'prometheus',
    'performance-metric': 'accuracy',
    'performance-baseline': '0.9',
    'prometheus-url': 'http://prometheus.invalid',
    query: 'accuracy',
  }
  const silent = (): Sources => ({
    connectMlflow: () => {
      throw new Error('not expected')
    },
    connectPrometheus: () => ({
      query: async () => {
        throw new Fault({
          system: 'Prometheus',
          call: 'query',
          detail: 'the result is empty',
          hint: 'Check it.',
        })
      },
    }),
  })

  it('that is silent is an error, and data drift is still reported', async () => {
    const files = { 'reference.csv': reference, 'current.csv': shifted }
    const { outcome, outputs, summary } = await checkDrift(files, prometheus, { connect: silent })
    expect(outcome.failure).toBeInstanceOf(Fault)
    expect(outputs).toMatchObject({
      verdict: 'error',
      'drift-detected': 'false',
      'data-drift': 'true',
      'performance-drift': '',
      'drifted-columns': '["age"]',
    })
    expect(outputs.reason).toMatch(/the result is empty.*1 of 3 columns drifted/)
    expect(summary).toContain('age')
  })

  it('and data that both fail are reported together', async () => {
    const files = { 'reference.csv': reference }
    const { outcome } = await checkDrift(files, prometheus, { connect: silent })
    expect(outcome.failure?.message).toMatch(/"current\.csv" does not exist[\s\S]*the result is empty/)
  })
})

describe('earlier checks', () => {
  const files = { 'reference.csv': reference, 'current.csv': shifted }
  const rule = { ...BOTH, 'k-of-n': '2/3', history: 'history/*.json' }
  const withHistory = async (...verdicts: string[]) => {
    const [drift, stable] = await Promise.all([
      checkDrift(files),
      checkDrift({ 'reference.csv': reference, 'current.csv': same }),
    ])
    const texts: Record<string, string> = { drift: drift.text, stable: stable.text }
    return Object.fromEntries(
      verdicts.map((verdict, at) => [`history/${at}.json`, texts[verdict] ?? verdict]),
    )
  }

  it.each([
    [['stable', 'stable'], 'stable', '1 of the last 3 checks'],
    [['drift', 'stable'], 'drift', '2 of the last 3 checks'],
    [['drift', 'stable', 'stable'], 'stable', '1 of the last 3 checks'],
    [['drift'], 'drift', '2 of the last 3 checks (2 known)'],
    [[], 'stable', '1 of the last 3 checks (1 known)'],
  ])('%j and drift: %s', async (earlier, verdict, reason) => {
    const { outputs } = await checkDrift({ ...files, ...(await withHistory(...earlier)) }, rule)
    expect(outputs).toMatchObject({
      verdict,
      'drift-detected': String(verdict === 'drift'),
      'data-drift': 'true',
      'drifted-columns': '["age"]',
    })
    expect(outputs.reason).toContain(reason)
  })

  it('do not make drift of a stable check', async () => {
    const history = await withHistory('drift', 'drift')
    const { outputs } = await checkDrift(
      { ...history, 'reference.csv': reference, 'current.csv': same },
      rule,
    )
    expect(outputs.verdict).toBe('stable')
  })

  it.each(['{}', '[]', 'no JSON', '{"schema":1,"valid":true}'])('%s is no report', async (text) => {
    const { outcome, outputs } = await checkDrift({ ...files, ...(await withHistory(text)) }, rule)
    expect(outcome.failure?.message).toMatch(/Input history: "history\/0\.json" is no report of drift-check/)
    expect(outputs).toMatchObject({ verdict: 'error', 'data-drift': 'true' })
  })
})

describe('the reports', () => {
  it('are the same for the same data and inputs, but for meta', async () => {
    const files = { 'reference.csv': reference, 'current.csv': shifted }
    const [first, second] = await Promise.all([
      checkDrift(files),
      checkDrift(files, undefined, { now: () => new Date(0) }),
    ])
    const body = (text: string) => text.slice(0, text.indexOf('"meta"'))
    expect(body(first.text)).toBe(body(second.text))
    expect(first.text).not.toBe(second.text)
  })

  it('hide categories, quantiles and edges with show-values: false', async () => {
    const current = people(4, 1000, { countries: ['DE', 'FR', 'Wonderland'] })
    const files = { 'reference.csv': reference, 'current.csv': current }
    const inputs = { ...BOTH, 'report-html': 'drift.html' }
    const shown = await checkDrift(files, inputs)
    expect(shown.text + shown.summary + shown.read('drift.html')).toContain('Wonderland')
    const { text, summary, read, outputs, report, messages } = await checkDrift(files, {
      ...inputs,
      'show-values': 'false',
    })
    expect(outputs['drifted-columns']).toBe('["country"]')
    const all = [text, summary, read('drift.html'), outputs.reason, ...messages].join('\n')
    expect(all).not.toMatch(/Wonderland|\bPT\b/)
    expect(
      report.columns.every(({ edges, reference }) => edges === null && reference?.quantiles === null),
    ).toBe(true)
  })

  it('escape hostile names and categories', async () => {
    const hostile = '<img src=x onerror=alert(1)>|`@all`'
    const table = (seed: number, category: string) =>
      people(seed, 500, { countries: ['DE', category] }).replace('country', `"${hostile}"`)
    const files = {
      'reference.csv': table(1, 'FR'),
      'current.csv': table(2, '</svg><script>alert(2)</script>'),
    }
    const { summary, read, outputs } = await checkDrift(files, { ...BOTH, 'report-html': 'out/drift.html' })
    expect(outputs['drifted-columns']).toBe(JSON.stringify([hostile]))
    for (const text of [summary, read('out/drift.html')]) expect(text).not.toMatch(/<img|<script/)
    expect(summary).not.toContain('@all')
    expect(outputs['report-html']).toMatch(/out\/drift\.html$/)
  })
})

it('estimates the accuracy as advice, and does not compare the label', async () => {
  const rows = (count: number, withLabel: boolean) =>
    `score${withLabel ? ',label' : ''}\n${Array.from({ length: count }, (_, at) => {
      const score = ((at * 37) % 100) / 100
      return withLabel ? `${score},${(at * 61) % 100 < score * 100 ? 1 : 0}` : `${score}`
    }).join('\n')}\n`
  const inputs = { ...BOTH, estimate: 'true', 'estimate-target': 'label', 'estimate-score': 'score' }
  const { outputs, report } = await checkDrift(
    { 'reference.csv': rows(1000, true), 'current.csv': rows(600, false) },
    inputs,
  )
  expect(Number(outputs['estimated-accuracy'])).toBeGreaterThan(0.6)
  expect(report.columns.map(({ name }) => name)).toEqual(['score'])
  const noLabel = { 'reference.csv': rows(1000, false), 'current.csv': rows(600, false) }
  const { outputs: none, report: without } = await checkDrift(noLabel, inputs)
  expect(none).toMatchObject({ 'estimated-accuracy': '', verdict: 'stable' })
  expect(without.notes.join()).toContain('has no column "label"')
})
