import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installAlerting } from './alerting/index.ts'
import { provideGo } from './go.ts'
import { buildImage } from './image/index.ts'
import { installDebianPackages } from './kubernetes/debian.ts'
import { installKubernetes } from './kubernetes/index.ts'
import { installMlflow } from './mlflow/index.ts'
import { cache } from './places.ts'
import { step } from './progress.ts'
import { installAct, installHelm, installLinters } from './tools/index.ts'

/** What can be brought up by itself: a test that needs no cluster should not have to wait for one. */
export type Part = 'mlflow' | 'kubernetes' | 'tools' | 'alerting'
export const allParts: Part[] = ['mlflow', 'kubernetes', 'tools', 'alerting']

/** True while the large parts have yet to be installed. */
export const isCold = (parts: Part[]): boolean =>
  parts.some((part) => part !== 'tools' && !existsSync(join(cache, part)))

/** Does all of them to their end before one's failure is told, so that nothing goes on behind the caller's back. */
export const together = async (works: Promise<unknown>[]): Promise<void> => {
  for (const work of await Promise.allSettled(works)) if (work.status === 'rejected') throw work.reason
}

/** Go keeps both cores busy: one compile after the other. */
const installWhatIsCompiled = async (parts: Part[]): Promise<void> => {
  if (parts.some((part) => part !== 'mlflow')) await step('Go', provideGo)
  if (parts.includes('kubernetes')) await installKubernetes()
  if (parts.includes('alerting')) await installAlerting()
  if (!parts.includes('tools')) return
  await step('act', installAct)
  await step('Helm 3 and 4', installHelm)
  await step('actionlint and zizmor', installLinters)
}

/** Downloads mostly wait for the network: they go on beside the compiler. */
const installWhatIsDownloaded = async (parts: Part[]): Promise<void> => {
  if (parts.includes('mlflow')) await step('MLflow and scikit-learn', installMlflow)
  if (parts.includes('kubernetes')) await buildImage()
}

/** Installs what `parts` need into the cache; takes a second where all is there. */
export const install = async (parts: Part[]): Promise<void> => {
  // Both of the following use programs from these packages.
  if (parts.includes('kubernetes')) await step('Debian packages', installDebianPackages)
  await together([installWhatIsCompiled(parts), installWhatIsDownloaded(parts)])
}
