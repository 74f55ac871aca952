import { tinyChart } from '../../test/system/helm-releases.ts'
import { TOKEN } from './github.ts'
import type { Tap } from './tap.ts'
import type { HelmName, World } from './world.ts'
import type { Names } from './writes.ts'

/** A better candidate that comes up, one whose server crashes, and an alert about the live version. */
export const STORIES = ['good', 'bad', 'alert'] as const
export type Story = (typeof STORIES)[number]

/** One chain that is to be disturbed, with a model and a release of its own. */
export interface Case extends Names {
  story: Story
  /** One step runs the whole chain (the root action), or each action is a step. */
  whole: boolean
  helm: HelmName
  /** The run whose model is the candidate. */
  runId: string
  /** How long a rollout may take, and how long another chain is waited for. */
  timeout?: string
}

export type Inputs = Record<string, string>
/** What the steps before said, by their action. */
export type Said = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A step of a job: an action, and what it is given. It is skipped where `inputs` gives undefined, as by an `if:`. */
export interface Step {
  action: string
  inputs(said: Said): Inputs | undefined
}

/** Long enough for a pod on a busy machine, short enough for a hundred cases. */
const TIMEOUT = '60s'
const REASON = 'accuracy 0.61'

type Addresses = Pick<Tap, 'mlflow' | 'kubeconfig'>

function connections(world: World, one: Case, tap: Addresses) {
  const mlflow = { 'tracking-uri': tap.mlflow, 'github-token': TOKEN }
  const cluster = {
    release: one.release,
    namespace: world.namespace,
    kubeconfig: tap.kubeconfig,
    timeout: one.timeout ?? TIMEOUT,
  }
  return { mlflow, both: { ...mlflow, ...cluster, 'model-name': one.model } }
}

/** The steps of the scheduled job that looks after a model. */
export function reconciling(world: World, one: Case, tap: Addresses): Step[] {
  return [{ action: 'reconcile', inputs: () => ({ ...connections(world, one, tap).both, repair: 'true' }) }]
}

/** The steps of a workflow job, as the examples to copy have them. */
export function stepsOf(world: World, one: Case, tap: Addresses): Step[] {
  const { model, runId } = one
  const { mlflow, both } = connections(world, one, tap)
  const judging = { 'run-id': runId, metric: 'auc' }
  const deploying = {
    chart: tinyChart,
    // The proxies are another job's next time, and pods must not change with them.
    'pod-tracking-uri': world.rig.mlflow.podUri,
    values: JSON.stringify(one.story === 'bad' ? { serve: 'echo bad; exit 3' } : {}),
  }
  if (one.story === 'alert')
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
  if (one.whole) return [{ action: 'retrain', inputs: () => ({ ...both, ...judging, ...deploying }) }]
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
