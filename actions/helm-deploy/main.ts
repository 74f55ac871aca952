import type { UpgradeOrder } from '../../src/adapters/helm/arguments.ts'
import { openRelease, type Release } from '../../src/adapters/kubernetes/release.ts'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { announcement, total } from '../../src/domain/rollout-budget.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { claimOf, type Waiting } from '../lease/claim.ts'
import { holding } from '../lease/holding.ts'
import { HalfRighted } from '../lease/putting-right.ts'
import { budgetOf } from './claim.ts'
import { contract } from './contract.ts'
import {
  blindness,
  changeBy,
  type Deployment,
  type Given,
  isLiveAlready,
  markGoodBefore,
  orderOf,
  refusalOf,
  survey,
  underwayOf,
} from './deployment.ts'
import { ended } from './ended.ts'
import { cancelled, failed, unfinished } from './failed.ts'
import { checkGivenFiles } from './given-files.ts'
import { post } from './post.ts'
import { forgetFailures, openMlflow } from './registry.ts'
import { begin, errorOf, markOwn, messageOf, watched } from './rolling.ts'
import { removeValues, valuesFolder } from './values-files.ts'
import { goldenRequestsOf, verified } from './verify.ts'

const real = { openRelease, openMlflow }
export type Adapters = typeof real & { waiting?: Waiting }

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  checkGivenFiles(inputs)
  goldenRequestsOf(inputs, context)
  const mlflow = adapters.openMlflow(inputs, context)
  const release = await adapters.openRelease(inputs, context)
  const folder = valuesFolder(context.temp, release.name)
  const budget = budgetOf(inputs)
  context.log.info(`${release.name}: this takes ${announcement(budget.all)}`)
  try {
    const order = orderOf({ inputs, release, mlflow }, folder)
    const claim = {
      ...claimOf('helm-deploy', inputs, context, total(budget.held)),
      registry: () => mlflow,
      free: () => context.saveState('held', ''),
      waiting: adapters.waiting,
    }
    const given = { inputs, context, release, mlflow, claim }
    context.saveState('held', release.name)
    return await allRightsFirst(release, order, () =>
      holding(release, claim, (held) => alone({ ...given, held }, order)),
    )
  } catch (error) {
    if (!(error instanceof HalfRighted)) throw error
    return { outputs: { outcome: 'failed', 'failure-reason': 'Unreadable' }, failure: error }
  } finally {
    removeValues(folder)
    release.close()
  }
}

/** All that is read here stays true until the end: nobody else touches the release meanwhile. */
async function alone(given: Given, order: UpgradeOrder): Promise<Outcome<typeof contract>> {
  const deployment = await survey(given, order)
  const no = refusalOf(deployment)
  if (no) return ended(deployment, 'refused', { failure: new UserError(no) })
  const change = await changeBy(deployment, order)
  const blind = blindness(deployment, change)
  if (blind) return ended(deployment, 'refused', { failure: new UserError(blind) })
  if (change?.conflict)
    return ended(deployment, 'refused', { reason: 'FieldConflict', failure: change.conflict })
  await markGoodBefore(deployment)
  if (isLiveAlready(deployment, change)) {
    await forgetFailures(deployment)
    return ended(deployment, 'unchanged')
  }
  return (await verified(deployment, order)) ?? deploy(deployment, order)
}

/** Who lacks one right is told of all that are missing, not of the first that was needed. */
async function allRightsFirst<T>(release: Release, order: UpgradeOrder, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Fault && /forbidden/i.test(error.message)) await release.checkRights(order)
    throw error
  }
}

/** From here on the release is touched: whatever happens, it ends proven, taken back, or in the hands of the post step. */
async function deploy(deployment: Deployment, order: UpgradeOrder): Promise<Outcome<typeof contract>> {
  const { inputs, context, release, live, standing, held } = deployment
  const underway = underwayOf(deployment)
  context.saveState('rollout', JSON.stringify(underway))
  await held.underway(underway)
  context.log.info(`${release.name}: upgrading to version ${inputs['model-version']}`)
  const settled = () => context.saveState('rollout', '')
  try {
    const deadline = Date.now() + inputs.timeout
    const template = live ? live.template : underway.first ? '' : undefined
    const begun = await begin(release, order, underway, { template, deadline })
    if (begun.kind === 'untouched') {
      settled()
      return await ended(deployment, 'refused', { failure: begun.error })
    }
    const { own } = begun
    context.saveState('rollout', JSON.stringify({ ...underway, own }))
    const told = held.underway({ ...underway, own }).catch((error: unknown) => {
      context.log.warning(messageOf(error))
    })
    const end = begun.failed ?? (await watched(release, { ...underway, own }, deadline))
    await told
    if (end.kind === 'failed') return await failed(deployment, { ...underway, own }, end)
    const seen = {
      model: inputs['model-name'],
      version: inputs['model-version'],
      digest: standing?.digest ?? '',
      run: context.run.url,
    }
    const history = await release.history()
    const after = release.live(history)
    // An error of it is told by `ended`.
    after.catch(() => undefined)
    await Promise.all([markOwn(release, history, own, seen), forgetFailures(deployment)])
    settled()
    return await ended(deployment, 'deployed', { after })
  } catch (error) {
    return context.cancelled.aborted ? cancelled(deployment) : unfinished(deployment, errorOf(error))
  }
}

export const helmDeploy = defineAction(contract, (inputs, context) => main(inputs, context), post)
