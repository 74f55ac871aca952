import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { installLinters, tools } from '../rig/tools/index.ts'
import { build } from './build.ts'
import { at } from './checkout.ts'
import { generated } from './generate.ts'
import { suiteSources, wrongImports } from './import-direction.ts'
import { wrongPins } from './pins.ts'
import { LARGEST_SUITE, suiteSize } from './suite-size.ts'

interface Check {
  name: string
  /** What is wrong and what to do; empty when all is well. */
  run(): string | Promise<string>
}

const checks: readonly Check[] = [
  { name: 'types', run: () => node('typescript/bin/tsc', '--noEmit', '-p', '.') },
  { name: 'biome', run: () => node('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.') },
  { name: 'import direction', run: () => wrongImports(suiteSources()).join('\n') },
  { name: 'generated files', run: staleFiles },
  { name: 'dist', run: staleDist },
  { name: 'size', run: tooLarge },
  { name: 'pins', run: wrongPins },
  { name: 'actionlint', run: actionlint },
  { name: 'zizmor', run: zizmor },
]

function staleFiles(): string {
  const isStale = ([path, content]: [string, string]) =>
    !existsSync(at(path)) || readFileSync(at(path), 'utf8') !== content
  const stale = [...generated()].filter(isStale).map(([path]) => path)
  return stale.length === 0 ? '' : `${stale.join(', ')}: not as generated; run npm run generate`
}

/** By wipe, build and `git status`, since a diff would not see new files. */
function staleDist(): string {
  build()
  const changed = execFileSync('git', ['status', '--porcelain', '--', 'dist'], {
    cwd: at('.'),
    encoding: 'utf8',
  })
  return changed === '' ? '' : `${changed}dist is not what the sources build; run npm run build and commit it`
}

function tooLarge(): string {
  const size = suiteSize()
  return size <= LARGEST_SUITE ? '' : `the suite is ${size} bytes gzipped, and ${LARGEST_SUITE} are allowed`
}

async function actionlint(): Promise<string> {
  await installLinters()
  return output(tools.actionlint, ['-no-color', ...workflows()])
}

async function zizmor(): Promise<string> {
  await installLinters()
  const args = [
    '--offline',
    '--no-progress',
    '--color=never',
    '--persona=pedantic',
    '--config',
    '.github/zizmor.yml',
  ]
  const audit = spawnSync(
    tools.zizmor,
    [...args, ...workflows(), ...globSync('{action.yml,actions/*/action.yml}', { cwd: at('.') })],
    { cwd: at('.'), encoding: 'utf8' },
  )
  return audit.status === 0 ? '' : `${audit.stdout}${audit.stderr}`
}

function workflows(): string[] {
  return globSync(['.github/workflows/*.yml', 'workflows-examples/*.yml'], { cwd: at('.') }).sort()
}

function node(script: string, ...args: string[]): string {
  return output(process.execPath, [at('node_modules', script), ...args])
}

/** What a tool that fails has to say. */
function output(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: at('.'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (error) return `${command} could not be started: ${error.message}`
  const printed = `${stdout}${stderr}`.trim()
  return status === 0 ? '' : printed || `${command} ended with ${status}`
}

let failed = 0
for (const check of checks) {
  const started = performance.now()
  const complaint = await Promise.resolve()
    .then(check.run)
    .catch((error: unknown) => `the check itself failed: ${error instanceof Error ? error.message : error}`)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${complaint === '' ? 'ok    ' : 'FAILED'} ${check.name} (${seconds} s)`)
  if (complaint !== '') console.log(complaint.replace(/^/gm, '    '))
  failed += complaint === '' ? 0 : 1
}
console.log(failed === 0 ? 'all checks passed' : `${failed} of ${checks.length} checks failed`)
process.exitCode = failed === 0 ? 0 : 1
