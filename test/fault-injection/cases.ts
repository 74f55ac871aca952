import { tinyChart } from '../system/support/cluster/namespace.ts'
import type { Harness, HelmName } from './harness.ts'
import type { Interceptor } from './injection/interceptor.ts'
import type { Names } from './injection/writes.ts'
import { TOKEN } from './job-registry.ts'

/**
 * A better candidate that becomes ready, one whose server crashes, an alert for the live version, and a better candidate
 * on a release that a rollback left stuck.
 */
export const CASE_KINDS = ['healthy', 'crashing', 'alert', 'stuck'] as const
export type CaseKind = (typeof CASE_KINDS)[number]

/** Its last log line is about the files of the model, which is evidence enough. */
const CRASHES = 'echo "weights.bin is truncated"; exit 3'
/**
 * Version 1 serves in the same pod template, and the last log line says nothing. So helm-deploy starts version 1 in a pod
 * beside the release to find out whose fault it is.
 */
export const CRASHES_AFTER_FIRST =
  'if [ "$MODEL_VERSION" = 1 ]; then touch /tmp/ready; exec sleep 3600; fi; echo bad; exit 3'

/** One chain under fault injection, with its own model and release. */
export interface Case extends Names {
  kind: CaseKind
  /** One step runs the whole chain (the root action), or each action is a step. */
  singleStep: boolean
  helm: HelmName
  /** The training run of the candidate. */
  runId: string
  /** The input `timeout` of all actions. */
  timeout?: string
  /** What the server runs, if the kind does not decide. */
  serve?: string | undefined
}

export type Inputs = Record<string, string>
/** Outputs of earlier steps, by action. */
export type StepOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A step of a job. It is skipped if `inputs` returns undefined, like a step with a false `if:`. */
export interface Step {
  action: string
  inputs(outputs: StepOutputs): Inputs | undefined
}

/** The violations of the invariant after a scenario, and a line for each step. */
export interface ScenarioResult {
  violations: readonly string[]
  trace: readonly string[]
  seconds: number
}

/** Enough for a pod on a busy machine, but short for a hundred cases. */
const TIMEOUT = '60s'
const REASON = 'accuracy 0.61'

type InterceptorAddresses = Pick<Interceptor, 'mlflowUri' | 'kubeconfig'>

function connectionInputs(harness: Harness, one: Case, interceptor: InterceptorAddresses) {
  const mlflowInputs = { 'tracking-uri': interceptor.mlflowUri, 'github-token': TOKEN }
  const cluster = {
    release: one.release,
    namespace: harness.namespace,
    kubeconfig: interceptor.kubeconfig,
    timeout: one.timeout ?? TIMEOUT,
  }
  return { mlflow: mlflowInputs, both: { ...mlflowInputs, ...cluster, 'model-name': one.model } }
}

/** The steps of the scheduled reconcile job. */
export function reconcileSteps(harness: Harness, one: Case, interceptor: InterceptorAddresses): Step[] {
  return [
    {
      action: 'reconcile',
      inputs: () => ({ ...connectionInputs(harness, one, interceptor).both, repair: 'true' }),
    },
  ]
}

/** The steps of a workflow job, as in workflows-examples. */
export function chainSteps(harness: Harness, one: Case, interceptor: InterceptorAddresses): Step[] {
  const { model, runId } = one
  const { mlflow: mlflowInputs, both: allInputs } = connectionInputs(harness, one, interceptor)
  const gateInputs = { 'run-id': runId, metric: 'auc' }
  const deployInputs = {
    chart: tinyChart,
    // The proxies differ in each job, but the pods must not.
    'pod-tracking-uri': harness.rig.mlflow.podUri,
    values: JSON.stringify({ serve: one.serve ?? (one.kind === 'crashing' ? CRASHES : undefined) }),
  }
  if (one.kind === 'alert')
    return [
      { action: 'helm-rollback', inputs: () => ({ ...allInputs, 'bad-model-version': '2' }) },
      {
        action: 'demote',
        inputs: ({ 'helm-rollback': { outcome = '', 'bad-model-version': bad = '' } = {} }) =>
          /^(rolled-back|unchanged)$/.test(outcome)
            ? { ...allInputs, 'model-version': bad, reason: REASON }
            : undefined,
      },
    ]
  if (one.singleStep)
    return [{ action: 'retrain', inputs: () => ({ ...allInputs, ...gateInputs, ...deployInputs }) }]
  return [
    { action: 'gatekeeper', inputs: () => ({ ...mlflowInputs, 'model-name': model, ...gateInputs }) },
    {
      action: 'helm-deploy',
      inputs: ({ gatekeeper: { promote = '', 'model-version': version = '' } = {} }) =>
        promote === 'true' ? { ...allInputs, ...deployInputs, 'model-version': version } : undefined,
    },
    {
      action: 'promote',
      inputs: ({ gatekeeper = {}, 'helm-deploy': { outcome = '' } = {} }) =>
        /^(deployed|unchanged)$/.test(outcome)
          ? {
              ...allInputs,
              'model-version': gatekeeper['model-version'] ?? '',
              'expected-champion': gatekeeper['champion-version'] ?? '',
            }
          : undefined,
    },
  ]
}
