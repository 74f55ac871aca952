import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkoutPath } from './checkout.ts'

/** Layers of tests. Unit tests need nothing, bundle tests a bundle, system tests the rig. Select with npm test -- unit bundle. */
const LAYERS = ['unit', 'bundle', 'system'] as const

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numFailedTestSuites: number
  success: boolean
}

const requestedLayers = process.argv.slice(2)
const layers = LAYERS.filter((layer) => requestedLayers.length === 0 || requestedLayers.includes(layer))
const unknownLayers = requestedLayers.filter((name) => !LAYERS.some((layer) => layer === name))
if (unknownLayers.length > 0) {
  console.error(`unknown layer ${unknownLayers.join(', ')}; available: ${LAYERS.join(', ')}`)
  process.exit(2)
}

const totals = { passed: 0, failed: 0, skipped: 0 }
for (const layer of layers) {
  const report = layer === 'system' && skipReason() ? skipLayer(layer) : runLayer(layer)
  totals.passed += report.numPassedTests
  totals.skipped += report.numPendingTests
  // A file that does not load has no failed test, but still fails the run.
  totals.failed += report.success ? 0 : Math.max(1, report.numFailedTests)
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0

/** Returns the reason why this machine cannot run the system tests. CI does not skip them, so they fail there. */
function skipReason(): string | undefined {
  if (process.env.CI === 'true') return undefined
  if (process.platform !== 'linux') return `they need Linux, but this is ${process.platform}`
  return process.getuid?.() === 0 ? undefined : 'they need root to start containers: run npm test with sudo'
}

/** Counts test files. Their tests are unknown until they run. */
function skipLayer(layer: string): Report {
  const files = globSync(`test/${layer}/**/*.${layer}.test.ts`, { cwd: checkoutPath('.') })
  console.warn(
    `\n*** SKIPPED: the ${layer} tests, ${files.length} files: ${skipReason()}\n    ${files.join('\n    ')}`,
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
  const vitest = [
    checkoutPath('node_modules/vitest/vitest.mjs'),
    'run',
    '--project',
    layer,
    '--reporter=default',
  ]
  try {
    const { status } = spawnSync(process.execPath, [...vitest, '--reporter=json', `--outputFile=${file}`], {
      cwd: checkoutPath('.'),
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
