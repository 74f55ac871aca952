import { appendFileSync, cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join, matchesGlob, resolve } from 'node:path'

const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
const store = process.env.RIG_ARTIFACTS
const target = resolve(input('path') || process.env.GITHUB_WORKSPACE)
const kept = readdirSync(store)
const name = input('name')

if (name !== '' && !kept.includes(name)) {
  console.log(`::error::Unable to download artifact(s): Artifact not found for name: ${name}`)
  process.exit(1)
}
const wanted = name === '' ? kept.filter((each) => matchesGlob(each, input('pattern') || '*')) : [name]
const merged = name !== '' || input('merge-multiple') === 'true'
mkdirSync(target, { recursive: true })
for (const each of wanted)
  cpSync(join(store, each), merged ? target : join(target, each), { recursive: true })
appendFileSync(process.env.GITHUB_OUTPUT, `download-path=${target}\n`)
console.log(`gave ${wanted.length} artifacts to ${target}`)
