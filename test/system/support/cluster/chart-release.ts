import { join } from 'node:path'
import { contract as demoteContract } from '../../../../actions/demote/contract.ts'
import { main as demote } from '../../../../actions/demote/main.ts'
import { contract as promoteContract } from '../../../../actions/promote/contract.ts'
import { main as promote } from '../../../../actions/promote/main.ts'
import { repository } from '../../../../rig/paths.ts'
import { createJob, inputsOf } from '../action-call.ts'
import type { HelmName } from './namespace.ts'
import type { TestEnvironment } from './test-environment.ts'

/** A chart of test/system/charts, and the two inputs by which the suite finds its model in it. */
export interface ForeignChart {
  chart: string
  'version-from': string
  workload?: string
}

/** One release of a foreign chart, driven by the actions as in a workflow. */
export function createChartRelease(
  space: TestEnvironment,
  helm: HelmName,
  given: ForeignChart,
  release: string,
  model: string,
) {
  const { chart, ...live } = given
  const usual = { release, 'model-name': model, 'tracking-uri': space.trainer.uri, ...live }
  const context = () => createJob({ env: space.environment(helm) })
  return {
    deploy: (version: string, values: object = {}, more: Record<string, string> = {}) =>
      space.deploy(helm, {
        ...usual,
        chart: join(repository, 'test/system/charts', chart),
        'model-version': version,
        values: JSON.stringify(values),
        'require-verdict': 'true',
        timeout: '90s',
        ...more,
      }),
    promote: (more: Record<string, string>) =>
      promote(inputsOf(promoteContract, { ...space.reach(), ...usual, ...more }, {}), context()),
    rollBack: (bad: string, more: Record<string, string> = {}) =>
      space.rollBackVersion(helm, release, bad, { ...usual, ...more }),
    demote: (bad: string, more: Record<string, string> = {}) => {
      const story = { 'model-version': bad, reason: 'accuracy 0.61', ...more }
      return demote(inputsOf(demoteContract, { ...space.reach(), ...usual, ...story }, {}), context())
    },
  }
}
