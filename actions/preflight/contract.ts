import { forceFields, policyFields } from '../../src/policy/policy-inputs.ts'
import { chartFields, valuesFields } from '../../src/release/chart-inputs.ts'
import { goldenRequestsField } from '../../src/release/golden-requests.ts'
import { defineContract } from '../../src/runtime/contract.ts'
import { choice, flag, modelName, text } from '../../src/runtime/fields.ts'
import { aliasFields, helmFields, liveFields, trainingFields } from '../../src/runtime/shared-inputs.ts'

export const contract = defineContract({
  name: 'preflight',
  description:
    'Checks policy, data, training script, MLflow, cluster and chart before the training, and reports all problems at once. Changes nothing.',
  connections: ['mlflow', 'cluster'],
  inputs: {
    'model-name': modelName().describe('Name of the registered model.'),
    ...trainingFields,
    run: trainingFields.run
      .optional()
      .describe('Training script, as in input `run` of train. Left out: no script is checked.'),
    ...policyFields,
    mode: choice(['enforce', 'dry-run'])
      .prefault('enforce')
      .describe('As in gatekeeper. `dry-run` deploys nothing, so problems of a deployment are warnings.'),
    ...forceFields,
    ...chartFields,
    ...valuesFields,
    verify: goldenRequestsField(),
    ...aliasFields,
    ...liveFields,
    'force-conflicts': helmFields['force-conflicts'],
    'first-install': flag().prefault('false').describe('As in helm-deploy.'),
    'same-job': flag()
      .prefault('true')
      .describe(
        'Whether the training runs in this job. Then it may still create files that the policy names, and Python must be on the PATH here.',
      ),
    'on-preflight-failure': choice(['fail', 'continue'])
      .prefault('fail')
      .describe('Whether the step fails or succeeds if a check fails.'),
  },
  outputs: {
    passed: choice(['true', 'false']).describe('Whether no check failed.').meta({ onFailure: 'false' }),
    findings: text()
      .describe(
        'All results as a JSON array of objects with `check`, `status` (`passed`, `failed`, `warning`, `not-checked`), `input` and `message`.',
      )
      .meta({ onFailure: '[]' }),
    report: text().describe('Path of the checklist as Markdown.'),
  },
  permissions: {},
  example: {
    'model-name': 'digits',
    run: 'python train.py',
    policy: 'retrain-policy.yml',
    chart: 'deploy/chart',
    release: 'digits',
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
    kubeconfig: `\${{ secrets.KUBECONFIG }}`,
  },
})
