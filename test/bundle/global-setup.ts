import { createHash } from 'node:crypto'
import { existsSync, globSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { build } from '../../scripts/build.ts'
import { checkoutPath } from '../../scripts/checkout.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The bundle that the tests run. It is built from the current sources, not from the committed dist. */
    dist: string
  }
}

/** Inside node_modules, because the bundler resolves packages from there upwards and git ignores it. */
const CACHE = 'node_modules/.cache/bundle-tests'
const SOURCES = ['src/**/*.ts', 'actions/**/*.ts', 'scripts/build.ts', 'tsconfig*.json', 'package-lock.json']

/** Vitest's global setup: provides the bundle of the current sources. */
export default function setup(project: TestProject): void {
  project.provide('dist', ensureBundle())
}

/** Returns the folder of a bundle of the current sources. Builds it if it does not exist. */
export function ensureBundle(): string {
  const hash = createHash('sha256')
  const files = globSync(SOURCES, { cwd: checkoutPath('.') }).filter((file) => !file.endsWith('.test.ts'))
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(checkoutPath(file)))
      .update('\0')
  const dist = join(CACHE, hash.digest('hex').slice(0, 16))
  if (!existsSync(checkoutPath(dist))) {
    buildOnce(dist)
    pruneOldBundles()
  }
  return checkoutPath(dist)
}

/** Builds into a temporary folder and renames it, so that an incomplete build is never used. */
function buildOnce(dist: string): void {
  const temporary = `${CACHE}/${process.pid}`
  try {
    build(`${temporary}/out`, `${temporary}/work`)
    if (!existsSync(checkoutPath(dist))) renameSync(checkoutPath(temporary, 'out'), checkoutPath(dist))
  } finally {
    rmSync(checkoutPath(temporary), { recursive: true, force: true })
  }
}

/** Deletes bundles that are older than a day. Another test run can still use a newer one. */
function pruneOldBundles(): void {
  for (const name of readdirSync(checkoutPath(CACHE))) {
    const age =
      Date.now() - (statSync(checkoutPath(CACHE, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > 86_400_000) rmSync(checkoutPath(CACHE, name), { recursive: true, force: true })
  }
}
