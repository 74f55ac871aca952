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

/** What can be brought up by itself: a test that needs no cluster should not have to wait for one. */
export type Part = 'mlflow' | 'kubernetes' | 'tools' | 'alerting'
export const allParts: Part[] = ['mlflow', 'kubernetes', 'tools', 'alerting']

/** True while the large parts have yet to be installed. */
export const needsInstall = (parts: Part[]): boolean =>
  parts.some((part) => part !== 'tools' && !existsSync(join(cache, part)))

/** Waits for all of them before it throws the first failure, so that nothing goes on in the background. */
export const waitForAll = async (works: Promise<unknown>[]): Promise<void> => {
  for (const work of await Promise.allSettled(works)) if (work.status === 'rejected') throw work.reason
}

/** Go keeps both cores busy: one compile after the other. */
const installCompiledParts = async (parts: Part[]): Promise<void> => {
  if (parts.some((part) => part !== 'mlflow')) await reportStep('Go', provideGo)
  if (parts.includes('kubernetes')) await installKubernetes()
  if (parts.includes('alerting')) await installAlerting()
  if (!parts.includes('tools')) return
  await reportStep('act', installAct)
  await reportStep('Helm 3 and 4', installHelm)
  await reportStep('actionlint and zizmor', installLinters)
}

/** Downloads mostly wait for the network: they go on beside the compiler. */
const installDownloadedParts = async (parts: Part[]): Promise<void> => {
  if (parts.includes('mlflow')) await reportStep('MLflow and scikit-learn', installMlflow)
  if (parts.includes('kubernetes')) await buildImage()
}

/** Installs what `parts` need into the cache; takes a second where all is there. */
export const install = async (parts: Part[]): Promise<void> => {
  // Both of the following use programs from these packages.
  if (parts.includes('kubernetes')) await reportStep('Debian packages', installDebianPackages)
  await waitForAll([installCompiledParts(parts), installDownloadedParts(parts)])
}
