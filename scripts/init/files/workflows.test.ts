import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Settings } from '../settings/index.ts'
import { readTemplates } from '../templates.ts'
import { renderWorkflow } from './workflows.ts'

const settings: Settings = {
  modelName: 'churn',
  training: {
    run: 'python train.py',
    workingDirectory: '.',
    pythonVersion: '3.12',
    experiment: undefined,
    packages: undefined,
  },
  gate: { metric: 'auc', direction: undefined, evaluation: undefined, unusedFiles: undefined },
  release: 'live',
  namespace: 'shop',
  chart: undefined,
  chartPath: 'chart',
  versionFrom: 'label:version',
  workload: 'deployment/api',
  trackingUri: undefined,
}
const { workflows } = readTemplates()

test.each(['retrain', 'rollback', 'reconcile'] as const)('%s finds the pods of the model', (name) => {
  expect(parse(renderWorkflow(name, workflows[name], settings)).jobs[name].with).toMatchObject({
    'model-name': 'churn',
    release: 'live',
    namespace: 'shop',
    'version-from': 'label:version',
    workload: 'deployment/api',
  })
})

test('a value with an expression is refused, wherever it comes from', () => {
  const training = { ...settings.training, workingDirectory: `\${{ github.token }}` }
  expect(() => renderWorkflow('retrain', workflows.retrain, { ...settings, training })).toThrow(
    /working-directory: .*which GitHub would evaluate/,
  )
})
