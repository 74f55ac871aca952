import { connectionFields, liveFields } from '../../src/runtime/connections.ts'
import { defineContract, type Problem } from '../../src/runtime/contract.ts'
import { alias, choice, flag, modelName, modelVersion, text } from '../../src/runtime/fields.ts'
import { contract as promote } from '../promote/contract.ts'

export const contract = defineContract({
  name: 'demote',
  description:
    'Makes the version that is seen serving after a rollback the champion in MLflow, and writes into the bad one why it was taken back.',
  connections: ['mlflow', 'cluster', 'github'],
  inputs: {
    'model-name': modelName().describe('Registered model.'),
    'model-version': modelVersion().describe(
      'The bad version, such as output `bad-model-version` of helm-rollback.',
    ),
    'restored-version': modelVersion()
      .optional()
      .describe('The version that serves instead. Left out, whatever is seen serving.'),
    reason: text().describe('Why it is bad, in words; kept in its tags.'),
    quarantine: flag()
      .prefault('true')
      .describe(
        "Whether the fault is the model's own (an alert named it), so that the same files may not serve again until a person clears them.",
      ),
    proof: choice(['cluster', 'none'])
      .prefault('cluster')
      .describe(
        'What must be seen before the alias moves: the release and its pods (`cluster`), or nothing (`none`, for models without a release; then `restored-version` is needed, and must be loadable).',
      ),
    'champion-alias': alias().prefault('champion').describe('Alias of the version that is live.'),
    'previous-alias': alias().prefault('previous').describe('Alias of the champion before.'),
    'mirror-stages': promote.inputs['mirror-stages'].describe(
      "Also write MLflow's stages, for those who still read them: what serves alone in Production, the bad one in Archived. The alias stays the truth; stages that cannot be set are a warning.",
    ),
    release: connectionFields.cluster.release
      .optional()
      .describe('Name of the Helm release that serves the model. Needed with `proof: cluster`.'),
    ...liveFields,
  },
  rules(inputs) {
    const problems: Problem[] = []
    const say = (input: string, message: string) => problems.push({ input, message })
    if (inputs.proof === 'cluster' && inputs.release === undefined)
      say('release', 'is required with proof: cluster; a model without a release takes proof: none')
    if (inputs.proof === 'none' && inputs['restored-version'] === undefined)
      say('restored-version', 'is required with proof: none, where nothing else says what serves')
    if (inputs['restored-version'] !== undefined && inputs['restored-version'] === inputs['model-version'])
      say('restored-version', 'is the bad version itself; name the one that serves instead, or leave it out')
    if (inputs['champion-alias'] === inputs['previous-alias'])
      say('previous-alias', 'is the same as champion-alias; give another name')
    return problems
  },
  outputs: {
    'champion-version': text().describe('The champion now.'),
    'previous-version': text().describe('What `previous` names now; `none` where nothing good is known.'),
    'quarantined-version': text().describe('The bad version where it is in quarantine now; else empty.'),
    changed: choice(['true', 'false'])
      .describe('Whether anything was written. false where all of it was true already.')
      .meta({ onFailure: 'false' }),
  },
  permissions: { actions: 'read' },
  post: { state: { held: text().describe('The release that is held; empty once it is given back.') } },
  example: {
    'model-name': 'digits',
    'model-version': `\${{ steps.rollback.outputs.bad-model-version }}`,
    reason: `\${{ steps.trigger.outputs.reason }}`,
    release: 'digits',
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
    kubeconfig: `\${{ secrets.KUBECONFIG }}`,
  },
})
