import type { UpgradeOrder } from '../../src/adapters/helm/arguments.ts'
import type { Change, Release } from '../../src/adapters/kubernetes/release.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { whyAsleep } from '../../src/domain/asleep.ts'
import { pendingRevision, type Revision } from '../../src/domain/history.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { type Live, served } from '../../src/domain/live.ts'
import { type Mark, versionProvenBy } from '../../src/domain/marks.ts'
import { refusal, type Standing } from '../../src/domain/rollout-admission.ts'
import { announcement } from '../../src/domain/rollout-budget.ts'
import { type Underway, underwayFrom } from '../../src/domain/rollout-recovery.ts'
import { wrongSource } from '../../src/domain/version-source.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { Claim } from '../lease/claim.ts'
import type { Held } from '../lease/holding.ts'
import { freed } from '../lease/stray.ts'
import { budgetOf } from './claim.ts'
import type { contract } from './contract.ts'
import { standingOf } from './registry.ts'
import { markFound } from './rolling.ts'
import { writeValues } from './values-files.ts'

/** What a deployment works with. */
export interface Given {
  inputs: Inputs<typeof contract>
  context: Context
  release: Release
  /** Undefined where there is no tracking server to ask. */
  mlflow: Mlflow | undefined
  claim: Claim
  held: Held
}

/** One deployment, with what was found before anything was touched. */
export interface Deployment extends Given {
  history: readonly Revision[]
  live: Live | undefined
  marks: readonly Mark[]
  standing: Standing | undefined
  /** What the summary shall mention besides the result. */
  notes: string[]
}

/** Reads everything that the decisions need. Writes nothing, but frees a release that a dead helm holds. */
export async function survey(given: Given, order: UpgradeOrder): Promise<Deployment> {
  const { inputs, release, mlflow, claim, held } = given
  const read = async () => {
    const history = release.history()
    const live = history.then((known) => release.live(known))
    const standing = mlflow && standingOf(mlflow, inputs)
    return Promise.all([history, live, release.marks(), standing, release.checkRights(order, history)])
  }
  let [history, live, marks, standing] = await read()
  const righted = await freed(release, inputs.namespace, { claim, held }, history)
  if (pendingRevision(history)) [history, live, marks, standing] = await read()
  const notes = [
    `It was to take ${announcement(budgetOf(inputs).all)}.`,
    ...held.notes,
    ...(righted ? [righted] : []),
    ...(mlflow
      ? []
      : ['No tracking server was given, so verdict, quarantine and champion were not looked at.']),
    ...(standing && standing.digest === undefined
      ? [
          `The tracking server cannot list the files of version ${inputs['model-version']}, so whether they are those of a quarantined version was not looked at.`,
        ]
      : []),
  ]
  const quarantined = standing?.quarantined ?? owedQuarantine(given)
  return { ...given, history, live, marks, standing: standing && { ...standing, quarantined }, notes }
}

/** Why the version is to be quarantined, where the registry could not be told that yet. */
function owedQuarantine({ inputs, held }: Given): string | undefined {
  const own = held.untold.find(
    ({ version, blame }) => version === inputs['model-version'] && blame?.model === inputs['model-name'],
  )
  return own?.blame?.tags[ledger.quarantined]
}

/** Why it may not begin; undefined where it may. */
export function refusalOf({ inputs, release, history, live, standing }: Deployment): string | undefined {
  return refusal({
    release: release.name,
    model: inputs['model-name'],
    version: inputs['model-version'],
    requireVerdict: inputs['require-verdict'],
    history,
    live,
    standing,
  })
}

/** The upgrade that the inputs ask for; writes its values files into `folder`. */
export function orderOf(
  { inputs, release, mlflow }: Pick<Deployment, 'inputs' | 'release' | 'mlflow'>,
  folder: string,
): UpgradeOrder {
  const mlflowUri = inputs['pod-tracking-uri'] ?? mlflow?.base
  const model = { name: inputs['model-name'], version: inputs['model-version'], mlflowUri }
  return {
    release: release.name,
    chart: inputs.chart,
    chartVersion: inputs['chart-version'],
    valuesFiles: writeValues(folder, { files: inputs['values-files'] ?? [], inline: inputs.values, model }),
    timeout: inputs.timeout,
  }
}

/** A revision that is found fully ready counts as seen good, whoever deployed it: it gets its mark before it is replaced. */
export async function markGoodBefore({
  release,
  live,
  history,
  marks,
  standing,
  inputs,
}: Deployment): Promise<void> {
  const redeployed = live !== undefined && versionProvenBy(live) === inputs['model-version']
  await markFound(release, { live, history, marks, digest: redeployed ? (standing?.digest ?? '') : '' })
}

/**
 * What it would change of what is live; undefined where nothing is. Helm's dry run tells, which also finds a chart that
 * does not render before anything is touched.
 */
export async function changeBy(
  { release, live }: Deployment,
  order: UpgradeOrder,
): Promise<Change | undefined> {
  return live && release.compare(order, live.revision)
}

/** Why the rollout could not be watched; undefined where it could. */
export function blindness({ inputs, release, live }: Deployment, change: Change | undefined) {
  const { 'version-from': from, 'model-version': version } = inputs
  if (!change) return undefined
  const { foretold, leavesReplicas } = change
  const asleep = whyAsleep(release.name, live, leavesReplicas)
  return asleep ?? wrongSource({ from, release: release.name, version, foretold, live })
}

/**
 * Whether all of it is live already: every pod serves this very version, and the chart, rendered now with these values,
 * gives the objects and values that Helm has deployed, so that a changed template counts.
 */
export function isLiveAlready({ live, history, inputs }: Deployment, change: Change | undefined): boolean {
  if (!live || !change?.same) return false
  const newest = history.at(-1)?.revision === live.revision
  return newest && versionProvenBy(live) === inputs['model-version']
}

export function underwayOf({ inputs, release, history }: Deployment): Underway {
  const { namespace, 'model-version': version } = inputs
  const underway = underwayFrom({ release: release.name, namespace, version }, history)
  return { ...underway, keep: !takesBack(inputs, underway.first) }
}

/** Whether a rollout that fails is undone. */
export function takesBack(inputs: Inputs<typeof contract>, first: boolean): boolean {
  return inputs['rollback-on-failure'] && !(first && inputs['on-first-failure'] === 'keep')
}

/** The version that the pods agree on; empty where they do not, or there are none. */
export function liveVersion(live: Live | undefined): string {
  const serves = served(live?.pods ?? [])
  return serves.kind === 'one' ? serves.version : ''
}
