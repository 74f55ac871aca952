// Installs the packages of package-lock.json if they are missing, then runs a TypeScript file of this repository with the
// Node version of the lock file. So each `npm run` works in a new clone, with any Node from 20.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const installed = at('node_modules/.package-lock.json')
const lockFile = at('package-lock.json')

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lockFile).mtimeMs) {
  // npm would delete the packages of the checkout that the link refers to.
  if (lstatSync(at('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error(
      'node_modules is a link and does not match package-lock.json. Remove the link to install packages here.',
    )
    process.exit(1)
  }
  console.error('installing npm packages')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: at('.'),
    stdio: ['ignore', 2, 2],
  })
  if (npm.status !== 0) {
    console.error('npm ci failed. Fix the error above and run this command again.')
    process.exit(1)
  }
}

const [script, ...args] = process.argv.slice(2)
const child = spawn(at('node_modules/.bin/node'), [at(script), ...args], { stdio: 'inherit' })
// The terminal sends Ctrl-C to both processes. This one waits for the cleanup of the child.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal === 'SIGINT' || child.kill(signal))
child.on('error', (error) => {
  console.error(`cannot start Node 24 from node_modules: ${error.message}. Run npm ci and try again.`)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
