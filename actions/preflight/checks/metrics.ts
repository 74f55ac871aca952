import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import type { Run } from '../../../src/adapters/mlflow/schemas.ts'
import { capitalize } from '../../../src/domain/core/text.ts'
import type { GatePolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import { askForSimilarMetric, listLoggedMetrics } from '../../../src/domain/gate/evaluation/logged-metrics.ts'
import type { ModelSnapshot } from '../../../src/release/registry/model-snapshot.ts'
import type { PreflightInputs } from '../adapters.ts'
import type { Checklist } from '../checklist.ts'

/** Names in a message. */
const MAX_NAMES = 10

/** Checks that the champion's run has the metrics that the gate reads from runs: a name that is wrong there rejects every candidate. */
export async function checkMetrics(
  list: Checklist,
  mlflow: Mlflow,
  { champion }: ModelSnapshot,
  inputs: PreflightInputs,
  policy: GatePolicy,
): Promise<void> {
  const wanted = listLoggedMetrics(policy, policy.predictions !== undefined)
  if (wanted.length === 0) return
  if (champion.kind !== 'version')
    return list.skip('Metrics', 'there is no champion whose metrics could be compared.')
  const { number, runId } = champion.version
  const loaded = await list.run('Metrics', 'tracking-uri', async () => ({
    run: runId === '' ? undefined : await mlflow.getRun(runId),
  }))
  if (!loaded) return
  const { run } = loaded
  if (!isUsable(run))
    return list.skip('Metrics', `the run of champion ${number} is not known or not finished.`)
  const known = [...run.metrics.keys()]
  const missing = wanted.filter(({ metric }) => !run.metrics.has(metric))
  for (const { metric, isCompared } of missing) {
    const question = askForSimilarMetric(metric, known)
    const hint =
      question !== ''
        ? capitalize(question)
        : `It logged ${known.slice(0, MAX_NAMES).join(', ') || 'no metrics'}.`
    list.report(
      'Metrics',
      isCompared && !inputs.force ? 'failed' : 'warning',
      `the run of champion ${number} has no metric ${JSON.stringify(metric)}. ${hint}`,
      inputs.metric === metric ? 'metric' : 'policy',
    )
  }
  if (missing.length === 0)
    list.pass(
      'Metrics',
      `the run of champion ${number} has ${wanted.map(({ metric }) => metric).join(', ')}.`,
    )
}

function isUsable(run: Run | undefined): run is Run {
  return run !== undefined && !run.deleted && run.status === 'FINISHED'
}
