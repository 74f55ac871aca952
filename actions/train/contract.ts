import { defineContract } from '../../src/runtime/contract.ts'
import { choice, text } from '../../src/runtime/fields.ts'
import { trainingFields } from '../../src/runtime/shared-inputs.ts'

export const contract = defineContract({
  name: 'train',
  description:
    'Runs a training script and outputs the one MLflow run that it created, verified with the server.',
  connections: ['mlflow'],
  inputs: {
    ...trainingFields,
    capture: choice(['auto', 'precreate'])
      .prefault('auto')
      .describe(
        '`auto` finds the run that the script creates. `precreate` creates the run first and passes it in MLFLOW_RUN_ID.',
      ),
  },
  outputs: {
    'run-id': text().describe('MLflow run, also of a failed script if it is known.'),
    'experiment-id': text().describe('MLflow experiment of the run.'),
    status: text().describe('Status of the run in MLflow: FINISHED, FAILED, KILLED or RUNNING.'),
    'model-uri': text().describe(
      'Model that the run logged: `models:/m-...`, or `runs:/...` for a model among the files of the run. Of a search that autologging logged, its best estimator. Empty for none or several.',
    ),
    metrics: text()
      .describe(
        'Metrics of the run as a JSON object; NaN and infinities are strings. At most 64 KiB: a run with more gets a warning, and `metrics-file` has all.',
      )
      .meta({ onFailure: '{}' }),
    'metrics-file': text().describe(
      'Path of a JSON file with all metrics, in the form of `metrics`. Empty without a run.',
    ),
    'duration-seconds': text().describe('Duration of the script in seconds.'),
  },
  permissions: {},
  example: {
    run: 'python train.py',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
    'tracking-uri': '${{ vars.MLFLOW_TRACKING_URI }}',
  },
})
