import { tinyChart } from '../system/support/cluster/namespace.ts'
import type { Harness, HelmName } from './harness.ts'
import type { Interceptor } from './injection/interceptor.ts'
import type { Names } from './injection/writes.ts'
import { TOKEN } from './job-registry.ts'

/** A better candidate that becomes ready, one whose server crashes, and an alert about the live version. */
export const CASE_KINDS = ['healthy', 'crashing', 'alert'] as const
export type CaseKind = (typeof CASE_KINDS)[number]

/** One chain under fault injection, with its own model and release. */
export interface Case extends Names {
  kind: CaseKind
  /** One step runs the whole chain (the root action), or each action is a step. */
  singleStep: boolean
  helm: HelmName
  /** The run whose model is the candidate. */
  runId: string
  /** How long a rollout may take, and how long the chain waits for another one. */
  timeout?: string
}

export type Inputs = Record<string, string>
/** Outputs of the previous steps, by action. */
export type StepOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A step of a job: an action and its inputs. It is skipped where `inputs` returns undefined, as by an `if:`. */
export interface Step {
  action: string
  inputs(said: StepOutputs): Inputs | undefined
}

/** The violations of the invariant after a scenario, and what the steps printed. */
export interface ScenarioResult {
  violations: readonly string[]
  trace: readonly string[]
  seconds: number
}

/** Long enough for a pod on a busy machine, short enough for a hundred cases. */
const TIMEOUT = '60s'
const REASON = 'accuracy 0.61'

type InterceptorAddresses = Pick<Interceptor, 'mlflowUri' | 'kubeconfig'>

function connectionInputs(harness: Harness, one: Case, interceptor: InterceptorAddresses) {
  const mlflow = { 'tracking-uri': interceptor.mlflowUri, 'github-token': TOKEN }
  const cluster = {
    release: one.release,
    namespace: harness.namespace,
    kubeconfig: interceptor.kubeconfig,
    timeout: one.timeout ?? TIMEOUT,
  }
  return { mlflow, both: { ...mlflow, ...cluster, 'model-name': one.model } }
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
  const { mlflow, both } = connectionInputs(harness, one, interceptor)
  const judging = { 'run-id': runId, metric: 'auc' }
  const deploying = {
    chart: tinyChart,
    // The proxies change with each job, and pods must not change with them.
    'pod-tracking-uri': harness.rig.mlflow.podUri,
    values: JSON.stringify(one.kind === 'crashing' ? { serve: 'echo bad; exit 3' } : {}),
  }
  if (one.kind === 'alert')
    return [
      { action: 'helm-rollback', inputs: () => ({ ...both, 'bad-model-version': '2' }) },
      {
        action: 'demote',
        inputs: ({ 'helm-rollback': { outcome = '', 'bad-model-version': bad = '' } = {} }) =>
          /^(rolled-back|unchanged)$/.test(outcome)
            ? { ...both, 'model-version': bad, reason: REASON }
            : undefined,
      },
    ]
  if (one.singleStep) return [{ action: 'retrain', inputs: () => ({ ...both, ...judging, ...deploying }) }]
  return [
    { action: 'gatekeeper', inputs: () => ({ ...mlflow, 'model-name': model, ...judging }) },
    {
      action: 'helm-deploy',
      inputs: ({ gatekeeper: { promote = '', 'model-version': version = '' } = {} }) =>
        promote === 'true' ? { ...both, ...deploying, 'model-version': version } : undefined,
    },
    {
      action: 'promote',
      inputs: ({ gatekeeper = {}, 'helm-deploy': { outcome = '' } = {} }) =>
        /^(deployed|unchanged)$/.test(outcome)
          ? {
              ...both,
              'model-version': gatekeeper['model-version'] ?? '',
              'expected-champion': gatekeeper['champion-version'] ?? '',
            }
          : undefined,
    },
  ]
}
