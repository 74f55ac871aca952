import { toError, UserError } from '../../src/domain/core/errors.ts'
import { loadGatePolicy, requireForceReason } from '../../src/policy/policy-inputs.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { main as gatekeeper } from '../gatekeeper/main.ts'
import { main as helmDeploy } from '../helm-deploy/main.ts'
import { post } from '../helm-deploy/post.ts'
import { main as preflight } from '../preflight/main.ts'
import { main as promote } from '../promote/main.ts'
import { main as train } from '../train/main.ts'
import { main as trigger } from '../trigger/main.ts'
import { ChainResult } from './chain-result.ts'
import { contract } from './contract.ts'

type RetrainInputs = Inputs<typeof contract>

/** The mains of the single actions; a test passes fakes. */
export interface ActionMains {
  trigger: typeof trigger
  preflight: typeof preflight
  train: typeof train
  gatekeeper: typeof gatekeeper
  helmDeploy: typeof helmDeploy
  promote: typeof promote
}

const actionMains: ActionMains = { trigger, preflight, train, gatekeeper, helmDeploy, promote }

export const main = async (
  inputs: RetrainInputs,
  context: Context,
  mains: ActionMains = actionMains,
): Promise<Outcome<typeof contract>> => {
  const result = new ChainResult()
  try {
    return result.finish(await runChain(inputs, context, mains, result))
  } catch (error) {
    const failure = toError(error)
    return result.finish(failure.message.split('\n')[0] ?? '', failure)
  }
}

/** @returns why the chain ended where it did */
async function runChain(
  inputs: RetrainInputs,
  context: Context,
  mains: ActionMains,
  result: ChainResult,
): Promise<string> {
  // Metric, chart and release belong to one model, so an event may not name another by default.
  const ownModel = inputs['model-name'] === undefined ? undefined : [inputs['model-name']]
  const triggerInputs = { ...inputs, 'allowed-models': inputs['allowed-models'] ?? ownModel }
  const request = result.record(await mains.trigger(triggerInputs, context), ['model-name'])
  const model = request['model-name'] ?? ''
  if (request.intent !== 'retrain') throw unsupportedEventError(context.run.event, request.intent)
  const force = inputs.force || request.force === 'true'
  // Reports before hours of training what would fail after them.
  const checked = { ...inputs, 'model-name': model, force, 'same-job': true }
  result.record(await mains.preflight(checked, context), [])
  requireForceReason(checked)
  const policy = loadGatePolicy({ ...inputs, 'model-name': model }, context.workspace)

  const trained =
    inputs.run === undefined
      ? {}
      : result.record(await mains.train({ ...inputs, run: inputs.run }, context), [
          'run-id',
          'metrics',
          'metrics-file',
        ])
  // The training runs in the same workspace and must not change its own policy.
  if (loadGatePolicy({ ...inputs, 'model-name': model }, context.workspace).hash !== policy.hash)
    throw new UserError(
      `Input policy: ${policy.file} was changed while the training ran; the policy must not change after the training has started.`,
    )
  const candidate = { 'model-name': model, 'run-id': trained['run-id'] ?? inputs['run-id'] }
  const evaluated = result.record(await mains.gatekeeper({ ...inputs, ...candidate, force }, context), [
    'verdict',
    'model-version',
    'candidate-value',
    'champion-value',
    'champion-version',
    'report',
    'evaluation-basis',
    'required-sample-size',
    'required-sample-size-unit',
    'consecutive-rejections',
    'max-rejections-reached',
  ])
  const reason = evaluated.reason ?? ''
  if (evaluated.promote !== 'true') return reason

  const version = { 'model-name': model, 'model-version': evaluated['model-version'] ?? '' }
  // A helm-deploy that throws has changed nothing.
  result.outputs.outcome = 'refused'
  const deployed = result.record(await mains.helmDeploy({ ...inputs, ...version }, context), [
    'outcome',
    'live-model-version',
    'live-revision',
    'failure-reason',
    'evidence',
    'evidence-name',
  ])
  // Rolled back, and on-rollback: continue. The champion stays.
  if (deployed.outcome !== 'deployed' && deployed.outcome !== 'unchanged')
    return `${reason}; but the rollout was rolled back: ${deployed['failure-reason']}`

  const promotion = {
    adopt: false,
    proof: 'cluster',
    'clear-quarantine': undefined,
    // Empty only for a forced verdict with an unclear champion.
    'expected-champion': evaluated['champion-version'] || undefined,
  } as const
  const promoted = await mains.promote({ ...inputs, ...version, ...promotion }, context)
  result.outputs.promoted = promoted.outputs.changed ?? 'false'
  result.record(promoted, ['champion-version', 'previous-version'])
  return reason
}

function unsupportedEventError(event: string, intent: string | undefined): UserError {
  const request = intent === 'rollback' ? 'requests a rollback' : 'requests no operation of this action'
  return new UserError(
    `The ${event} event ${request}: start it by schedule, workflow_dispatch, or a repository_dispatch of another type than performance-alert.`,
  )
}

export const retrain = defineAction(
  contract,
  (inputs, context) => main(inputs, context),
  // The recovery does not depend on model and version, nor on the action that held the lease.
  (state, inputs, context) => post(state, { ...inputs, 'model-name': '', 'model-version': '' }, context),
)
