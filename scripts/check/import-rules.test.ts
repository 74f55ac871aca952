import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkoutPath } from '../checkout.ts'

interface Violation {
  from: string
  rule: string
}

const broken = [
  ['src/domain/a.ts', "import { b } from '../adapters/mlflow/b.ts'", 'layer-domain'],
  ['src/domain/b.ts', "import { b } from 'undici'", 'domain-is-pure'],
  ['src/domain/c.ts', "import {\n  b,\n  c,\n} from '../runtime/b.ts'", 'layer-domain'],
  ['src/domain/d.ts', "import { join } from 'node:path'", 'domain-is-pure'],
  ['src/adapters/x/a.ts', "import type { b } from '../../runtime/b.ts'", 'layer-adapters'],
  ['src/adapters/x/b.ts', "import * as core from '@actions/core'", 'only-runtime'],
  ['src/adapters/x/c.ts', "import { b } from '../../policy/b.ts'", 'layer-adapters'],
  ['src/runtime/a.ts', "export { b } from '../../actions/train/main.ts'", 'layer-runtime'],
  ['src/runtime/c.ts', "import { getOctokit } from '@actions/github'", 'only-adapters'],
  ['src/policy/a.ts', "import { b } from '../adapters/b.ts'", 'layer-policy'],
  ['src/release/a.ts', "import { b } from '../../actions/x/b.ts'", 'layer-release'],
  ['src/release/lease/a.ts', "import type { b } from '../recovery/b.ts'", 'release-order'],
  ['src/release/recovery/a.ts', "import { b } from '../with-lease.ts'", 'release-order'],
  ['src/shared/a.ts', "import { b } from '../domain/a.ts'", 'no-unknown-layer'],
  ['actions/x/a.ts', "import { spawn } from 'node:child_process'", 'only-adapters'],
  ['actions/x/b.ts', "const b = await import('execa')", 'only-adapters'],
  ['actions/x/c.ts', "import { b } from '../y/main.ts'", 'no-other-action'],
  ['actions/x/sub/a.ts', "import { b } from '../../y/a.ts'", 'no-other-action'],
  ['actions/x/d.ts', "import { actions } from '../index.ts'", 'layer-actions'],
  ['actions/x/e.ts', "import { b } from './missing.ts'", 'no-unresolvable-import'],
  ['actions/index.ts', "import { b } from '../src/domain/b.ts'", 'layer-index'],
  ['actions/z/a.ts', "import { b } from './b.ts'", 'no-cycle-of-files'],
  ['actions/x/f.ts', 'export const home = process.env.HOME', 'noProcessEnv'],
  ['src/adapters/x/d.ts', 'export const home = process.env.HOME', 'noProcessEnv'],
  ['src/release/b.ts', "export const page = fetch('https://mlflow.example')", 'noRestrictedGlobals'],
] as const

const kept = [
  ['actions/ok/main.ts', "import { decideVerdict } from '../../src/domain/gate/verdict.ts'"],
  ['actions/ok/sub/a.ts', "import { b } from '../b.ts'"],
  ['actions/ok/c.ts', "import { withLease } from '../../src/release/with-lease.ts'"],
  ['actions/ok/d.test.ts', "import { b } from '../y/main.ts'"],
  ['actions/retrain/main.ts', "import { main } from '../gatekeeper/main.ts'"],
  ['src/release/recovery/b.ts', "import { b } from '../lease/acquire.ts'"],
  ['src/release/registry/b.ts', "import { b } from '../../adapters/mlflow/b.ts'"],
  ['src/adapters/ok/a.ts', "import { spawn } from 'node:child_process'"],
  ['src/runtime/d.ts', "import * as core from '@actions/core'"],
  ['src/runtime/e.ts', 'export const home = process.env.HOME'],
  ['actions/ok/main.test.ts', 'export const home = process.env.HOME'],
  ['src/adapters/ok/b.ts', "export const page = fetch('https://mlflow.example')"],
] as const

/** Two folders that import each other without a cycle of files. The cycle is reported once. */
const others = [
  ['actions/z/b.ts', "import type { a } from './a.ts'"],
  ['src/domain/gate/a.ts', "import { b } from '../drift/b.ts'"],
  ['src/domain/drift/c.ts', "import { d } from '../gate/d.ts'"],
] as const

const folder = mkdtempSync(join(tmpdir(), 'import-rules-'))
let violations: Violation[] = []

beforeAll(() => {
  copyFileSync(checkoutPath('biome.json'), join(folder, 'biome.json'))
  symlinkSync(checkoutPath('node_modules'), join(folder, 'node_modules'))
  for (const [file, source] of [...broken, ...kept, ...others]) write(file, source)
  for (const [file, source] of [...broken, ...kept, ...others]) {
    const [, target] = /'(\.[^']+)'/.exec(source) ?? []
    if (target && target !== './missing.ts') writeOnce(join(dirname(file), target))
  }
  violations = [...cruise(), ...lint()]
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(broken)('%s: %j violates a rule', (file, _, rule) => {
  expect(violations).toContainEqual({ from: file, rule })
})

test.each(kept)('%s: %j violates no rule', (file) => {
  expect(violations.filter(({ from }) => from === file)).toEqual([])
})

test('two folders that import each other violate a rule', () => {
  expect(violations).toContainEqual({ from: 'src/domain/gate', rule: 'no-cycle-of-folders' })
})

function cruise(): Violation[] {
  const args = [
    '--config',
    checkoutPath('.dependency-cruiser.mjs'),
    '--output-type',
    'json',
    'actions',
    'src',
  ]
  const { summary } = JSON.parse(run('dependency-cruiser/bin/dependency-cruise.mjs', args))
  return summary.violations.map((found: { from: string; rule: { name: string } }) => ({
    from: found.from,
    rule: found.rule.name,
  }))
}

function lint(): Violation[] {
  const printed = run('@biomejs/biome/bin/biome', [
    'lint',
    '--vcs-enabled=false',
    '--only=style',
    '--reporter=github',
    '.',
  ])
  return [...printed.matchAll(/::error title=lint\/style\/(\w+),file=([^,]+)/g)].map(
    ([, rule = '', file = '']) => ({
      from: relative(folder, file),
      rule,
    }),
  )
}

function run(tool: string, args: readonly string[]): string {
  const command = [checkoutPath('node_modules', tool), ...args]
  return spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' }).stdout
}

function write(file: string, source: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), source)
}

function writeOnce(file: string): void {
  if (!existsSync(join(folder, file))) write(file, '')
}
