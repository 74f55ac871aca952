import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { installLinters, tools } from '../../rig/tools/index.ts'
import { build } from '../build.ts'
import { checkoutPath } from '../checkout.ts'
import { renderGeneratedFiles } from '../generate/main.ts'
import { checkGlossary } from './glossary.ts'
import { findBrokenLinks, readDocuments } from './links.ts'
import { checkPins } from './pins.ts'
import { findOversized, readSourceLines } from './source-limits.ts'
import { MAX_SUITE_BYTES, measureSuiteBytes } from './suite-size.ts'

interface Check {
  name: string
  /** Returns the problems and how to fix them; empty if there are none. */
  run(): string | Promise<string>
}

const checks: readonly Check[] = [
  { name: 'types', run: () => runNodeScript('typescript/bin/tsc', '--noEmit', '-p', '.') },
  {
    name: 'biome',
    run: () => runNodeScript('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
  },
  { name: 'imports', run: checkImports },
  { name: 'glossary', run: checkGlossary },
  { name: 'source limits', run: () => findOversized(readSourceLines()).join('\n') },
  { name: 'generated files', run: checkGeneratedFiles },
  { name: 'links', run: () => findBrokenLinks(readDocuments()).join('\n') },
  { name: 'dist', run: checkDist },
  { name: 'size', run: checkSize },
  { name: 'pins', run: checkPins },
  { name: 'actionlint', run: runActionlint },
  { name: 'zizmor', run: runZizmor },
]

function checkImports(): string {
  const args = ['--config', '.dependency-cruiser.mjs', '--output-type', 'err']
  const folders = ['actions', 'src', 'bench', 'rig', 'scripts', 'test']
  return runNodeScript('dependency-cruiser/bin/dependency-cruise.mjs', ...args, ...folders)
}

function checkGeneratedFiles(): string {
  const isStale = ([path, content]: [string, string]) =>
    !existsSync(checkoutPath(path)) || readFileSync(checkoutPath(path), 'utf8') !== content
  const stale = [...renderGeneratedFiles()].filter(isStale).map(([path]) => path)
  return stale.length === 0 ? '' : `${stale.join(', ')}: out of date; run npm run generate`
}

/** Rebuilds dist and runs `git status`, because a diff does not show new files. */
function checkDist(): string {
  build()
  const changed = execFileSync('git', ['status', '--porcelain', '--', 'dist'], {
    cwd: checkoutPath('.'),
    encoding: 'utf8',
  })
  return changed === '' ? '' : `${changed}dist is out of date; run npm run build and commit it`
}

function checkSize(): string {
  const size = measureSuiteBytes()
  return size <= MAX_SUITE_BYTES
    ? ''
    : `the suite has ${size} bytes gzipped, but at most ${MAX_SUITE_BYTES} are allowed`
}

async function runActionlint(): Promise<string> {
  await installLinters()
  return runTool(tools.actionlint, ['-no-color', ...listWorkflows()])
}

async function runZizmor(): Promise<string> {
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
    [
      ...args,
      ...listWorkflows(),
      ...globSync('{action.yml,actions/*/action.yml}', { cwd: checkoutPath('.') }),
    ],
    { cwd: checkoutPath('.'), encoding: 'utf8' },
  )
  return audit.status === 0 ? '' : `${audit.stdout}${audit.stderr}`
}

function listWorkflows(): string[] {
  return globSync(['.github/workflows/*.yml', 'workflows-examples/*.yml'], { cwd: checkoutPath('.') }).sort()
}

function runNodeScript(script: string, ...args: string[]): string {
  return runTool(process.execPath, [checkoutPath('node_modules', script), ...args])
}

/** Returns the output of a failed tool; empty if it succeeds. */
function runTool(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: checkoutPath('.'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (error) return `cannot start ${command}: ${error.message}`
  const printed = `${stdout}${stderr}`.trim()
  return status === 0 ? '' : printed || `${command} ended with ${status}`
}

const requested = process.argv.slice(2)
const selected = checks.filter((check) => requested.length === 0 || requested.includes(check.name))
if (selected.length === 0) {
  console.error(
    `unknown check ${requested.join(', ')}; available: ${checks.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}

let failed = 0
for (const check of selected) {
  const started = performance.now()
  const problems = await Promise.resolve()
    .then(check.run)
    .catch((error: unknown) => `the check itself failed: ${error instanceof Error ? error.message : error}`)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${problems === '' ? 'ok    ' : 'FAILED'} ${check.name} (${seconds} s)`)
  if (problems !== '') console.log(problems.replace(/^/gm, '    '))
  failed += problems === '' ? 0 : 1
}
console.log(failed === 0 ? 'all checks passed' : `${failed} of ${selected.length} checks failed`)
process.exitCode = failed === 0 ? 0 : 1
