import { defineContract, type Problem } from '../../src/runtime/contract.ts'
import { choice, flag, matchPattern, modelName, modelVersion, text } from '../../src/runtime/fields.ts'
import { aliasFields, connectionFields, liveFields } from '../../src/runtime/shared-inputs.ts'

export const contract = defineContract({
  name: 'promote',
  description:
    'Sets the MLflow champion alias to the version that is verified serving, and records why in version tags.',
  connections: ['mlflow', 'cluster'],
  inputs: {
    'model-name': modelName().describe('Registered model.'),
    'model-version': modelVersion()
      .optional()
      .describe('Version to promote. Optional with `adopt: true`, which promotes the live version.'),
    'expected-champion': matchPattern(
      /^(none|[1-9][0-9]{0,17})$/,
      'a model version or none; pass champion-version of gatekeeper',
    )
      .optional()
      .describe(
        'Champion that this version was evaluated against (`champion-version` of gatekeeper), or `none`. If the champion is another one by now, nothing is written. Empty skips the check, as after a forced verdict with an unclear champion.',
      ),
    adopt: flag()
      .prefault('false')
      .describe('Record the live version as champion if the registry has no champion yet.'),
    'first-install': flag()
      .prefault('false')
      .describe(
        'Promote although another release serves the champion: the first promotion after helm-deploy with `first-install: true`, or after the input `environment` was renamed. From then on, the champion belongs to this release.',
      ),
    proof: choice(['cluster', 'none'])
      .prefault('cluster')
      .describe(
        'Evidence to require: the release and its pods (`cluster`), or nothing (`none`, for models without a release; the version then needs the verdict `promote`).',
      ),
    'clear-quarantine': text()
      .optional()
      .describe('Reason to clear the quarantine. Clears every version with the same files.'),
    ...aliasFields,
    'mirror-stages': flag()
      .prefault('false')
      .describe(
        "Also set MLflow's deprecated stages: only the champion in Production, the previous one Archived. A failure to set them is a warning.",
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
    if (inputs['model-version'] === undefined && !(inputs.adopt && inputs.proof === 'cluster'))
      report('model-version', 'is required; it is optional only with adopt: true and proof: cluster')
    if (inputs['champion-alias'] === inputs['previous-alias'])
      report('previous-alias', 'is the same as champion-alias; use another name')
    return problems
  },
  outputs: {
    'champion-version': text().describe('The champion now; `none` without one, empty if unclear.'),
    'previous-version': text().describe('The previous champion, or `none`.'),
    changed: choice(['true', 'false'])
      .describe('Whether the champion alias moved.')
      .meta({ onFailure: 'false' }),
  },
  permissions: {},
  post: {
    state: { lease: text().describe('Identity of the lease holder. Empty: nothing is left to recover.') },
  },
  example: {
    'model-name': 'digits',
    'model-version': `\${{ steps.gate.outputs.model-version }}`,
    'expected-champion': `\${{ steps.gate.outputs.champion-version }}`,
    release: 'digits',
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
    kubeconfig: `\${{ secrets.KUBECONFIG }}`,
  },
})
