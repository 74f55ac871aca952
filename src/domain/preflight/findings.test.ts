import { expect, test } from 'vitest'
import { downgrade, toFindings } from './findings.ts'

test('each line of an input is a finding of its own, with the lines that belong to it', () => {
  const message = 'Input policy: line 2: no\nInput margin: belongs to\n- a rule\nthe end'
  expect(toFindings('Policy', 'failed', message, 'metric')).toEqual([
    { check: 'Policy', status: 'failed', input: 'policy', message: 'line 2: no' },
    { check: 'Policy', status: 'failed', input: 'margin', message: 'belongs to\n- a rule\nthe end' },
  ])
})

test('an error that names no input gets the input of its check', () => {
  expect(toFindings('Cluster', 'warning', 'no answer\nat all', 'kubeconfig')).toEqual([
    { check: 'Cluster', status: 'warning', input: 'kubeconfig', message: 'no answer\nat all' },
  ])
})

test('only a failed check becomes a warning', () => {
  const all = (['passed', 'failed', 'warning', 'not-checked'] as const).map((status) => ({
    check: 'Chart',
    status,
    message: '',
  }))
  expect(downgrade(all).map(({ status }) => status)).toEqual(['passed', 'warning', 'warning', 'not-checked'])
})
