import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatScoringScript, mentionsRegistry } from './scoring-form.ts'

describe('mentionsRegistry', () => {
  it.each([
    "KeyError: 'MLFLOW_TRACKING_URI'",
    'mlflow.exceptions.MlflowException: Registered Model with name=fraud not found',
    'mlflow.exceptions.MlflowException: Run with id=0123456789abcdef not found',
    "mlflow.exceptions.MlflowException: Run '0123456789abcdef' not found",
    "mlflow.exceptions.MlflowException: Logged model with ID 'm-0123456789abcdef' not found.",
    'MlflowException: Model Version (name=fraud, version=3) not found',
    'MlflowException: Registered model alias champion not found.',
    "HTTPConnectionPool(host='localhost', port=5000): Max retries exceeded",
    'Failed to connect to 127.0.0.1:5000',
    'API request to https://mlflow.example.com/api/2.0/mlflow/runs/get failed with error code 401',
    "FileNotFoundError: [Errno 2] No such file or directory: './mlruns/0/meta.yaml'",
    'Cannot retrieve experiment by name fraud',
  ])('%s', (line) => expect(mentionsRegistry(line)).toBe(true))

  it.each([
    'run.sh: line 3: command not found',
    "ModuleNotFoundError: No module named 'mlflow'",
    'loading 5000 rows on localhost',
    'MLmodel: model_uuid m-0123456789abcdef',
  ])('not %s', (line) => expect(mentionsRegistry(line)).toBe(false))
})

it('The documentation shows the same scoring script as the error', () => {
  const script = formatScoringScript({ source: { path: 'holdout.csv' }, id: 'id', label: 'label' })
  expect(script.split('\n')).toHaveLength(5)
  expect(readFileSync(new URL('../../../docs/how-the-gate-decides.md', import.meta.url), 'utf8')).toContain(
    `\`\`\`python\n${script}\n\`\`\``,
  )
})
