import { UserError } from '../../src/domain/core/errors.ts'
import { isDouble, metricName } from '../../src/policy/scalars.ts'
import { defineContract, type Problem } from '../../src/runtime/contract.ts'
import {
  alias,
  choice,
  decimal,
  flag,
  matchPattern,
  modelName,
  modelVersion,
  runId,
  text,
} from '../../src/runtime/fields.ts'
import { findInputProblems } from './inputs/policy.ts'
import { reportSchema } from './output/report-schema.ts'

const doubleField = () => decimal().refine(isDouble, { error: 'exceeds the range of a double', abort: true })
const nonNegativeField = () =>
  doubleField().refine((value) => !value.startsWith('-'), { error: 'is negative. Set 0 or more' })

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
    policy: text()
      .optional()
      .describe(
        'Policy as YAML, or the path of a policy file such as `retrain-policy.yml`. Inputs with the names of its keys override it.',
      ),
    // Policy keys that are also inputs. If neither sets a key, the default of the policy applies.
    kind: choice(['challenger', 'refresh', 'threshold'])
      .optional()
      .describe(
        '`challenger` (default): the candidate must be better than the champion. `refresh`: it must not be worse by more than `margin`. `threshold`: it must meet the fixed limits of the policy.',
      ),
    metric: metricName()
      .optional()
      .describe('Primary metric, as the run logged it. Required here or in `policy`.'),
    direction: choice(['higher', 'lower'])
      .optional()
      .describe(
        'Whether `higher` or `lower` values are better. Required, unless the metric is one that the gate computes (`accuracy`, `val_auc`, `rmse`, …), whose direction is known.',
      ),
    'min-improvement': nonNegativeField()
      .optional()
      .describe(
        'Kind `challenger`: required improvement, absolute. Default 0: any improvement. An equal model is not an improvement.',
      ),
    margin: nonNegativeField()
      .optional()
      .describe('Kind `refresh`: maximum regression, absolute. Required there.'),
    'min-value': doubleField()
      .optional()
      .describe('Minimum acceptable value (with `lower`, the maximum), also for a first model.'),
    'champion-alias': alias().prefault('champion').describe('Alias of the live version.'),
    'previous-alias': alias().prefault('previous').describe('Alias of the previous champion.'),
    'on-reject': choice(['skip', 'fail'])
      .prefault('skip')
      .describe('If the candidate is not promoted, the step succeeds (`skip`) or fails (`fail`).'),
    mode: choice(['enforce', 'dry-run'])
      .prefault('enforce')
      .describe('`dry-run` evaluates without writing to MLflow and sets output `promote` to false.'),
    force: flag()
      .prefault('false')
      .describe(
        'Promote despite the verdict. Does not override quarantine, a missing model, a run that is not FINISHED, an untrusted policy, or a failed self-test.',
      ),
    'allow-policy-from-ref': flag()
      .prefault('false')
      .describe(
        'Trust a policy file that differs from the default branch, or that reads its holdout or script from another branch. Otherwise such a run promotes nothing.',
      ),
    'force-reason': text()
      .optional()
      .describe(
        'Reason for the override. Required with `force`; recorded in the version tags with the actor.',
      ),
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
      'Estimated rows (or groups) that would decide an inconclusive verdict; empty if unknown.',
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

interface ForceInputs {
  force: boolean
  'force-reason'?: string | undefined
}

export function findForceProblems({ force, 'force-reason': reason }: ForceInputs): Problem[] {
  return force === true && !reason ? [{ input: 'force-reason', message: 'is required with force' }] : []
}

/** Checks again for callers that set `force` after the inputs were read. @throws UserError */
export function requireForceReason(inputs: ForceInputs): void {
  const [problem] = findForceProblems(inputs)
  if (problem) throw new UserError(`Input ${problem.input}: ${problem.message}.`)
}
