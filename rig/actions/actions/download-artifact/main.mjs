import { appendFileSync, cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join, matchesGlob, resolve } from 'node:path'

const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
const store = process.env.RIG_ARTIFACTS
const target = resolve(input('path') || process.env.GITHUB_WORKSPACE)
const stored = readdirSync(store)
const name = input('name')

if (name !== '' && !stored.includes(name)) {
  console.log(`::error::Unable to download artifact(s): Artifact not found for name: ${name}`)
  process.exit(1)
}
const names = name === '' ? stored.filter((each) => matchesGlob(each, input('pattern') || '*')) : [name]
const flat = name !== '' || input('merge-multiple') === 'true'
mkdirSync(target, { recursive: true })
for (const each of names) cpSync(join(store, each), flat ? target : join(target, each), { recursive: true })
appendFileSync(process.env.GITHUB_OUTPUT, `download-path=${target}\n`)
console.log(`copied ${names.length} artifacts to ${target}`)
