import { UserError } from '../../src/domain/failure.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { refuseUnexplained } from '../gatekeeper/force.ts'
import { main as gatekeeper } from '../gatekeeper/main.ts'
import { readGatePolicy } from '../gatekeeper/policy.ts'
import { main as helmDeploy } from '../helm-deploy/main.ts'
import { post } from '../helm-deploy/post.ts'
import { main as promote } from '../promote/main.ts'
import { main as train } from '../train/main.ts'
import { main as trigger } from '../trigger/main.ts'
import { contract } from './contract.ts'
import { Story } from './story.ts'

type RetrainInputs = Inputs<typeof contract>

/** The mains of the single actions. A test hands in others. */
export interface Parts {
  trigger: typeof trigger
  train: typeof train
  gatekeeper: typeof gatekeeper
  helmDeploy: typeof helmDeploy
  promote: typeof promote
}

const real: Parts = { trigger, train, gatekeeper, helmDeploy, promote }

export const main = async (
  inputs: RetrainInputs,
  context: Context,
  parts: Parts = real,
): Promise<Outcome<typeof contract>> => {
  const story = new Story()
  try {
    return story.end(await chain(inputs, context, parts, story))
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error))
    return story.end(failure.message.split('\n')[0] ?? '', failure)
  }
}

/** @returns why the chain ended where it did */
async function chain(inputs: RetrainInputs, context: Context, parts: Parts, story: Story): Promise<string> {
  // Metric, chart and release are those of one model; an event that names another would deploy it in its place.
  const own = inputs['model-name'] === undefined ? undefined : [inputs['model-name']]
  const asked = { ...inputs, 'allowed-models': inputs['allowed-models'] ?? own }
  const request = story.keep(await parts.trigger(asked, context), (told) => ({
    'model-name': told['model-name'] ?? '',
  }))
  const model = request['model-name'] ?? ''
  if (request.intent !== 'retrain') throw wrongEvent(context.run.event, request.intent)
  // Read here to be refused here: gatekeeper comes after hours of training.
  const policy = readGatePolicy({ ...inputs, 'model-name': model }, context.workspace)

  const force = inputs.force || request.force === 'true'
  refuseUnexplained({ ...inputs, force })

  const trained =
    inputs.run === undefined
      ? {}
      : story.keep(await parts.train({ ...inputs, run: inputs.run }, context), (told) => ({
          'run-id': told['run-id'] ?? '',
          metrics: told.metrics ?? '',
        }))
  // The training runs in the same workspace, and may not choose what it is judged by.
  if (readGatePolicy({ ...inputs, 'model-name': model }, context.workspace).hash !== policy.hash)
    throw new UserError(
      `Input policy: ${policy.file} was changed while the training ran; what a model is judged by must stand before it is trained.`,
    )
  const candidate = { 'model-name': model, 'run-id': trained['run-id'] ?? inputs['run-id'] }
  const judged = story.keep(await parts.gatekeeper({ ...inputs, ...candidate, force }, context), (told) => ({
    verdict: told.verdict ?? 'inconclusive',
    'model-version': told['model-version'] ?? '',
    'candidate-value': told['candidate-value'] ?? '',
    'champion-value': told['champion-value'] ?? '',
    'champion-version': told['champion-version'] === 'none' ? '' : (told['champion-version'] ?? ''),
    report: told.report ?? '',
    'judged-on': told['judged-on'] ?? 'nothing',
    'rows-needed': told['rows-needed'] ?? '',
    'consecutive-rejections': told['consecutive-rejections'] ?? '',
    'max-rejections-reached': told['max-rejections-reached'] ?? 'false',
  }))
  const why = judged.reason ?? ''
  if (judged.promote !== 'true') return why

  const version = { 'model-name': model, 'model-version': judged['model-version'] ?? '' }
  // Where helm-deploy throws, it has touched nothing.
  story.known.outcome = 'refused'
  const deployed = story.keep(await parts.helmDeploy({ ...inputs, ...version }, context), (told) => ({
    outcome: told.outcome ?? '',
    'live-model-version': told['live-model-version'] ?? '',
    'live-revision': told['live-revision'] ?? '',
    'failure-reason': told['failure-reason'] ?? '',
    evidence: told.evidence ?? '',
  }))
  // Taken back, and the user wants that green: what was live stays the champion.
  if (deployed.outcome !== 'deployed' && deployed.outcome !== 'unchanged')
    return `${why}; but the rollout was taken back: ${deployed['failure-reason']}`

  const order = {
    adopt: false,
    proof: 'cluster',
    'clear-quarantine': undefined,
    // Empty only where force went past a champion that nobody can name, so that there is none to guard.
    'expected-champion': judged['champion-version'] || undefined,
  } as const
  story.keep(await parts.promote({ ...inputs, ...version, ...order }, context), (told) => ({
    'champion-version': told['champion-version'] === 'none' ? '' : (told['champion-version'] ?? ''),
    'previous-version': told['previous-version'] ?? '',
    promoted: told.changed ?? 'false',
  }))
  return why
}

function wrongEvent(event: string, intent: string | undefined): UserError {
  const asked = intent === 'rollback' ? 'asks for a rollback' : 'asks for nothing that this action does'
  return new UserError(
    `The ${event} event ${asked}: this action retrains, on schedule, workflow_dispatch, or a repository_dispatch of another type than performance-alert. Start it by one of those.`,
  )
}

export const retrain = defineAction(
  contract,
  (inputs, context) => main(inputs, context),
  // Which version it was does not matter for the way back, nor which part held the release.
  (state, inputs, context) => post(state, { ...inputs, 'model-name': '', 'model-version': '' }, context),
)
