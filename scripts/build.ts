import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { actions } from '../actions/index.ts'
import { checkoutPath } from './checkout.ts'

/**
 * Deletes dist and builds it: one bundle of all actions, and a two-line stub per action and phase. Also deletes `work`.
 * Both folders are in the checkout, where ncc finds the packages.
 */
export function build(dist = 'dist', work = 'build'): void {
  // tsc runs first, because ncc reads only JavaScript. An interrupted build leaves dist intact, because it uses `work`.
  rmSync(checkoutPath(work), { recursive: true, force: true })
  runTool('tsc', ['-p', 'tsconfig.build.json', '--outDir', work])
  runTool('ncc', [
    'build',
    `${work}/actions/index.js`,
    '-o',
    `${work}/ncc`,
    '--license',
    'licenses.txt',
    '--quiet',
  ])
  // Comments of packages are a third of the bundle, and each job would download them. licenses.txt keeps the licenses.
  const transpileOptions = '--ignoreConfig --allowJs --noCheck --target esnext --module preserve'.split(' ')
  runTool('tsc', [
    ...transpileOptions,
    '--removeComments',
    '--outDir',
    `${work}/dist`,
    `${work}/ncc/index.js`,
  ])
  for (const file of readdirSync(checkoutPath(work, 'ncc')).filter((each) => each !== 'index.js'))
    renameSync(checkoutPath(work, 'ncc', file), checkoutPath(work, 'dist', file))
  for (const [name, { contract }] of Object.entries(actions)) {
    writeStub(`${work}/dist`, name, 'main')
    if (contract.post) writeStub(`${work}/dist`, name, 'post')
  }
  rmSync(checkoutPath(dist), { recursive: true, force: true })
  mkdirSync(checkoutPath(dist), { recursive: true })
  for (const file of readdirSync(checkoutPath(work, 'dist')))
    renameSync(checkoutPath(work, 'dist', file), checkoutPath(dist, file))
}

function writeStub(folder: string, name: string, phase: 'main' | 'post'): void {
  const file = phase === 'main' ? `${name}.js` : `${name}-post.js`
  writeFileSync(
    checkoutPath(folder, file),
    `import { start } from './index.js'\nawait start(${JSON.stringify(name)}, ${JSON.stringify(phase)})\n`,
  )
}

function runTool(tool: string, args: string[]): void {
  execFileSync(process.execPath, [checkoutPath('node_modules', ...resolveBin(tool)), ...args], {
    cwd: checkoutPath('.'),
    stdio: 'inherit',
  })
}

/** Returns the script behind node_modules/.bin, so that it runs with this Node. */
function resolveBin(tool: string): string[] {
  const packages = { tsc: 'typescript', ncc: '@vercel/ncc' } as const
  const name = packages[tool as keyof typeof packages]
  const { bin } = JSON.parse(readFileSync(checkoutPath('node_modules', name, 'package.json'), 'utf8'))
  return [name, typeof bin === 'string' ? bin : bin[tool]]
}

if (import.meta.main) build()
