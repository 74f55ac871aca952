import { join } from 'node:path'
import { contract as demoteContract } from '../../../../actions/demote/contract.ts'
import { main as demote } from '../../../../actions/demote/main.ts'
import { contract as promoteContract } from '../../../../actions/promote/contract.ts'
import { main as promote } from '../../../../actions/promote/main.ts'
import { contract as reconcileContract } from '../../../../actions/reconcile/contract.ts'
import { main as reconcile } from '../../../../actions/reconcile/main.ts'
import { repository } from '../../../../rig/paths.ts'
import { createJob, inputsOf } from '../action-call.ts'
import type { HelmName } from './namespace.ts'
import type { TestEnvironment } from './test-environment.ts'

/** A chart of test/system/charts, and the inputs that locate the model in it. */
export interface ForeignChart {
  chart: string
  'version-from': string
  workload?: string
}

/** Creates a release of a foreign chart that the actions deploy, promote and roll back as in a workflow. */
export function createChartRelease(
  cluster: TestEnvironment,
  helm: HelmName,
  foreignChart: ForeignChart,
  release: string,
  model: string,
) {
  const { chart, ...locators } = foreignChart
  const defaults = { release, 'model-name': model, 'tracking-uri': cluster.trainer.uri, ...locators }
  const context = () => createJob({ env: cluster.environment(helm) })
  return {
    deploy: (version: string, values: object = {}, more: Record<string, string> = {}) =>
      cluster.deploy(helm, {
        ...defaults,
        chart: join(repository, 'test/system/charts', chart),
        'model-version': version,
        values: JSON.stringify(values),
        'require-verdict': 'true',
        timeout: '90s',
        ...more,
      }),
    promote: (more: Record<string, string>) =>
      promote(inputsOf(promoteContract, { ...cluster.clusterInputs(), ...defaults, ...more }, {}), context()),
    rollBack: (bad: string, more: Record<string, string> = {}) =>
      cluster.rollBackVersion(helm, release, bad, { ...defaults, ...more }),
    reconcile: () => {
      const inputs = { ...cluster.clusterInputs(), ...defaults, issue: 'false' }
      return reconcile(inputsOf(reconcileContract, inputs, {}), context())
    },
    demote: (bad: string, more: Record<string, string> = {}) => {
      const demotionInputs = { 'model-version': bad, reason: 'accuracy 0.61', ...more }
      return demote(
        inputsOf(demoteContract, { ...cluster.clusterInputs(), ...defaults, ...demotionInputs }, {}),
        context(),
      )
    },
  }
}
