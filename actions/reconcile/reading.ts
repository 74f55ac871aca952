import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { loadable } from '../../src/adapters/mlflow/loadable.ts'
import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { championIn, mustBeRegistered, readModelState } from '../../src/adapters/mlflow/model-state.ts'
import { sameInQuarantine, whyQuarantined } from '../../src/adapters/mlflow/quarantine.ts'
import type { ModelVersion } from '../../src/adapters/mlflow/schemas.ts'
import { pendingRevision } from '../../src/domain/history.ts'
import { holderOf, judge, type Lease } from '../../src/domain/lease.ts'
import { served } from '../../src/domain/live.ts'
import type { Holder, Reading } from '../../src/domain/reconcile-reading.ts'
import { helmAge } from '../../src/domain/rollout-budget.ts'
import { hasServedSince, recovery } from '../../src/domain/rollout-recovery.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { ownRevision } from '../helm-deploy/rolling.ts'
import { jobOf, jobsBehind, type Waiting } from '../lease/claim.ts'
import type { contract } from './contract.ts'

/** What a look works with. */
export interface Given {
  inputs: Inputs<typeof contract>
  context: Context
  mlflow: Mlflow
  release: Release
  waiting?: Waiting | undefined
}

/** A reading, with what MLflow told of the versions besides. */
export interface Look extends Reading {
  versions: readonly ModelVersion[]
}

/**
 * Reads everything that has a say. The lease comes last: whoever began to write while we read holds it then.
 * @param holds whether the lease is our own
 * @throws UserError where there is no such model; Fault where a system does not answer
 */
export async function look({ inputs, context, mlflow, release }: Given, holds: boolean): Promise<Look> {
  const [history, marks, live, state] = await Promise.all([
    release.history(),
    release.marks(),
    release.live(),
    readModelState(mlflow, inputs['model-name']),
  ])
  mustBeRegistered(state)
  const { aliases, versions } = state
  const names = { champion: inputs['champion-alias'], previous: inputs['previous-alias'] }
  const champion = championIn(state, inputs)
  const serves = served(live?.pods ?? [])
  const asked = new Set([
    champion.kind === 'version' ? champion.version.number : undefined,
    serves.kind === 'one' ? serves.version : live?.releaseVersion,
    aliases.get(names.previous),
  ])
  const looked = versions.filter(({ number }) => asked.has(number))
  const [loads, quarantined] = await Promise.all([
    Promise.all(looked.map(async (version) => [version.number, await loadable(mlflow, version)] as const)),
    quarantinesOf(mlflow, looked, versions),
  ])
  const thoseThat = (kind: 'broken' | 'unseen') =>
    new Map(
      loads.flatMap(([number, seen]) =>
        seen.kind !== 'loads' && seen.kind === kind ? [[number, seen.why] as const] : [],
      ),
    )
  const unloadable = thoseThat('broken')
  const unlisted = thoseThat('unseen')
  const found = { history, marks, live, aliases, versions, champion, unloadable, unlisted, quarantined }
  return {
    ...found,
    model: inputs['model-name'],
    release: release.name,
    names,
    now: Date.now(),
    budget: helmAge(inputs.timeout),
    mirrored: inputs['mirror-stages'],
    holder: holds ? undefined : await holderIn({ inputs, context, release }, found),
  }
}

async function quarantinesOf(
  mlflow: Mlflow,
  looked: readonly ModelVersion[],
  all: readonly ModelVersion[],
): Promise<ReadonlyMap<string, string>> {
  const told = looked.map(async (version) => {
    const why = whyQuarantined(version, await sameInQuarantine(mlflow, version, all))
    return why === undefined ? [] : [[version.number, why] as const]
  })
  return new Map((await Promise.all(told)).flat())
}

async function holderIn(
  { inputs, context, release }: Pick<Given, 'inputs' | 'context' | 'release'>,
  { history, marks }: Pick<Reading, 'history' | 'marks'>,
): Promise<Holder | undefined> {
  const lease = await release.lease.read()
  if (!lease) return undefined
  const said = await jobsBehind(lease, { context, githubToken: inputs['github-token'] })
  const { alive } = judge(lease, jobOf(context), Date.now(), said)
  const left = alive ? undefined : await leftBy(lease, release, { history, marks })
  return { words: holderOf(lease), alive, left }
}

/** What a dead holder did not see through, by the same judgement that puts it right; the end of a sentence about it. */
async function leftBy(
  { underway, untold = [] }: Lease,
  release: Release,
  { history, marks }: Pick<Reading, 'history' | 'marks'>,
): Promise<string | undefined> {
  const owed = [...untold, ...(underway?.blame ? [underway] : [])]
  const failed = owed.filter((each) => !hasServedSince(each, history, marks)).map(({ version }) => version)
  const versions = [...new Set(failed)].join(', ')
  const notTold = versions
    ? `has ended, and the ledger of version ${versions}, which failed, was not told of it`
    : undefined
  if (!underway || (underway.keep && !pendingRevision(history))) return notTold
  const own = underway.own ?? (await ownRevision(release, underway))
  const plan = recovery({ ...underway, own }, history, marks)
  return plan.kind === 'nothing'
    ? notTold
    : `has died and left release ${release.name} half done: ${plan.why}`
}
