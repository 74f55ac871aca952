import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { installFrameworks } from '../../rig/mlflow/frameworks.ts'
import { checkoutPath } from '../../scripts/checkout.ts'
import type { RunnerResult } from '../bundle/runner.ts'
import { newModelName, readReport, runGatekeeper, useGatekeeper } from './support/mlflow/gatekeeper.ts'
import { expectFailure, mlflow, runTrainStep, useTraining } from './support/mlflow/train-step.ts'
import { readScriptForms, type ScriptForm, withoutBlock } from './support/mlflow/training-scripts.ts'

useTraining()
useGatekeeper()

/** What a form leads to. */
interface Expected {
  /** A metric of the run. */
  metric: string
  /** Name of the logged model that the step outputs; undefined if it outputs none. */
  model: string | undefined
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  Autologging: { metric: 'DecisionTreeClassifier_score_X_test', model: 'model' },
  'Autologging and a metric of your own': { metric: 'auc', model: 'model' },
  'Grid search': { metric: 'GridSearchCV_score_X_test', model: 'best_estimator' },
  'Random search of XGBoost': { metric: 'accuracy', model: 'best_estimator' },
  XGBoost: { metric: 'valid-auc', model: 'model' },
  LightGBM: { metric: 'valid_0-auc', model: 'model' },
  statsmodels: { metric: 'rsquared', model: 'model' },
  Keras: { metric: 'accuracy', model: 'model' },
  Lightning: { metric: 'train_loss', model: 'model' },
  'start_run and end_run': { metric: 'accuracy', model: 'model' },
  'Several models in one run': { metric: 'ridge_accuracy', model: undefined },
  'Several processes, notebooks': { metric: 'training_score', model: 'model' },
  MLproject: { metric: 'training_score', model: 'model' },
  'A run that the step creates': { metric: 'training_score', model: 'model' },
}

const forms = readScriptForms()
const find = (heading: string) => forms.find((form) => form.heading === heading) as ScriptForm
let pythonPath: string

beforeAll(async () => {
  const standIns = checkoutPath('test/system/support/frameworks')
  pythonPath = [await installFrameworks(), standIns].join(delimiter)
})

/** Runs the form in a folder of its own. */
async function runForm({ files, inputs }: ScriptForm): Promise<RunnerResult> {
  const workspace = await mkdtemp(join(tmpdir(), 'training-script-'))
  try {
    for (const [name, text] of files) await writeFile(join(workspace, name), text)
    await writeFile(
      join(workspace, 'churn.py'),
      'import lightning\nclass ChurnModel(lightning.LightningModule): pass\nloader = []\n',
    )
    const { run = 'python train.py', ...more } = inputs.train ?? {}
    // Without the packages of a model, which MLflow finds out in seconds, by a process of its own.
    const env = {
      PYTHONPATH: pythonPath,
      PYTHONDONTWRITEBYTECODE: '1',
      MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT: '0',
    }
    return await runTrainStep(run, { workspace, inputs: more, env }, 'bash')
  } finally {
    await rm(workspace, { recursive: true, force: true })
  }
}

async function expectResult({ exitCode, outputs, annotations, log }: RunnerResult, expected: Expected) {
  expect({ exitCode, annotations: expected.model ? annotations : [] }, log).toEqual({
    exitCode: 0,
    annotations: [],
  })
  expect(outputs.status).toBe('FINISHED')
  expect(JSON.parse(outputs.metrics ?? '')).toHaveProperty([expected.metric])
  const id = outputs['model-uri']?.replace('models:/', '') ?? ''
  expect(id && (await mlflow.getLoggedModelName(id))).toBe(expected.model ?? '')
}

describe('docs/training-scripts.md', () => {
  it('has no form that is not tested here', () => {
    expect(forms.map(({ heading }) => heading)).toEqual(Object.keys(EXPECTED))
  })
})

describe.concurrent('a form of docs/training-scripts.md', () => {
  it.each(Object.keys(EXPECTED).filter((heading) => !/search|Several models/.test(heading)))(
    '%s',
    async (heading) => {
      await expectResult(await runForm(find(heading)), EXPECTED[heading] as Expected)
    },
  )

  it.each(['Grid search', 'Random search of XGBoost'])(
    '%s: the best estimator becomes the candidate',
    async (heading) => {
      const result = await runForm(find(heading))
      const expected = EXPECTED[heading] as Expected
      await expectResult(result, expected)
      expect(result.log).toMatch(/autologging logged of \w+SearchCV, the best estimator/)
      const model = newModelName()
      const inputs = {
        'run-id': result.outputs['run-id'] ?? '',
        metric: expected.metric,
        direction: 'higher',
      }
      const { outputs } = await runGatekeeper(model, inputs)
      expect((await mlflow.getVersion(model, outputs['model-version'] ?? ''))?.source).toBe(
        result.outputs['model-uri'],
      )
      expect(readReport(outputs).notes.join()).toContain('the best estimator (best_estimator, m-')
    },
  )

  it('Several models in one run: the name chooses, and without it the message says both ways', async () => {
    const form = find('Several models in one run')
    const result = await runForm(form)
    await expectResult(result, EXPECTED[form.heading] as Expected)
    const { 'model-name-in-run': name = '', metric = '' } = form.inputs.gatekeeper ?? {}
    const inputs = { 'run-id': result.outputs['run-id'] ?? '', metric, direction: 'higher' }
    const model = newModelName()
    await expect(runGatekeeper(model, inputs)).rejects.toThrow(
      /"perceptron" \(m-.*"ridge" \(m-.*Set model-name-in-run to the name of one.* or model-id to one of these ids/,
    )
    const { outputs } = await runGatekeeper(model, { ...inputs, 'model-name-in-run': name })
    const source = (await mlflow.getVersion(model, outputs['model-version'] ?? ''))?.source ?? ''
    expect(await mlflow.getLoggedModelName(source.replace('models:/', ''))).toBe('ridge')
  })

  it('Autologging and a metric of your own: without its line, the message asks for it', async () => {
    const { files, ...form } = find('Autologging and a metric of your own')
    const script = withoutBlock(files.get('train.py') ?? '', 'with mlflow.start_run():')
    const result = await runForm({ ...form, files: new Map([['train.py', script]]) })
    expectFailure(result, '2 unrelated MLflow runs', 'Autologging started run', 'with mlflow.start_run():')
    expect(result.outputs['run-id']).toBe('')
  })

  it('A run that the step creates: without the experiment, the message asks for it', async () => {
    const { inputs, ...form } = find('A run that the step creates')
    const { 'experiment-name': _, ...others } = inputs.train ?? {}
    const result = await runForm({ ...form, inputs: { train: others } })
    expectFailure(result, 'without finishing the precreated run', 'give that name as input experiment-name')
  })
})
