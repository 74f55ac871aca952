import { FAILURE_REASONS } from '../../src/domain/rollout-failure.ts'
import { helmFields, liveFields, optionalTrackingUri } from '../../src/runtime/connections.ts'
import { defineContract, type Problem } from '../../src/runtime/contract.ts'
import { alias, choice, flag, list, modelName, modelVersion, text } from '../../src/runtime/fields.ts'
import { valuesProblem } from './values-text.ts'

export const contract = defineContract({
  name: 'helm-deploy',
  description:
    'Rolls a model version out with Helm, watches its pods until they serve it, and goes back to the last revision seen good where they do not.',
  connections: ['cluster', 'mlflow', 'github'],
  inputs: {
    chart: text().describe('The chart: a folder or archive in the workspace, or an oci:// reference.'),
    'chart-version': text().optional().describe('Version of a chart that comes from a registry.'),
    'model-name': modelName().describe('Registered model; the chart gets it as `model.name`.'),
    'model-version': modelVersion().describe(
      'Version to deploy, such as output `model-version` of gatekeeper; the chart gets it as `model.version`.',
    ),
    'pod-tracking-uri': text()
      .optional()
      .describe(
        'Address of MLflow as pods reach it; the chart gets it as `model.mlflowUri`. Left out, `tracking-uri` without its credentials.',
      ),
    values: text().optional().describe('More values for the chart, as YAML. They win over `values-files`.'),
    'values-files': list()
      .optional()
      .describe('Files with values, one a line or separated by commas; a later one wins.'),
    'require-verdict': flag()
      .prefault('true')
      .describe('Refuse a version that gatekeeper has not let through with the files that it has now.'),
    verify: text()
      .optional()
      .describe(
        'Golden requests, as YAML or as the path of their file: before the rollout, a pod of the candidate has to answer them beside the release. Left out, none is run.',
      ),
    'rollback-on-failure': flag()
      .prefault('true')
      .describe(
        'Go back to the last revision seen good when the rollout fails; a failed first install is uninstalled.',
      ),
    'on-first-failure': choice(['uninstall', 'keep'])
      .prefault('uninstall')
      .describe('What becomes of a first install that fails: removed, or left as it is to be looked at.'),
    'on-rollback': choice(['fail', 'continue'])
      .prefault('fail')
      .describe('Whether the step is red (`fail`) when a deployment had to be taken back.'),
    'evidence-logs': choice(['full', 'redacted', 'off'])
      .prefault('redacted')
      .describe(
        "The pods' last log lines in the evidence of a failure: as they are, without what looks like a secret, or none.",
      ),
    'ignore-containers': list()
      .optional()
      .describe(
        'Containers (sidecars) whose failures neither end a rollout early nor are blamed, one a line or separated by commas. A pod that is not ready because of one is still not ready.',
      ),
    'champion-alias': alias().prefault('champion').describe('Alias of the version that is live.'),
    'previous-alias': alias().prefault('previous').describe('Alias of the version that was live before.'),
    ...liveFields,
    ...helmFields,
    'tracking-uri': optionalTrackingUri(),
  },
  rules(inputs) {
    const problems: Problem[] = []
    const say = (input: string, message: string) => problems.push({ input, message })
    if (inputs['require-verdict'] && !inputs['tracking-uri'])
      say(
        'tracking-uri',
        "is required to look up gatekeeper's verdict; give it, or set require-verdict to false",
      )
    if (/^(-|https?:)/i.test(inputs.chart))
      say('chart', 'is neither a path in the workspace nor an oci:// reference')
    for (const file of inputs['values-files'] ?? [])
      if (/^-|:\/\//.test(file)) say('values-files', `${JSON.stringify(file)} is not a path in the workspace`)
    const wrong = inputs.values === undefined ? undefined : valuesProblem(inputs.values)
    if (wrong) say('values', wrong)
    return problems
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
        'What became of it. `refused`: nothing was touched. `failed`: the new revision was not seen serving, and was left as it is (`rollback-on-failure: false`, `on-first-failure: keep`), to the post step (the job was cancelled, or a system did not answer), or to another job that deployed in the meantime.',
      )
      .meta({ onFailure: 'refused' }),
    'live-model-version': text().describe(
      'Version that every ready pod serves afterwards, read from the pods; empty where none or several do.',
    ),
    'live-revision': text().describe('Helm revision that is deployed afterwards; empty without a release.'),
    'previous-model-version': text().describe('Version that was served before; empty where none was.'),
    'failure-reason': text().describe(
      `Why the rollout failed: ${FAILURE_REASONS.map((reason) => `\`${reason}\``).join(', ')}; empty where it did not.`,
    ),
    evidence: text().describe(
      'Folder with evidence.json and evidence.md of a failed rollout, to upload as an artifact; empty without one.',
    ),
  },
  // To know whether the job that holds the release still works.
  permissions: { actions: 'read' },
  post: {
    state: {
      rollout: text().describe('The rollout that is under way, as JSON; empty once it has ended.'),
      held: text().describe('The release that is held; empty once it is given back.'),
      trial: text().describe('The run whose pod is tried out beside the release; empty once it is removed.'),
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
