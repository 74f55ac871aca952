#!/usr/bin/env node
// Runs a command of package.json from another folder: `npx PATH-OF-THIS-CLONE try .`
import { readFileSync } from 'node:fs'

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const COMMANDS = ['try', 'init', 'rig', 'demo']
const [command] = process.argv.slice(2)
if (!COMMANDS.includes(command)) {
  console.error(
    `usage: npx ${new URL('..', import.meta.url).pathname} ${COMMANDS.join('|')} ...\ndocs/try-locally.md and docs/init.md say more.`,
  )
  process.exit(2)
}
process.argv.splice(2, 1, scripts[command].split(' ').at(-1))
await import('./run.mjs')
