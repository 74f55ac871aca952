import { FAILURE_REASONS } from '../../src/domain/rollout/diagnosis.ts'
import { chartFields, findChartProblems, valuesFields } from '../../src/release/chart-inputs.ts'
import { goldenRequestsField } from '../../src/release/golden-requests.ts'
import { defineContract, type Problem } from '../../src/runtime/contract.ts'
import { alias, choice, flag, list, modelName, modelVersion, text } from '../../src/runtime/fields.ts'
import { helmFields, liveFields, optionalTrackingUri } from '../../src/runtime/shared-inputs.ts'

export const contract = defineContract({
  name: 'helm-deploy',
  description:
    'Deploys a model version with Helm, watches its pods until they serve it, and rolls back to the last verified revision if they fail.',
  connections: ['cluster', 'mlflow'],
  inputs: {
    ...chartFields,
    'model-name': modelName().describe('Registered model. The chart receives it as `model.name`.'),
    'model-version': modelVersion().describe(
      'Version to deploy, such as output `model-version` of gatekeeper. The chart receives it as `model.version`.',
    ),
    ...valuesFields,
    'require-verdict': flag()
      .prefault('true')
      .describe('Refuse a version without the verdict `promote` of gatekeeper for its current files.'),
    verify: goldenRequestsField(),
    'rollback-on-failure': flag()
      .prefault('true')
      .describe(
        'Roll back to the last verified revision if the rollout fails. A failed first install is uninstalled.',
      ),
    'on-first-failure': choice(['uninstall', 'keep'])
      .prefault('uninstall')
      .describe('Whether to uninstall a first install that fails, or to keep it for inspection.'),
    'first-install': flag()
      .prefault('false')
      .describe(
        'Install a new release of a model that has a champion: the first deployment to a new cluster or environment. Otherwise a release that does not exist is refused, since its name may be wrong.',
      ),
    'on-rollback': choice(['fail', 'continue'])
      .prefault('fail')
      .describe('Whether the step fails or succeeds after a rollback.'),
    'ignore-containers': list()
      .optional()
      .describe(
        'Containers (sidecars) whose failures neither end the wait early nor count as the cause, one a line or separated by commas. They must still be ready for their pod to be ready.',
      ),
    'champion-alias': alias().prefault('champion').describe('Alias of the version that is live.'),
    'previous-alias': alias().prefault('previous').describe('Alias of the version that was live before.'),
    ...liveFields,
    ...helmFields,
    'tracking-uri': optionalTrackingUri(),
  },
  rules(inputs) {
    const problems: Problem[] = []
    if (inputs['require-verdict'] && !inputs['tracking-uri'])
      problems.push({
        input: 'tracking-uri',
        message: "is required to look up gatekeeper's verdict; give it, or set require-verdict to false",
      })
    return [...problems, ...findChartProblems(inputs)]
  },
  outputs: {
    outcome: choice([
      'deployed',
      'unchanged',
      'rolled-back',
      'rollback-failed',
      'uninstalled',
      'refused',
      'failed',
    ])
      .describe(
        'The result. `refused`: nothing was changed. `failed`: the new revision is not verified; it is kept (`rollback-on-failure: false`, `on-first-failure: keep`), left to the post step (the job was cancelled, or a system did not answer), or superseded by another job.',
      )
      .meta({ onFailure: 'refused' }),
    'live-model-version': text().describe(
      'Version that every ready pod serves afterwards, read from the pods. Empty: none, or several.',
    ),
    'live-revision': text().describe('Deployed Helm revision afterwards. Empty: no release.'),
    'previous-model-version': text().describe('Version that was served before. Empty: none.'),
    'failure-reason': text().describe(
      `Why the rollout failed: ${FAILURE_REASONS.map((reason) => `\`${reason}\``).join(', ')}. Empty: it did not fail.`,
    ),
    evidence: text().describe(
      'Folder with evidence.json and evidence.md of a failed rollout, to upload as an artifact. Empty: no evidence.',
    ),
    'evidence-name': text().describe(
      'Name for the artifact of the evidence, unique per environment, namespace, release, model version and revision. Empty: no evidence.',
    ),
  },
  permissions: {},
  post: {
    state: {
      lease: text().describe('Identity of the lease holder. Empty: nothing is left to recover.'),
      'smoke-test': text().describe('Run id of the smoke test pod. Empty: the pod is deleted.'),
    },
  },
  example: {
    release: 'digits',
    chart: 'deploy/chart',
    'model-name': 'digits',
    'model-version': '$' + '{{ steps.gate.outputs.model-version }}',
    'tracking-uri': '$' + '{{ vars.MLFLOW_TRACKING_URI }}',
    kubeconfig: '$' + '{{ secrets.KUBECONFIG }}',
  },
})
