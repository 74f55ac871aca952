import { defineContract } from '../../src/runtime/contract.ts'
import { choice, flag, modelName, text } from '../../src/runtime/fields.ts'
import { aliasFields, liveFields } from '../../src/runtime/shared-inputs.ts'

export const contract = defineContract({
  name: 'reconcile',
  description:
    'Compares the MLflow alias, the Helm release and the running pods, repairs safe inconsistencies, and reports the others in one GitHub issue.',
  connections: ['mlflow', 'cluster', 'github'],
  inputs: {
    'model-name': modelName().describe('Registered model.'),
    repair: flag()
      .prefault('false')
      .describe(
        'Repair safe inconsistencies: move the alias to the verified live version and recover interrupted operations.',
      ),
    'on-inconsistent': choice(['skip', 'fail'])
      .prefault('skip')
      .describe(
        'Whether the step succeeds (`skip`) or fails (`fail`) on an inconsistency that was not repaired.',
      ),
    issue: flag()
      .prefault('true')
      .describe(
        'Keep one GitHub issue while they are inconsistent: open, update and close it. Needs `issues: write`.',
      ),
    ...aliasFields,
    'mirror-stages': flag()
      .prefault('false')
      .describe(
        'Also check and repair MLflow stages: only the champion is in Production, as promote sets it with the same input.',
      ),
    ...liveFields,
  },
  rules: (inputs) =>
    inputs['champion-alias'] === inputs['previous-alias']
      ? [{ input: 'previous-alias', message: 'is the same as champion-alias; use another name' }]
      : [],
  outputs: {
    consistent: choice(['true', 'false', 'unknown'])
      .describe(
        'Whether registry, release and pods are consistent, after the repair. `unknown`: an operation is running, or no pod is ready.',
      )
      .meta({ onFailure: 'unknown' }),
    'champion-version': text().describe(
      'Champion in MLflow; `none` without a champion, empty if it is unclear.',
    ),
    'release-version': text().describe(
      'Version in the values of the deployed Helm revision; empty if they name none.',
    ),
    'live-model-version': text().describe(
      'Version that every ready pod serves; empty without one common version.',
    ),
    finding: text().describe('Most severe finding, on one line; empty if consistent.'),
    repaired: choice(['true', 'false'])
      .describe('Whether this run repaired anything.')
      .meta({ onFailure: 'false' }),
    'issue-url': text().describe('URL of the open issue; empty without one.'),
  },
  permissions: { issues: 'write' },
  post: {
    state: {
      lease: text().describe('Identity of the lease holder; empty once there is nothing to recover.'),
    },
  },
  example: {
    'model-name': 'digits',
    release: 'digits',
    repair: 'true',
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
    kubeconfig: `\${{ secrets.KUBECONFIG }}`,
  },
})
