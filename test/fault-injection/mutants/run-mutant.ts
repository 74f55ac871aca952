import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../../rig/process/command.ts'
import { checkoutPath } from '../../../scripts/checkout.ts'
import type { ScenarioResult } from '../cases.ts'
import { runWithPausedChain } from '../concurrency/paused-chain.ts'
import type { Harness } from '../harness.ts'
import { listWrites } from '../injection/injection-points.ts'
import { runInjection } from '../injection/run-injection.ts'
import type { ChainVariant } from '../prepare-case.ts'
import type { Mutant, MutantCheck } from './mutants.ts'

/** The inputs of a build. */
const BUILD_INPUTS = ['src', 'actions', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']

export const patchPath = (name: string): string => join(import.meta.dirname, `${name}.patch`)

/**
 * Applies a mutant to a copy of the sources, builds the copy, and runs `work` with its bundle.
 * @throws if the patch no longer applies
 */
export async function withMutant<T>({ patch }: Mutant, work: (dist: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'fi-mutant-'))
  try {
    for (const name of BUILD_INPUTS) cpSync(checkoutPath(name), join(folder, name), { recursive: true })
    symlinkSync(checkoutPath('node_modules'), join(folder, 'node_modules'))
    await run(['git', 'apply', '-C1', patchPath(patch)], { cwd: folder })
    await run([process.execPath, join(folder, 'scripts/build.ts')], { cwd: folder })
    return await work(join(folder, 'dist'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs one check of a mutant with its bundle. */
export async function runMutantCheck(
  harness: Harness,
  { kind, writePattern, pausesChain, ...injection }: MutantCheck,
): Promise<ScenarioResult> {
  const variant: ChainVariant = { kind, singleStep: false, helm: 'helm4' }
  const { keys } = await listWrites(harness, variant)
  const key = keys.find((each) => writePattern.test(each))
  if (key === undefined) throw new Error(`no write of the chain matches ${writePattern}:\n${keys.join('\n')}`)
  if (pausesChain) return runWithPausedChain(harness, variant, key, 'times-out')
  const { failureMode = 'machine-loss', timing = 'after', runsPostSteps = false } = injection
  return runInjection(harness, {
    name: key,
    description: failureMode,
    variant,
    injection: { key, failureMode, timing, runsPostSteps },
  })
}
