import * as z from 'zod'
import { defineContract } from '../../src/runtime/contract.ts'
import { alias, choice, flag, modelName, modelVersion, runId, text } from '../../src/runtime/fields.ts'
import { forceProblems } from './force.ts'
import { inputProblems } from './policy.ts'
import { policyFields } from './policy-fields.ts'
import { reportSchema } from './report-schema.ts'

export const contract = defineContract({
  name: 'gatekeeper',
  description:
    'Judges a trained model against the live champion, and registers it in MLflow only if it is proven better.',
  connections: ['mlflow', 'github'],
  inputs: {
    'model-name': modelName().describe('Registered model that the candidate would become a version of.'),
    'run-id': runId()
      .optional()
      .describe('The run that trained the candidate. Exactly one of this and `model-version`.'),
    'model-version': modelVersion()
      .optional()
      .describe('The candidate, where the training registered it already.'),
    'model-id': z
      .string()
      .regex(/^m-[0-9a-f]{32}$/, {
        error: 'is not the id of a logged model, which is m- and 32 lower-case hex digits',
      })
      .optional()
      .describe('Which logged model (m-…) is meant, where the run logged several.'),
    policy: text()
      .optional()
      .describe(
        'The policy as YAML, or the path of its file, such as `retrain-policy.yml`. The inputs named after its keys override it.',
      ),
    ...policyFields,
    'champion-alias': alias().prefault('champion').describe('Alias of the version that is live.'),
    'previous-alias': alias().prefault('previous').describe('Alias of the champion before.'),
    'on-reject': choice(['skip', 'fail'])
      .prefault('skip')
      .describe('Whether a candidate that is not promoted leaves the step green (`skip`) or red (`fail`).'),
    mode: choice(['enforce', 'dry-run'])
      .prefault('enforce')
      .describe('`dry-run` judges and writes nothing to MLflow; output `promote` is then false.'),
    force: flag()
      .prefault('false')
      .describe(
        'Promote although the gate says no. Never overrides quarantine, a missing model, a run that is not FINISHED, a policy that does not count, or a broken gate.',
      ),
    'allow-policy-from-ref': flag()
      .prefault('false')
      .describe(
        "Let a policy file count that is not the default branch's, or that judges by a holdout or script of another branch. Otherwise such a run promotes nothing.",
      ),
    'force-reason': text()
      .optional()
      .describe('Why the gate is overridden; needed with `force`, and kept in the ledger with the actor.'),
  },
  rules: (inputs) => [
    ...((inputs['run-id'] === undefined) === (inputs['model-version'] === undefined)
      ? [{ input: 'run-id', message: 'give exactly one of run-id and model-version' }]
      : []),
    // What a policy lacks is known only when it has been read.
    ...inputProblems(inputs),
    ...forceProblems(inputs),
  ],
  outputs: {
    verdict: choice(['promote', 'reject', 'inconclusive'])
      .describe(
        '`promote`, `reject` (the candidate is at fault or not better), or `inconclusive` (the two cannot be compared).',
      )
      .meta({ onFailure: 'inconclusive' }),
    promote: choice(['true', 'false'])
      .describe('true only where the verdict is `promote` and `mode` is enforce: deploy behind this.')
      .meta({ onFailure: 'false' }),
    'model-version': text().describe('Version of the candidate; empty where none was registered.'),
    'champion-version': text().describe(
      'Version that it was judged against; `none` for a first model, empty where it is unclear. Hand it to promote as `expected-champion`, as it is.',
    ),
    'candidate-value': text().describe('Value of the metric of the candidate; empty where it has none.'),
    'champion-value': text().describe('Value of the metric of the champion; empty where it has none.'),
    reason: text().describe('Why, on one line.'),
    report: text().describe(
      'Path of a JSON file with everything that the decision rests on; its form is in report.schema.json.',
    ),
    'judged-on': choice(['same-rows', 'stored-values', 'nothing'])
      .describe(
        '`same-rows` where both models were scored on the rows of one holdout, `stored-values` where the values that the runs logged decided, `nothing` where it did not come to that.',
      )
      .meta({ onFailure: 'nothing' }),
    'rows-needed': text().describe(
      'About how many rows (or groups) would decide what is open; empty where nothing is, or nobody can tell.',
    ),
    'consecutive-rejections': text().describe(
      'Candidates in a row, this one included, that were not let through against this champion.',
    ),
    'max-rejections-reached': choice(['true', 'false'])
      .describe(
        "Whether those are as many as the policy's `max_rejections`: rejecting for ever is not silent.",
      )
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
