import { createHash } from 'node:crypto'
import { existsSync, globSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { build } from '../../scripts/build.ts'
import { checkoutPath } from '../../scripts/checkout.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the bundle that the tests run: built from the sources as they stand, beside the committed dist. */
    dist: string
  }
}

/** Inside node_modules, since the bundler looks for packages from there upwards, and git does not look at all. */
const CACHE = 'node_modules/.cache/bundle-tests'
const SOURCES = ['src/**/*.ts', 'actions/**/*.ts', 'scripts/build.ts', 'tsconfig*.json', 'package-lock.json']

/** Vitest's global setup: gives tests the bundle of just these sources. */
export default function setup(project: TestProject): void {
  project.provide('dist', ensureBundle())
}

/** Folder of the bundle of just these sources, built only if it is not there yet. */
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

/** Built aside and then named, so that an interrupted build is never taken for a whole one. */
function buildOnce(dist: string): void {
  const aside = `${CACHE}/${process.pid}`
  try {
    build(`${aside}/out`, `${aside}/work`)
    if (!existsSync(checkoutPath(dist))) renameSync(checkoutPath(aside, 'out'), checkoutPath(dist))
  } finally {
    rmSync(checkoutPath(aside), { recursive: true, force: true })
  }
}

/** Bundles of other sources go after a day; until then another test run may be using them. */
function pruneOldBundles(): void {
  for (const name of readdirSync(checkoutPath(CACHE))) {
    const age =
      Date.now() - (statSync(checkoutPath(CACHE, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > 86_400_000) rmSync(checkoutPath(CACHE, name), { recursive: true, force: true })
  }
}
