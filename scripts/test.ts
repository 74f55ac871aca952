import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { at } from './checkout.ts'

/** Layers by what they need: nothing, a built bundle, the real parts. Arguments narrow it: npm test -- unit bundle. */
const LAYERS = ['unit', 'bundle', 'system'] as const

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numFailedTestSuites: number
  success: boolean
}

const wanted = process.argv.slice(2)
const layers = LAYERS.filter((layer) => wanted.length === 0 || wanted.includes(layer))
const unknown = wanted.filter((name) => !LAYERS.some((layer) => layer === name))
if (unknown.length > 0) {
  console.error(`npm test knows no layer ${unknown.join(', ')}; the layers are ${LAYERS.join(', ')}`)
  process.exit(2)
}

const sum = { passed: 0, failed: 0, skipped: 0 }
for (const layer of layers) {
  const report = layer === 'system' && cannotRun() ? skipped(layer) : runLayer(layer)
  sum.passed += report.numPassedTests
  sum.skipped += report.numPendingTests
  // A file that does not even load holds no failed test, and is a failure all the same.
  sum.failed += report.success ? 0 : Math.max(1, report.numFailedTests)
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0

/** Why this machine cannot start the real parts. In CI that is no excuse: the tests are started, and fail. */
function cannotRun(): string | undefined {
  if (process.env.CI === 'true') return undefined
  if (process.platform !== 'linux') return `they need Linux, this is ${process.platform}`
  return process.getuid?.() === 0
    ? undefined
    : 'they start containers, so they need root: run npm test with sudo'
}

/** Skipped by file, since what is in a file is known only when it runs. */
function skipped(layer: string): Report {
  const files = globSync(`test/${layer}/**/*.${layer}.test.ts`, { cwd: at('.') })
  console.warn(
    `\n*** SKIPPED: the ${layer} tests, ${files.length} files: ${cannotRun()}\n    ${files.join('\n    ')}`,
  )
  return {
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: files.length,
    numFailedTestSuites: 0,
    success: true,
  }
}

function runLayer(layer: string): Report {
  console.log(`\n--- ${layer} tests`)
  const folder = mkdtempSync(join(tmpdir(), 'retrain-test-'))
  const file = join(folder, 'report.json')
  const vitest = [at('node_modules/vitest/vitest.mjs'), 'run', '--project', layer, '--reporter=default']
  try {
    const { status } = spawnSync(process.execPath, [...vitest, '--reporter=json', `--outputFile=${file}`], {
      cwd: at('.'),
      stdio: 'inherit',
    })
    const report: Report = JSON.parse(readFileSync(file, 'utf8'))
    return { ...report, success: report.success && status === 0 }
  } catch (error) {
    console.error(
      `the ${layer} tests ended without a report: ${error instanceof Error ? error.message : error}`,
    )
    return {
      numPassedTests: 0,
      numFailedTests: 1,
      numPendingTests: 0,
      numFailedTestSuites: 1,
      success: false,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
