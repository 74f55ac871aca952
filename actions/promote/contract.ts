import * as z from 'zod'
import { connectionFields, liveFields } from '../../src/runtime/connections.ts'
import { defineContract } from '../../src/runtime/contract.ts'
import { alias, choice, flag, modelName, modelVersion, shown, text } from '../../src/runtime/fields.ts'

const versionOrNone = () =>
  z.string().regex(/^(none|[1-9][0-9]{0,17})$/, {
    error: (issue) =>
      `${shown(String(issue.input))} is neither a model version nor none; hand over champion-version of gatekeeper`,
  })

export const contract = defineContract({
  name: 'promote',
  description: 'Makes the version that is seen serving the champion in MLflow, and writes the ledger.',
  connections: ['mlflow', 'cluster', 'github'],
  inputs: {
    'model-name': modelName().describe('Registered model.'),
    'model-version': modelVersion()
      .optional()
      .describe('The version to promote. May be left out with `adopt`, which takes what is live.'),
    'expected-champion': versionOrNone()
      .optional()
      .describe(
        'The champion that this version was judged against (`champion-version` of gatekeeper), or `none`. Another champion by now means that another job was faster, and nothing is written. Empty, nothing is guarded: so it is where `force` went past a champion that nobody can name.',
      ),
    adopt: flag()
      .prefault('false')
      .describe('Record what is live as champion, where the registry does not know it yet.'),
    proof: choice(['cluster', 'none'])
      .prefault('cluster')
      .describe(
        'What must be seen before the alias moves: the release and its pods (`cluster`), or nothing (`none`, for models without a release; then the version needs a promote verdict, and the ledger says so).',
      ),
    'clear-quarantine': text()
      .optional()
      .describe(
        'Reason for which a quarantined model may serve again. Clears every version with the same files.',
      ),
    'champion-alias': alias().prefault('champion').describe('Alias of the version that is live.'),
    'previous-alias': alias().prefault('previous').describe('Alias of the champion before.'),
    'mirror-stages': flag()
      .prefault('false')
      .describe(
        "Also write MLflow's stages, for those who still read them: the champion alone in Production, the one before in Archived. The alias stays the truth; stages that cannot be set are a warning.",
      ),
    release: connectionFields.cluster.release
      .optional()
      .describe('Name of the Helm release that serves the model. Needed with `proof: cluster`.'),
    ...liveFields,
  },
  rules: (inputs) => [
    ...(inputs.proof === 'cluster' && inputs.release === undefined
      ? [
          {
            input: 'release',
            message: 'is required with proof: cluster; a model without a release takes proof: none',
          },
        ]
      : []),
    ...(inputs['model-version'] === undefined && !(inputs.adopt && inputs.proof === 'cluster')
      ? [
          {
            input: 'model-version',
            message: 'is required; it may be left out only with adopt: true and proof: cluster',
          },
        ]
      : []),
    ...(inputs['champion-alias'] === inputs['previous-alias']
      ? [{ input: 'previous-alias', message: 'is the same as champion-alias; give another name' }]
      : []),
  ],
  outputs: {
    'champion-version': text().describe(
      'The champion now; `none` where there is none, empty where it is not known.',
    ),
    'previous-version': text().describe('The champion before; `none` where there was none.'),
    changed: choice(['true', 'false'])
      .describe('Whether the champion moved. false where it was champion already.')
      .meta({ onFailure: 'false' }),
  },
  permissions: { actions: 'read' },
  post: { state: { held: text().describe('The release that is held; empty once it is given back.') } },
  example: {
    'model-name': 'digits',
    'model-version': `\${{ steps.gate.outputs.model-version }}`,
    'expected-champion': `\${{ steps.gate.outputs.champion-version }}`,
    release: 'digits',
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
    kubeconfig: `\${{ secrets.KUBECONFIG }}`,
  },
})
