import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installAlerting } from '../alerting/index.ts'
import { buildImage } from '../image/index.ts'
import { installDebianPackages } from '../kubernetes/debian.ts'
import { installKubernetes } from '../kubernetes/index.ts'
import { installMlflow } from '../mlflow/index.ts'
import { cache } from '../paths.ts'
import { reportStep } from '../progress.ts'
import { installAct, installHelm, installLinters } from '../tools/index.ts'
import { provideGo } from './go.ts'

/** A part that can start alone, so that a test without a cluster does not wait for one. */
export type Part = 'mlflow' | 'kubernetes' | 'tools' | 'alerting'
export const allParts: Part[] = ['mlflow', 'kubernetes', 'tools', 'alerting']

/** Whether a large part is not yet installed. */
export const needsInstall = (parts: Part[]): boolean =>
  parts.some((part) => part !== 'tools' && !existsSync(join(cache, part)))

/** Waits for all tasks before it throws the first failure, so that none continues in the background. */
export const waitForAll = async (tasks: Promise<unknown>[]): Promise<void> => {
  for (const task of await Promise.allSettled(tasks)) if (task.status === 'rejected') throw task.reason
}

/** Compiles one part after the other, because Go uses all cores. */
const installCompiledParts = async (parts: Part[]): Promise<void> => {
  if (parts.some((part) => part !== 'mlflow')) await reportStep('Go', provideGo)
  if (parts.includes('kubernetes')) await installKubernetes()
  if (parts.includes('alerting')) await installAlerting()
  if (!parts.includes('tools')) return
  await reportStep('act', installAct)
  await reportStep('Helm 3 and 4', installHelm)
  await reportStep('actionlint and zizmor', installLinters)
}

/** Downloads run in parallel with the compiler, because they mostly wait for the network. */
const installDownloadedParts = async (parts: Part[]): Promise<void> => {
  if (parts.includes('mlflow')) await reportStep('MLflow and scikit-learn', installMlflow)
  if (parts.includes('kubernetes')) await buildImage()
}

/** Installs what `parts` need into the cache. Takes a second if everything is there. */
export const install = async (parts: Part[]): Promise<void> => {
  // Both functions below use programs from these packages.
  if (parts.includes('kubernetes')) await reportStep('Debian packages', installDebianPackages)
  await waitForAll([installCompiledParts(parts), installDownloadedParts(parts)])
}
