import { expect, test } from 'vitest'
import { suiteSources, wrongImports } from './import-direction.ts'

const wrong = (file: string, source: string) => wrongImports(new Map([[file, source]]))

test.each([
  ['src/domain/a.ts', "import { b } from '../adapters/mlflow/b.ts'", /domain may import only domain/],
  ['src/domain/a.ts', "import { b } from 'undici'", /nothing but its own kind/],
  ['src/domain/a.ts', "import {\n  b,\n  c,\n} from '../runtime/b.ts'", /domain may import only/],
  ['src/adapters/x/a.ts', "import type { b } from '../../runtime/b.ts'", /adapters may import only/],
  ['src/runtime/a.ts', "export { b } from '../../actions/train/main.ts'", /runtime may import only/],
  ['src/adapters/x/a.ts', "import * as core from '@actions/core'", /only src\/runtime touches the toolkit/],
  ['actions/x/main.ts', 'const home = process.env.HOME', /only src\/runtime reads the environment/],
  ['actions/x/main.ts', "import { spawn } from 'node:child_process'", /only src\/adapters talks/],
  ['src/shared/a.ts', '', /belongs to no layer/],
])('%s may not say %s', (file, source, complaint) => {
  expect(wrong(file, source).join('\n')).toMatch(complaint)
})

test('an import with the arrows is fine', () => {
  expect(wrong('actions/x/main.ts', "import { judge } from '../../src/domain/verdict.ts'")).toEqual([])
})

test('the suite keeps its own rule', () => {
  const files = suiteSources()
  expect(files.size).toBeGreaterThan(15)
  expect(wrongImports(files)).toEqual([])
})
