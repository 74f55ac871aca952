import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Settings } from '../settings/index.ts'
import { readTemplates } from '../templates.ts'
import { IMAGE_EXAMPLE, renderWorkflow, WORKFLOWS } from './workflows.ts'

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
const render = (file: string, changes: Partial<Settings> = {}) =>
  renderWorkflow(file, workflows.get(file) ?? '', { ...settings, ...changes })

test.each(WORKFLOWS)('%s finds the pods of the model', (name) => {
  expect(parse(render(name)).jobs[name].with).toMatchObject({
    'model-name': 'churn',
    release: 'live',
    namespace: 'shop',
    'version-from': 'label:version',
    workload: 'deployment/api',
  })
})

test('a value with an expression is refused, wherever it comes from', () => {
  const training = { ...settings.training, workingDirectory: `\${{ github.token }}` }
  expect(() => render('retrain', { training })).toThrow(/working-directory: .*which GitHub would evaluate/)
})

describe('a model in the image', () => {
  type Step = { uses?: string; with?: Record<string, string>; env?: Record<string, string> }
  const read = (changes: Partial<Settings> = {}) => {
    const workflow = parse(render(IMAGE_EXAMPLE, { versionFrom: 'image-tag', ...changes }))
    const steps = (job: string): Step[] => workflow.jobs[job].steps
    const find = (job: string, action: string) => steps(job).find(({ uses }) => uses?.includes(`/${action}@`))
    return { workflow, steps, find }
  }
  const python = (version: string) => ({ with: { 'python-version': version } })

  test('each step gets the inputs that its action takes', () => {
    const { workflow, steps, find } = read()
    const live = {
      'model-name': 'churn',
      release: 'live',
      namespace: 'shop',
      'version-from': 'image-tag',
      workload: 'deployment/api',
    }
    expect(find('preflight', 'preflight')?.with).toMatchObject({
      ...live,
      ...{ run: 'python train.py', policy: 'retrain-policy.yml', chart: 'chart' },
    })
    expect(find('train', 'train')?.with).toMatchObject({
      run: 'python train.py',
      'experiment-name': 'churn',
    })
    expect(find('gate', 'gatekeeper')?.with).toMatchObject({
      'model-name': 'churn',
      policy: 'retrain-policy.yml',
    })
    expect(find('deploy', 'helm-deploy')?.with).toMatchObject({ ...live, chart: 'chart' })
    expect(find('deploy', 'promote')?.with).toMatchObject(live)
    expect(steps('image').at(-1)?.env).toMatchObject({ MODEL_NAME: 'churn' })
    expect(workflow.concurrency.group).toBe('retrain-live')
    for (const job of ['preflight', 'gate'])
      expect(Object.keys(find(job, job === 'gate' ? 'gatekeeper' : job)?.with ?? {})).not.toContain('metric')
  })

  test('the gate sets up Python only to evaluate models', () => {
    const evaluation = { holdout: 'holdout.csv', script: 'score.py', columns: [], label: 'y', id: undefined }
    expect(read().find('gate', 'setup-python')).toBeUndefined()
    const { find } = read({ gate: { ...settings.gate, evaluation } })
    expect(find('gate', 'setup-python')).toMatchObject(python('3.12'))
    expect(find('train', 'setup-python')).toMatchObject(python('3.12'))
  })

  test('a training that brings its Python sets up none', () => {
    const { find } = read({ training: { ...settings.training, pythonVersion: '' } })
    expect(find('train', 'setup-python')).toBeUndefined()
    expect(find('image', 'setup-python')).toBeDefined()
  })
})
