import { liveFields } from '../../src/runtime/connections.ts'
import { defineContract } from '../../src/runtime/contract.ts'
import { alias, choice, flag, modelName, text } from '../../src/runtime/fields.ts'

export const contract = defineContract({
  name: 'reconcile',
  description:
    'Tells whether MLflow, the Helm release and its pods agree on which model version is live, mends the alias where that is safe, and else keeps one GitHub issue.',
  connections: ['mlflow', 'cluster', 'github'],
  inputs: {
    'model-name': modelName().describe('Registered model.'),
    repair: flag()
      .prefault('false')
      .describe(
        'Whether to put right what is safe: move the alias to the version that is proven live, was let through by gatekeeper and is not in quarantine, and finish what a dead run left half done.',
      ),
    'on-inconsistent': choice(['skip', 'fail'])
      .prefault('skip')
      .describe('Whether the step is green (`skip`) or red where they disagree and that was not repaired.'),
    issue: flag()
      .prefault('true')
      .describe(
        'Whether to open one GitHub issue where they disagree, to keep it up to date, and to close it once they agree. Needs `issues: write`.',
      ),
    'champion-alias': alias().prefault('champion').describe('Alias of the version that is live.'),
    'previous-alias': alias().prefault('previous').describe('Alias of the champion before.'),
    'mirror-stages': flag()
      .prefault('false')
      .describe(
        "Whether MLflow's stages shall say what the alias says, as promote writes them with the input of this name: stages that do not are a disagreement then, and are repaired.",
      ),
    ...liveFields,
  },
  rules: (inputs) =>
    inputs['champion-alias'] === inputs['previous-alias']
      ? [{ input: 'previous-alias', message: 'is the same as champion-alias; give another name' }]
      : [],
  outputs: {
    consistent: choice(['true', 'false', 'unknown'])
      .describe(
        'Whether they agree (after the repair). `unknown`: a deployment is under way, or no pod is ready to be asked.',
      )
      .meta({ onFailure: 'unknown' }),
    'champion-version': text().describe(
      'The champion by MLflow; `none` where there is none, empty where nobody can say.',
    ),
    'release-version': text().describe(
      'The version in the values of the deployed Helm revision; empty where they name none.',
    ),
    'live-model-version': text().describe(
      'Version that every ready pod serves; empty where none or several do.',
    ),
    finding: text().describe('The gravest disagreement, on one line; empty where they agree.'),
    repaired: choice(['true', 'false'])
      .describe('Whether this run put anything right.')
      .meta({ onFailure: 'false' }),
    'issue-url': text().describe('The open issue about it; empty where there is none.'),
  },
  permissions: { issues: 'write', actions: 'read' },
  post: { state: {} },
  example: {
    'model-name': 'digits',
    release: 'digits',
    repair: 'true',
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
    kubeconfig: `\${{ secrets.KUBECONFIG }}`,
  },
})
