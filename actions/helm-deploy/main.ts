import type { UpgradeOrder } from '../../src/adapters/helm/arguments.ts'
import { openRelease } from '../../src/adapters/kubernetes/release.ts'
import { UserError } from '../../src/domain/failure.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import {
  blindness,
  changeBy,
  type Deployment,
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
import { openMlflow } from './registry.ts'
import { begin, errorOf, markOwn, watched } from './rolling.ts'
import { removeValues, valuesFolder } from './values-files.ts'

const real = { openRelease, openMlflow }
export type Adapters = typeof real

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  checkGivenFiles(inputs)
  const mlflow = adapters.openMlflow(inputs, context)
  const release = await adapters.openRelease(inputs, context)
  const folder = valuesFolder(context.temp, release.name)
  try {
    const deployment = await survey({ inputs, context, release, mlflow })
    const no = refusalOf(deployment)
    if (no) return await ended(deployment, 'refused', { failure: new UserError(no) })
    const order = orderOf(deployment, folder)
    const change = await changeBy(deployment, order)
    const blind = blindness(deployment, change)
    if (blind) return await ended(deployment, 'refused', { failure: new UserError(blind) })
    await markGoodBefore(deployment)
    if (isLiveAlready(deployment, change)) return await ended(deployment, 'unchanged')
    return await deploy(deployment, order)
  } finally {
    removeValues(folder)
    release.close()
  }
}

/** From here on the release is touched: whatever happens, it ends proven, taken back, or in the hands of the post step. */
async function deploy(deployment: Deployment, order: UpgradeOrder): Promise<Outcome<typeof contract>> {
  const { inputs, context, release, standing } = deployment
  const underway = underwayOf(deployment)
  context.saveState('rollout', JSON.stringify(underway))
  context.log.info(`${release.name}: upgrading to version ${inputs['model-version']}`)
  const settled = () => context.saveState('rollout', '')
  try {
    const deadline = Date.now() + inputs.timeout
    const begun = await begin(release, order, underway)
    if (begun.kind === 'untouched') {
      settled()
      return await ended(deployment, 'refused', { failure: begun.error })
    }
    const { own } = begun
    context.saveState('rollout', JSON.stringify({ ...underway, own }))
    const end = begun.failed ?? (await watched(release, inputs['model-version'], deadline))
    if (end.kind === 'failed') return await failed(deployment, { ...underway, own }, end)
    await markOwn(release, own, {
      model: inputs['model-name'],
      version: inputs['model-version'],
      digest: standing?.digest ?? '',
      run: context.run.url,
    })
    settled()
    return await ended(deployment, 'deployed')
  } catch (error) {
    return context.cancelled.aborted ? cancelled(deployment) : unfinished(deployment, errorOf(error))
  }
}

export const helmDeploy = defineAction(contract, (inputs, context) => main(inputs, context), post)
