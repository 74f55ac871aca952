import { describe, expect, it } from 'vitest'
import type { ColumnReport, Report } from '../report-schema.ts'
import { renderSummary } from '../summary.ts'
import { renderPage } from './page.ts'

const side = { rows: 100_000, nulls: 1234, mean: 1234.567, standardDeviation: 98.765 }
const shares = Array.from({ length: 30 }, (_, at) => (at + 1) / 465)

function column(name: string, changes: Partial<ColumnReport> = {}): ColumnReport {
  const quantiles = [-123456.7, 12.34567, 45.678, 56.789, 67.8901, 1234.567, 98765.43]
  return {
    name,
    type: 'numeric',
    verdict: 'drift',
    reason: 'KS distance 0.312 (floor 0.1)',
    findings: [],
    tests: [],
    effects: [{ measure: 'ks-distance', value: 0.312, floor: 0.1, material: true }],
    severity: 3.12,
    detectable: null,
    effectiveRows: null,
    edges: Array.from({ length: 31 }, (_, at) => at * 1.5),
    categories: null,
    reference: { ...side, quantiles, shares },
    current: { ...side, quantiles, shares: shares.toReversed() },
    ...changes,
  }
}

function report(columns: ColumnReport[], changes: Partial<Report> = {}): Report {
  const files = { files: ['a.csv'], sha256: 'a'.repeat(64), rows: 100_000, sampledRows: 100_000 }
  return {
    schema: 1,
    verdict: 'drift',
    drifted: true,
    reason: 'one column drifted',
    errors: [],
    policy: {
      name: 'calibrated',
      sigmas: 2,
      alpha: 0.05,
      floors: { numeric: 0.1, categorical: 0.1, nulls: 0.05 },
      minDriftedColumns: 1,
      criticalColumns: [],
      extraColumns: 'warn',
    },
    seed: 1,
    kOfN: null,
    dataDrift: true,
    reference: files,
    current: files,
    dependence: { method: 'row-order', windows: 5, dependentColumns: [], sortedBy: [] },
    driftedColumns: [],
    driftShare: 1,
    columns,
    performance: null,
    estimate: null,
    notes: [],
    meta: { checkedAt: '2026-11-30T12:00:00.000Z', runUrl: 'https://github.com/shop/digits/actions/runs/77' },
    ...changes,
  }
}

const names = (count: number, name: string) => Array.from({ length: count }, (_, at) => `${name}${at}`)
const earlier = Array.from({ length: 40 }, (_, at) => ({
  name: `${at}.json`,
  drifted: false,
  severities: new Map(names(100, 'column ').map((name, index) => [name, (at + index) / 20])),
}))

describe('sizes', () => {
  it('a page of 100 columns with a history stays below 300 KB, without scripts and other files', () => {
    const page = renderPage(report(names(100, 'column ').map((name) => column(name))), earlier)
    expect(Buffer.byteLength(page)).toBeLessThan(300_000)
    expect(page.match(/<article/g)).toHaveLength(100)
    expect(page.match(/<polyline/g)).toHaveLength(100)
    expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(/)
  })

  it('a page of 10,000 columns with long hostile names is bounded', () => {
    const long = '<'.repeat(5000)
    const page = renderPage(report(names(10_000, long).map((name) => column(name, { reason: long }))), [])
    expect(Buffer.byteLength(page)).toBeLessThan(500_000)
    expect(page).toContain('And 9900 more columns, in the JSON report.')
  })

  it('a summary of 10,000 columns stays below 200 KB', () => {
    const columns = names(10_000, '|`<@'.repeat(50)).map((name) => column(name, { reason: name.repeat(9) }))
    const summary = renderSummary(report(columns), 'drift.html')
    expect(Buffer.byteLength(summary)).toBeLessThan(200_000)
    expect(summary).toMatch(/And \d+ more, in the JSON report\./)
  })
})

describe('the summary', () => {
  it('shows 25 columns, and the others in details', () => {
    const summary = renderSummary(report(names(30, 'c').map((name) => column(name))), undefined)
    const [shown = '', hidden = ''] = summary.split('<details><summary>5 more columns')
    expect(shown).toContain('| c24 |')
    expect(shown).not.toContain('| c25 |')
    expect(hidden).toContain('| c29 |')
  })

  it('draws the reference over the current data', () => {
    const summary = renderSummary(report([column('a')]), undefined)
    expect(summary).toContain('▁▂▃▄▄▅▆▇▇█<br>█▇▇▆▅▄▄▃▂▁')
  })

  it('draws the largest effects and the floor, with names that cannot end the diagram', () => {
    const columns = [
      column('a"]\n```\n<b>', { severity: 2 }),
      column('b', { severity: 7 }),
      column('c', { severity: null }),
    ]
    const chart = /```mermaid\n([\s\S]*?)```/.exec(renderSummary(report(columns), undefined))?.[1] ?? ''
    expect(chart).toContain('x-axis ["b", "ab"]')
    expect(chart).toContain('bar [7, 2]')
    expect(chart).toContain('line [1, 1]')
  })

  it.each<[Partial<Report>, ColumnReport[], string]>([
    [{ verdict: 'drift' }, [column('a')], 'Retrain the model.'],
    [{ verdict: 'drift' }, [column('a', { severity: null })], 'Look at the source of the data before'],
    [{ verdict: 'stable', drifted: false }, [], 'Nothing to do.'],
    [{ verdict: 'stable', drifted: true }, [], 'Wait for the next check.'],
    [{ verdict: 'inconclusive', drifted: false }, [], 'Check again with more rows.'],
    [{ verdict: 'error', drifted: null }, [], 'whether there is drift is not known'],
  ])('%j recommends what to do', (changes, columns, sentence) => {
    const given = report(columns, changes)
    for (const text of [renderSummary(given, undefined), renderPage(given, [])])
      expect(text).toContain(sentence)
  })
})

it('links only to a run on https', () => {
  const page = renderPage(report([], { meta: { checkedAt: '', runUrl: 'javascript:alert(1)' } }), [])
  expect(page).not.toContain('javascript:')
})
