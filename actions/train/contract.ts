import * as z from 'zod'
import { defineContract } from '../../src/runtime/contract.ts'
import { choice, shown, text } from '../../src/runtime/fields.ts'

export const contract = defineContract({
  name: 'train',
  description:
    'Runs a training script and finds the one MLflow run that it made, verified with the server, or says why there is no such run.',
  connections: ['mlflow'],
  inputs: {
    run: text().describe('The script, as in the `run:` of a workflow step.'),
    shell: z
      .string()
      .regex(/^(bash|sh|python)$|\{0\}/, {
        error: (issue) =>
          `${shown(String(issue.input))} is not bash, sh or python, nor a command with {0} in the place of the script's file`,
      })
      .prefault('bash')
      .describe(
        'What runs the script: `bash`, `sh` or `python`, called as GitHub calls them, or a command such as `bash -el {0}`.',
      ),
    'working-directory': text()
      .prefault('.')
      .describe('Folder in which the script runs, from the workspace.'),
    'experiment-name': text()
      .optional()
      .describe(
        'MLflow experiment for the run, made if it is not there. Left out, what the script or MLflow decides.',
      ),
    capture: choice(['auto', 'precreate'])
      .prefault('auto')
      .describe(
        '`auto` finds the run that the script makes. `precreate` makes the run first and hands it over in MLFLOW_RUN_ID.',
      ),
  },
  outputs: {
    'run-id': text().describe('The run, also where the script or the step failed but the run is known.'),
    'experiment-id': text().describe('Experiment of the run.'),
    status: text().describe('Status of the run in MLflow: FINISHED, FAILED, KILLED or RUNNING.'),
    'model-uri': text().describe(
      "The model that the run logged: `models:/m-...`, or `runs:/...` where the model lies among the run's own files. Empty for none or several.",
    ),
    metrics: text()
      .describe('The metrics of the run as a JSON object; NaN and the infinities are strings.')
      .meta({ onFailure: '{}' }),
    'duration-seconds': text().describe('How long the script ran.'),
  },
  permissions: {},
  example: {
    run: 'python train.py',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
    'tracking-uri': '${{ vars.MLFLOW_TRACKING_URI }}',
  },
})
