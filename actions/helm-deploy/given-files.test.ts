import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkGivenFiles } from './given-files.ts'

const at = mkdtempSync(join(tmpdir(), 'given-'))
const path = (...names: string[]) => join(at, ...names)
mkdirSync(path('chart'))
mkdirSync(path('empty'))
for (const file of ['chart/Chart.yaml', 'chart.tgz', 'a.yaml']) writeFileSync(path(file), '')

test.each([
  ['a folder', path('chart'), []],
  ['an archive', path('chart.tgz'), [path('a.yaml')]],
  ['a registry', 'oci://registry.test/charts/digits', []],
])('%s is fine', (_title, chart, files) => {
  expect(() => checkGivenFiles({ chart, 'values-files': files })).not.toThrow()
})

test.each([
  ['a chart that is not there', path('nope'), [], /^Input chart: .*nope" is neither .*actions\/checkout/],
  ['a folder without a chart', path('empty'), [], /^Input chart: the folder .*empty" has no Chart\.yaml/],
  [
    'a values file that is not there',
    path('chart'),
    [path('a.yaml'), path('b.yaml')],
    /^Input values-files: there is no file .*b\.yaml"/,
  ],
  ['a folder of values', path('chart'), [path('empty')], /^Input values-files: .*empty/],
])('%s is an error of the input', (_title, chart, files, said) => {
  expect(() => checkGivenFiles({ chart, 'values-files': files })).toThrow(said)
})
