import type { Release } from '../../src/adapters/kubernetes/release.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { mustBeRegistered, readModelState } from '../../src/adapters/mlflow/model-state.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { capital } from '../../src/domain/capital.ts'
import { currentChampion } from '../../src/domain/champion.ts'
import { noneDeployed, pendingRevision, type Revision } from '../../src/domain/history.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Live } from '../../src/domain/live.ts'
import type { Mark } from '../../src/domain/marks.ts'
import type { Found, Order } from '../../src/domain/rollback.ts'
import { announcement } from '../../src/domain/rollout-budget.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { Claim } from '../lease/claim.ts'
import type { Held } from '../lease/holding.ts'
import { freed } from '../lease/stray.ts'
import { budgetOf } from './claim.ts'
import type { contract } from './contract.ts'

/** What a rollback works with. */
export interface Given {
  inputs: Inputs<typeof contract>
  context: Context
  release: Release
  /** Undefined where there is no tracking server to ask. */
  mlflow: Mlflow | undefined
  claim: Claim
  held: Held
}

/** One order to take a version back, with what was found before anything was touched. */
export interface Case extends Given {
  history: readonly Revision[]
  marks: readonly Mark[]
  live: Live | undefined
  champion: string | undefined
  versions: readonly ModelVersion[]
  /** What the summary shall mention besides the result. */
  notes: string[]
}

/** Reads everything that the decision needs. Writes nothing, but frees a release that a dead helm holds. */
export async function survey(given: Given): Promise<Case> {
  const { inputs, release, mlflow, claim, held } = given
  const read = () =>
    Promise.all([release.history(), release.marks(), release.live(), mlflow && registryOf(mlflow, inputs)])
  let [history, marks, live, registry] = await read()
  const righted = await freed(release, inputs.namespace, { claim, held }, history)
  if (pendingRevision(history)) [history, marks, live, registry] = await read()
  const { champion, versions } = registry ?? { champion: undefined, versions: [] }
  const notes = [
    `It was to take ${announcement(budgetOf(inputs).all)}.`,
    ...held.notes,
    ...(righted ? [righted] : []),
    ...(registry
      ? []
      : ['No tracking server was given: quarantine and whether a version can be loaded were not looked at.']),
  ]
  return { ...given, history, marks, live, champion, versions, notes }
}

async function registryOf(mlflow: Mlflow, inputs: Inputs<typeof contract>) {
  const state = await readModelState(mlflow, inputs['model-name'])
  mustBeRegistered(state)
  const names = { champion: inputs['champion-alias'], previous: '' }
  const found = currentChampion(state.aliases, state.versions, names)
  const champion = found.kind === 'version' ? found.version.number : undefined
  return { champion, versions: state.versions }
}

/** Why the order cannot be followed at all, as a sentence with its cure: an error of the user, not a decision. */
export function errorIn({ inputs, release, history, live }: Case): string | undefined {
  const { name } = release
  if (!live && history.length > 0)
    return `${capital(noneDeployed(name, history))}, so what it serves is unknown. Run "helm rollback ${name} REVISION" with a revision that was good; "helm history ${name}" lists them.`
  if (!live)
    return `Input release: ${name} has no deployed revision in namespace ${inputs.namespace}; name the release that serves the model.`
  const { releaseModel } = live
  if (releaseModel !== undefined && releaseModel !== inputs['model-name'])
    return `Input release: ${name} serves the model ${JSON.stringify(releaseModel)}, not ${JSON.stringify(inputs['model-name'])}; name the release of this model.`
  return undefined
}

export function orderOf({ inputs, release, context }: Case): Order {
  return {
    release: release.name,
    model: inputs['model-name'],
    bad: inputs['bad-model-version'],
    firedAt: inputs['fired-at'],
    now: new Date().toISOString(),
    window: inputs['rollback-window'],
    toRevision: inputs['to-revision'],
    run: context.run.url,
  }
}

export function foundIn({ history, marks, champion, versions }: Case, live: Live): Found {
  const promotedAt: Found['promotedAt'] = (version) =>
    versions.find(({ number }) => number === version)?.tags[ledger.promotedAt]
  return { history, marks, live, champion, promotedAt }
}
