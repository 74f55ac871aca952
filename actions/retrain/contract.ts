import * as z from 'zod'
import { connectionFields } from '../../src/runtime/connections.ts'
import { defineContract } from '../../src/runtime/contract.ts'
import { choice, text } from '../../src/runtime/fields.ts'
import { contract as gatekeeper } from '../gatekeeper/contract.ts'
import { contract as helmDeploy } from '../helm-deploy/contract.ts'
import { contract as promote } from '../promote/contract.ts'
import { contract as train } from '../train/contract.ts'
import { contract as trigger } from '../trigger/contract.ts'

// What one part hands to the next is no input of the chain.
const { 'model-version': _deployed, 'tracking-uri': _optional, ...deployInputs } = helmDeploy.inputs

export const contract = defineContract({
  name: 'retrain',
  root: true,
  description:
    'The whole chain in one step: trains, judges against the live champion, rolls out with Helm, and promotes what serves.',
  connections: ['mlflow', 'cluster', 'github'],
  inputs: {
    ...trigger.inputs,
    ...train.inputs,
    run: train.inputs.run
      .optional()
      .describe(
        'The training script, as in the `run:` of a workflow step. Left out where `run-id` or `model-version` is given.',
      ),
    ...gatekeeper.inputs,
    'run-id': gatekeeper.inputs['run-id'].describe(
      'A run that was trained elsewhere. Exactly one of this, `run` and `model-version`.',
    ),
    ...deployInputs,
    'mirror-stages': promote.inputs['mirror-stages'],
    'model-name': trigger.inputs['model-name'],
    'allowed-models': trigger.inputs['allowed-models'].describe(
      'Models that an event may name, one a line or separated by commas. Left out, only `model-name`.',
    ),
    release: connectionFields.cluster.release,
  },
  rules(inputs) {
    const given = ['run', 'run-id', 'model-version'].filter((name) => inputs[name as 'run'] !== undefined)
    const one =
      given.length === 1
        ? []
        : [{ input: 'run', message: 'give exactly one of run, run-id and model-version' }]
    // The candidate comes from the training, so the parts' rules about it are asked with one that stands for it.
    const judged = { ...inputs, 'model-name': 'any', 'run-id': '0'.repeat(32), 'model-version': undefined }
    const deployed = { ...inputs, 'model-name': 'any', 'model-version': '1' }
    return [...one, ...(gatekeeper.rules?.(judged) ?? []), ...(helmDeploy.rules?.(deployed) ?? [])]
  },
  outputs: {
    'model-name': trigger.outputs['model-name'],
    reason: z.string().describe('Why the chain ended where it did, on one line.'),
    'run-id': train.outputs['run-id'],
    metrics: train.outputs.metrics,
    verdict: choice(['promote', 'reject', 'inconclusive', ''])
      .describe('What the gate said; empty where it was not asked.')
      .meta({ onFailure: '' }),
    'model-version': gatekeeper.outputs['model-version'],
    'candidate-value': gatekeeper.outputs['candidate-value'],
    'champion-value': gatekeeper.outputs['champion-value'],
    report: gatekeeper.outputs.report,
    'judged-on': gatekeeper.outputs['judged-on'],
    'rows-needed': gatekeeper.outputs['rows-needed'],
    'consecutive-rejections': gatekeeper.outputs['consecutive-rejections'],
    'max-rejections-reached': gatekeeper.outputs['max-rejections-reached'],
    outcome: z
      .string()
      .describe('How the deployment ended, as `helm-deploy` says it; empty where there was none.'),
    'live-model-version': helmDeploy.outputs['live-model-version'],
    'live-revision': helmDeploy.outputs['live-revision'],
    'failure-reason': helmDeploy.outputs['failure-reason'],
    evidence: helmDeploy.outputs.evidence,
    'champion-version': text().describe('The champion at the end; empty where none is known.'),
    'previous-version': promote.outputs['previous-version'],
    promoted: choice(['true', 'false']).describe('Whether the champion moved.').meta({ onFailure: 'false' }),
  },
  permissions: { contents: 'read', actions: 'read' },
  ...(helmDeploy.post && { post: helmDeploy.post }),
  example: {
    'model-name': 'digits',
    run: 'python train.py',
    metric: 'accuracy',
    'min-improvement': '0.005',
    chart: 'deploy/chart',
    release: 'digits',
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
    kubeconfig: `\${{ secrets.KUBECONFIG }}`,
  },
})
