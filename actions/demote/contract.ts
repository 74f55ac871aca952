import { defineContract, type Problem } from '../../src/runtime/contract.ts'
import { choice, flag, modelName, modelVersion, text } from '../../src/runtime/fields.ts'
import { aliasFields, connectionFields, liveFields } from '../../src/runtime/shared-inputs.ts'

export const contract = defineContract({
  name: 'demote',
  description:
    'Sets the MLflow champion alias to the version that serves after a rollback, and records in the tags of the bad version why it was demoted.',
  connections: ['mlflow', 'cluster'],
  inputs: {
    'model-name': modelName().describe('Registered model.'),
    'model-version': modelVersion().describe('Bad version (`bad-model-version` of helm-rollback).'),
    'restored-version': modelVersion()
      .optional()
      .describe('Version that serves instead. Defaults to the version that the pods serve.'),
    reason: text().describe('Why the version is bad. Kept in its tags.'),
    quarantine: flag()
      .prefault('true')
      .describe(
        "Quarantine the model's files, so that they cannot be deployed until promote clears them. Use false if the model is not at fault.",
      ),
    proof: choice(['cluster', 'none'])
      .prefault('cluster')
      .describe(
        'Evidence to require: the release and its pods (`cluster`), or nothing (`none`, for models without a release; `restored-version` is then required and must be loadable).',
      ),
    ...aliasFields,
    'mirror-stages': flag()
      .prefault('false')
      .describe(
        "Also set MLflow's deprecated stages: only the champion in Production, the bad version Archived. A failure to set them is a warning.",
      ),
    release: connectionFields.cluster.release
      .optional()
      .describe('Helm release that serves the model. Required with `proof: cluster`.'),
    ...liveFields,
  },
  rules(inputs) {
    const problems: Problem[] = []
    const report = (input: string, message: string) => problems.push({ input, message })
    if (inputs.proof === 'cluster' && inputs.release === undefined)
      report('release', 'is required with proof: cluster; use proof: none for a model without a release')
    if (inputs.proof === 'none' && inputs['restored-version'] === undefined)
      report('restored-version', 'is required with proof: none')
    if (inputs['restored-version'] !== undefined && inputs['restored-version'] === inputs['model-version'])
      report(
        'restored-version',
        'is the bad version itself; give the version that serves instead, or remove the input',
      )
    if (inputs['champion-alias'] === inputs['previous-alias'])
      report('previous-alias', 'is the same as champion-alias; use another name')
    return problems
  },
  outputs: {
    'champion-version': text().describe('The champion now.'),
    'previous-version': text().describe(
      'The version that `previous` names now; `none` without an eligible one.',
    ),
    'quarantined-version': text().describe('The bad version if it is in quarantine now; else empty.'),
    changed: choice(['true', 'false']).describe('Whether anything was written.').meta({ onFailure: 'false' }),
  },
  permissions: {},
  post: {
    state: { lease: text().describe('Identity of the lease holder. Empty: nothing is left to recover.') },
  },
  example: {
    'model-name': 'digits',
    'model-version': `\${{ steps.rollback.outputs.bad-model-version }}`,
    reason: `\${{ steps.trigger.outputs.reason }}`,
    release: 'digits',
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
    kubeconfig: `\${{ secrets.KUBECONFIG }}`,
  },
})
