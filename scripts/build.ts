import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { actions } from '../src/index.ts'
import { at } from './checkout.ts'

/**
 * Wipes dist and builds it again: one bundle of everything, and a stub of two lines per action and phase. `work` is
 * wiped too; both lie inside the checkout, where ncc finds the packages.
 */
export function build(dist = 'dist', work = 'build'): void {
  // tsc first, since ncc reads JavaScript only; a folder of ours, so that an interrupted build leaves dist as it was.
  rmSync(at(work), { recursive: true, force: true })
  run('tsc', ['-p', 'tsconfig.build.json', '--outDir', work])
  run('ncc', ['build', `${work}/src/index.js`, '-o', `${work}/ncc`, '--license', 'licenses.txt', '--quiet'])
  // A third of the bundle is comments of its packages, which every job would download; licenses.txt has what must stay.
  const asItIs = '--ignoreConfig --allowJs --noCheck --target esnext --module preserve'.split(' ')
  run('tsc', [...asItIs, '--removeComments', '--outDir', `${work}/dist`, `${work}/ncc/index.js`])
  for (const file of readdirSync(at(work, 'ncc')).filter((each) => each !== 'index.js'))
    renameSync(at(work, 'ncc', file), at(work, 'dist', file))
  for (const [name, { contract }] of Object.entries(actions)) {
    stub(`${work}/dist`, name, 'main')
    if (contract.post) stub(`${work}/dist`, name, 'post')
  }
  rmSync(at(dist), { recursive: true, force: true })
  mkdirSync(at(dist), { recursive: true })
  for (const file of readdirSync(at(work, 'dist'))) renameSync(at(work, 'dist', file), at(dist, file))
}

function stub(folder: string, name: string, phase: 'main' | 'post'): void {
  const file = phase === 'main' ? `${name}.js` : `${name}-post.js`
  writeFileSync(
    at(folder, file),
    `import { start } from './index.js'\nawait start(${JSON.stringify(name)}, ${JSON.stringify(phase)})\n`,
  )
}

function run(tool: string, args: string[]): void {
  execFileSync(process.execPath, [at('node_modules', ...binOf(tool)), ...args], {
    cwd: at('.'),
    stdio: 'inherit',
  })
}

/** The script behind node_modules/.bin, so that it runs under this very Node. */
function binOf(tool: string): string[] {
  const packages = { tsc: 'typescript', ncc: '@vercel/ncc' } as const
  const name = packages[tool as keyof typeof packages]
  const { bin } = JSON.parse(readFileSync(at('node_modules', name, 'package.json'), 'utf8'))
  return [name, typeof bin === 'string' ? bin : bin[tool]]
}

if (import.meta.main) build()
