import {
  findForceProblems,
  findInputProblems,
  forceFields,
  policyFields,
} from '../../src/policy/policy-inputs.ts'
import { defineContract } from '../../src/runtime/contract.ts'
import { choice, flag, matchPattern, modelName, modelVersion, runId, text } from '../../src/runtime/fields.ts'
import { aliasFields } from '../../src/runtime/shared-inputs.ts'
import { reportSchema } from './output/report-schema.ts'

// MLflow forbids these characters in names of logged models (utils/validation.py, _validate_logged_model_name).
const modelNameInRun = (expected: string) => matchPattern(/^[^/:.%"'\p{Cc}]{1,500}$/u, expected)

export const contract = defineContract({
  name: 'gatekeeper',
  description:
    'Compares a trained model with the live champion and registers it in MLflow only if it is better.',
  connections: ['mlflow', 'github'],
  inputs: {
    'model-name': modelName().describe('Name of the registered model.'),
    'run-id': runId()
      .optional()
      .describe('Run that trained the candidate. Set either this or `model-version`.'),
    'model-version': modelVersion()
      .optional()
      .describe('Version of the candidate, if the training registered it.'),
    'model-name-in-run': modelNameInRun('the name that log_model got')
      .optional()
      .describe(
        'The logged model, if the run logged several: the name that `log_model` got, such as `my_model`. The best estimator of a search that autologging logged needs none.',
      ),
    'model-id': modelNameInRun(
      'the name or the id of a logged model: write the name that log_model got, or m-…, without models:/',
    )
      .optional()
      .describe('The logged model by its id (m-…), which is new in each training. Also takes the name.'),
    ...policyFields,
    ...aliasFields,
    'on-reject': choice(['skip', 'fail'])
      .prefault('skip')
      .describe(
        'If the candidate is not promoted, the step succeeds (`skip`) or fails (`fail`). It always fails if the gate cannot evaluate: a failed self-test, or a metric that no run logged.',
      ),
    mode: choice(['enforce', 'dry-run'])
      .prefault('enforce')
      .describe('`dry-run` evaluates without writing to MLflow and sets output `promote` to false.'),
    force: forceFields.force,
    'allow-policy-from-ref': flag()
      .prefault('false')
      .describe(
        'Trust a policy file that differs from the default branch, or that reads its holdout or script from another branch. Otherwise such a run promotes nothing.',
      ),
    'force-reason': forceFields['force-reason'],
  },
  rules: (inputs) => [
    ...((inputs['run-id'] === undefined) === (inputs['model-version'] === undefined)
      ? [{ input: 'run-id', message: 'set exactly one of run-id and model-version' }]
      : []),
    ...(inputs['model-name-in-run'] !== undefined && inputs['model-id'] !== undefined
      ? [{ input: 'model-id', message: 'set only one of model-name-in-run and model-id' }]
      : []),
    // A policy document is checked when it is read.
    ...findInputProblems(inputs),
    ...findForceProblems(inputs),
  ],
  outputs: {
    verdict: choice(['promote', 'reject', 'inconclusive'])
      .describe(
        '`promote`, `reject` (the candidate is unusable or does not meet the policy), or `inconclusive` (not enough evidence).',
      )
      .meta({ onFailure: 'inconclusive' }),
    promote: choice(['true', 'false'])
      .describe(
        'true if the verdict is `promote` and `mode` is enforce. Use it as the condition of the deployment.',
      )
      .meta({ onFailure: 'false' }),
    'model-version': text().describe('Version of the candidate; empty if none is registered.'),
    'champion-version': text().describe(
      'Version of the champion; `none` for a first model, empty if the champion is unclear. Pass it to promote as `expected-champion`.',
    ),
    'candidate-value': text().describe("The candidate's value of the primary metric; empty if it has none."),
    'champion-value': text().describe("The champion's value of the primary metric; empty if it has none."),
    reason: text().describe('Reason for the verdict, on one line.'),
    report: text().describe('Path of the JSON report; its schema is report.schema.json.'),
    'evaluation-basis': choice(['paired', 'logged-metrics', 'none'])
      .describe(
        '`paired`: both models were scored on the same holdout. `logged-metrics`: the metrics that the runs logged were compared. `none`: nothing was evaluated.',
      )
      .meta({ onFailure: 'none' }),
    'required-sample-size': text().describe(
      'Estimated size of the holdout that would decide an inconclusive verdict, in `required-sample-size-unit`; empty if unknown.',
    ),
    'required-sample-size-unit': text().describe(
      'Unit of `required-sample-size`: `rows`, `queries` or `groups` (of `holdout.group`).',
    ),
    'consecutive-rejections': text().describe(
      'Consecutive candidates, this one included, that were not promoted against this champion.',
    ),
    'max-rejections-reached': choice(['true', 'false'])
      .describe("Whether `consecutive-rejections` has reached the policy's `max_rejections`.")
      .meta({ onFailure: 'false' }),
  },
  reports: { report: reportSchema },
  permissions: { contents: 'read' },
  example: {
    'model-name': 'digits',
    'run-id': `\${{ steps.train.outputs.run-id }}`,
    metric: 'accuracy',
    'min-improvement': '0.005',
    'tracking-uri': `\${{ vars.MLFLOW_TRACKING_URI }}`,
  },
})
