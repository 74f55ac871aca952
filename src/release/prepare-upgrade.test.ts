import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { ChartInputs } from './chart-inputs.ts'
import { prepareUpgrade, removeValues, valuesFolder } from './prepare-upgrade.ts'

const folder = () => valuesFolder(mkdtempSync(join(tmpdir(), 'values-')), 'digits')
const model = { name: 'digits', version: '007', mlflowUri: 'http://mlflow' }

/** Without `version-values` and a chart to fetch, helm does not run: it is not on this PATH. */
const prepare = (at: string, inputs: Partial<ChartInputs>) =>
  prepareUpgrade(
    { chart: 'chart', ...inputs },
    { env: { PATH: '' }, namespace: 'ml' },
    { release: 'digits', timeout: 1000, folder: at, model },
  )

test("the order is the user's files, the input values, the model", async () => {
  const at = folder()
  const given = { 'values-files': ['a.yaml', 'b.yaml'], values: 'replicas: 2\n' }
  const { valuesFiles: files, ...request } = await prepare(at, given)
  expect(files.slice(0, 2)).toEqual(['a.yaml', 'b.yaml'])
  expect(files.slice(2).map((file) => parse(readFileSync(file, 'utf8')))).toEqual([
    { replicas: 2 },
    { model },
  ])
  for (const file of files.slice(2)) expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(request).toMatchObject({
    chart: 'chart',
    labels: undefined,
    skipCrds: false,
    postRenderer: undefined,
  })
  removeValues(at)
  expect(existsSync(at)).toBe(false)
})

test('a block of text at the end keeps its line break', async () => {
  const { valuesFiles } = await prepare(folder(), { values: 'notice: |\n  one\n  two' })
  expect(parse(readFileSync(valuesFiles[0] ?? '', 'utf8'))).toEqual({ notice: 'one\ntwo\n' })
})

test('files of an earlier step are removed', async () => {
  const at = folder()
  await prepare(at, { values: 'replicas: 2' })
  expect((await prepare(at, {})).valuesFiles).toHaveLength(1)
  expect(existsSync(join(at, 'values.yaml'))).toBe(false)
})
