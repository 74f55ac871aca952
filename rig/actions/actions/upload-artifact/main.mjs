import {
  appendFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
const fail = (message) => {
  console.log(`::error::${message}`)
  process.exit(1)
}

const name = input('name')
if (!/^[^"*/\\:<>?|\r\n]+$/.test(name)) fail(`The artifact name is not valid: ${name}`)
const folder = join(process.env.RIG_ARTIFACTS, name)
if (existsSync(folder) && input('overwrite') !== 'true') {
  fail(`an artifact with this name already exists on the workflow run: ${name}`)
}

const patterns = input('path')
  .split('\n')
  .map((line) => line.trim())
  .filter(Boolean)
const found = patterns
  .flatMap((pattern) => (existsSync(pattern) ? [pattern] : globSync(pattern)))
  .map((p) => resolve(p))
const isHidden = (path) =>
  path.split('/').some((part) => part.startsWith('.') && part !== '.' && part !== '..')
const listFiles = (root) =>
  statSync(root).isDirectory()
    ? readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [root]
const files = found
  .flatMap((root) => listFiles(root).map((file) => ({ file, below: relative(root, file) })))
  .filter(
    ({ file, below }) =>
      input('include-hidden-files') === 'true' || !isHidden(below || relative(dirname(file), file)),
  )
  .map(({ file }) => file)

if (files.length === 0) {
  const message = `No files were found with the provided path: ${patterns.join(', ')}. No artifacts will be uploaded.`
  if (input('if-no-files-found') === 'error') fail(message)
  if (input('if-no-files-found') === 'warn') console.log(`::warning::${message}`)
  process.exit(0)
}

// As on GitHub: a single path becomes the artifact's root; several keep their structure below their common folder.
const roots = found.map((root) => (statSync(root).isDirectory() ? root : dirname(root)))
let shared = roots[0]
while (!roots.every((root) => `${root}/`.startsWith(shared === '/' ? '/' : `${shared}/`)))
  shared = dirname(shared)

rmSync(folder, { recursive: true, force: true })
for (const file of new Set(files)) {
  const target = join(folder, relative(shared, file))
  mkdirSync(dirname(target), { recursive: true })
  cpSync(file, target)
}
appendFileSync(process.env.GITHUB_OUTPUT, `artifact-id=${readdirSync(process.env.RIG_ARTIFACTS).length}\n`)
console.log(`stored ${new Set(files).size} files as artifact ${name}`)
