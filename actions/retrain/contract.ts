import * as z from 'zod'
import { defineContract } from '../../src/runtime/contract.ts'
import { choice, text } from '../../src/runtime/fields.ts'
import { connectionFields } from '../../src/runtime/shared-inputs.ts'
import { contract as gatekeeper } from '../gatekeeper/contract.ts'
import { contract as helmDeploy } from '../helm-deploy/contract.ts'
import { contract as preflight } from '../preflight/contract.ts'
import { contract as promote } from '../promote/contract.ts'
import { contract as train } from '../train/contract.ts'
import { contract as trigger } from '../trigger/contract.ts'

// Values that one action passes to the next are not inputs of the chain.
const { 'model-version': _deployed, 'tracking-uri': _optional, ...deployInputs } = helmDeploy.inputs

export const contract = defineContract({
  name: 'retrain',
  root: true,
  description:
    'The whole chain in one step: trains, evaluates against the champion, deploys with Helm, and promotes the serving version.',
  connections: ['mlflow', 'cluster', 'github'],
  inputs: {
    ...trigger.inputs,
    ...train.inputs,
    run: train.inputs.run
      .optional()
      .describe(
        'Training script, as in `run:` of a workflow step. Give exactly one of this, `run-id` and `model-version`.',
      ),
    'on-preflight-failure': preflight.inputs['on-preflight-failure'],
    ...gatekeeper.inputs,
    'run-id': gatekeeper.inputs['run-id'].describe(
      'MLflow run that was trained elsewhere. Give exactly one of this, `run` and `model-version`.',
    ),
    ...deployInputs,
    'mirror-stages': promote.inputs['mirror-stages'],
    'model-name': trigger.inputs['model-name'],
    'allowed-models': trigger.inputs['allowed-models'].describe(
      'Models that an event may name, one per line or separated by commas. Defaults to `model-name` only.',
    ),
    release: connectionFields.cluster.release,
  },
  rules(inputs) {
    const given = ['run', 'run-id', 'model-version'].filter((name) => inputs[name as 'run'] !== undefined)
    const one =
      given.length === 1
        ? []
        : [{ input: 'run', message: 'give exactly one of run, run-id and model-version' }]
    // The candidate does not exist before the training: check the rules of the actions with a placeholder.
    const evaluated = { ...inputs, 'model-name': 'any', 'run-id': '0'.repeat(32), 'model-version': undefined }
    const deployed = { ...inputs, 'model-name': 'any', 'model-version': '1' }
    return [...one, ...(gatekeeper.rules?.(evaluated) ?? []), ...(helmDeploy.rules?.(deployed) ?? [])]
  },
  outputs: {
    'model-name': trigger.outputs['model-name'],
    reason: z.string().describe('Why the chain ended where it did, on one line.'),
    'run-id': train.outputs['run-id'],
    metrics: train.outputs.metrics,
    'metrics-file': train.outputs['metrics-file'],
    verdict: choice(['promote', 'reject', 'inconclusive', ''])
      .describe('Verdict of the gate; empty if it did not run.')
      .meta({ onFailure: '' }),
    'model-version': gatekeeper.outputs['model-version'],
    'candidate-value': gatekeeper.outputs['candidate-value'],
    'champion-value': gatekeeper.outputs['champion-value'],
    report: gatekeeper.outputs.report,
    'evaluation-basis': gatekeeper.outputs['evaluation-basis'],
    'required-sample-size': gatekeeper.outputs['required-sample-size'],
    'required-sample-size-unit': gatekeeper.outputs['required-sample-size-unit'],
    'consecutive-rejections': gatekeeper.outputs['consecutive-rejections'],
    'max-rejections-reached': gatekeeper.outputs['max-rejections-reached'],
    outcome: z.string().describe('Outcome of helm-deploy; empty if it did not run.'),
    'live-model-version': helmDeploy.outputs['live-model-version'],
    'live-revision': helmDeploy.outputs['live-revision'],
    'failure-reason': helmDeploy.outputs['failure-reason'],
    evidence: helmDeploy.outputs.evidence,
    'evidence-name': helmDeploy.outputs['evidence-name'],
    'champion-version': text().describe('Champion at the end; empty without one.'),
    'previous-version': promote.outputs['previous-version'],
    promoted: choice(['true', 'false'])
      .describe('Whether the champion alias moved.')
      .meta({ onFailure: 'false' }),
  },
  permissions: { contents: 'read' },
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
