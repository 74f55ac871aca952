import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { removeValues, valuesFolder, writeValues } from './values-files.ts'

const folder = () => valuesFolder(mkdtempSync(join(tmpdir(), 'values-')), 'digits')
const model = { name: 'digits', version: '007', mlflowUri: 'http://mlflow' }

test("Helm reads the user's files, then the user's values, then the model, which wins", () => {
  const at = folder()
  const files = writeValues(at, { files: ['a.yaml', 'b.yaml'], inline: 'replicas: 2\n', model })
  expect(files.slice(0, 2)).toEqual(['a.yaml', 'b.yaml'])
  expect(files.slice(2).map((file) => parse(readFileSync(file, 'utf8')))).toEqual([
    { replicas: 2 },
    { model },
  ])
  for (const file of files.slice(2)) expect(statSync(file).mode & 0o777).toBe(0o600)
  removeValues(at)
  expect(existsSync(at)).toBe(false)
})

test('text at the very end keeps its line break', () => {
  const files = writeValues(folder(), { files: [], inline: 'notice: |\n  one\n  two', model })
  expect(parse(readFileSync(files[0] ?? '', 'utf8'))).toEqual({ notice: 'one\ntwo\n' })
})

test('nothing of an earlier step is left among them', () => {
  const at = folder()
  writeValues(at, { files: [], inline: 'replicas: 2', model })
  expect(writeValues(at, { files: [], inline: undefined, model })).toHaveLength(1)
  expect(existsSync(join(at, 'values.yaml'))).toBe(false)
})
