import { describe, expect, test } from 'vitest'
import type { Repository } from '../repository.ts'
import { findCharts } from './charts.ts'
import { findEvaluationFiles, findIdColumn } from './evaluation-files.ts'
import { findFixedModels } from './fixed-models.ts'
import { findInstallation } from './installation.ts'
import { cleanAddress, findTrackingAddresses } from './tracking-addresses.ts'
import { describeScript, findTrainingScripts } from './training-scripts.ts'
import { findWorkflows } from './workflows.ts'

const repository = (files: Record<string, string>): Repository => ({
  name: 'shop',
  files: new Map(Object.entries(files)),
})

describe('a training script', () => {
  const metrics = (text: string) => describeScript('train.py', text).metrics

  test.each([
    ['a literal', 'mlflow.log_metric("auc", a)', ['auc']],
    ['a keyword', "log_metric(value=f(1, 2), key='auc')", ['auc']],
    ['a constant', 'NAME = "auc"\nlog_metric(NAME, 1)', ['auc']],
    [
      'a mapping over several lines',
      'mlflow.log_metrics({\n  "auc": f({"x": 1}),\n  \'f1\': 2,\n})',
      ['auc', 'f1'],
    ],
    ['a named mapping', 'scores = {"auc": a, "f1": b}\nmlflow.log_metrics(scores, step=3)', ['auc', 'f1']],
    ['an f-string, which says no name', 'log_metric(f"{name}_auc", 1)', []],
    ['the training data', 'log_metric("train_auc", 1); log_metric("training_loss", 1)', []],
    ['a comment', '# log_metric("auc", 1)', []],
    ['the same one twice', 'log_metric("auc", 1)\nlog_metric("auc", 2)', ['auc']],
    ['a client, with the run first', 'client.log_metric(run_id, "auc", 1)', []],
    [
      'score() under autologging',
      'mlflow.autolog()\nm = Ridge(alpha=1).fit(a, b)\nm.score(X_val, y_val)',
      ['Ridge_score_X_val'],
    ],
    ['score() without autologging', 'm = Ridge()\nm.score(X_val, y_val)', []],
  ])('metrics: %s', (_, text, expected) => {
    expect(metrics(text)).toEqual(expected)
  })

  test.each([
    ['log_model(m, name="model", registered_model_name="fraud")', ['fraud']],
    ['mlflow.register_model(f"runs:/{run}/model", "fraud")', ['fraud']],
    ['log_model(sk_model=make(a, b), artifact_path="fraud")', ['fraud']],
    ['log_model(m, name="model")', []],
    ['log_model(m, name="ridge", registered_model_name="fraud")', ['fraud', 'ridge']],
    ['def register_model(run, name="x"): pass', []],
  ])('names of models: %s', (text, expected) => {
    expect(describeScript('train.py', text).modelNames.map(({ name }) => name)).toEqual(expected)
  })

  const logging = 'import mlflow\nmlflow.autolog()\n'
  test.each([
    [
      'its name decides between two that log a model',
      { 'a/fit.py': logging, 'a/train.py': logging },
      ['a/train.py'],
    ],
    ['another name', { 'fit.py': logging, 'train_utils.py': '' }, ['fit.py']],
    ['no import of mlflow', { 'train.py': 'import churn', 'other.py': '' }, ['train.py']],
    ['tests', { 'tests/train.py': logging, 'test_train.py': logging }, []],
  ])('is found: %s', (_, files, expected) => {
    expect(findTrainingScripts(repository(files)).map(({ path }) => path)).toEqual(expected)
  })
})

describe('the installation', () => {
  test.each([
    ['the nearest file', { 'requirements.txt': '', 'ml/requirements.txt': '' }, 'ml/requirements.txt'],
    ['the file of a parent folder', { 'requirements.txt': '' }, 'requirements.txt'],
    ['uv', { 'uv.lock': '', 'pyproject.toml': '[project]\n' }, 'uv.lock'],
    ['poetry', { 'poetry.lock': '', 'pyproject.toml': '[tool.poetry]\n' }, 'poetry.lock'],
    ['a pyproject.toml with settings only', { 'pyproject.toml': '[tool.ruff]\n' }, undefined],
    ['an environment.yml of another tool', { 'environment.yml': 'production: {}\n' }, undefined],
  ])('%s', (_, files, file) => {
    expect(findInstallation(repository(files), 'ml/train.py').file).toBe(file)
  })
})

describe('addresses', () => {
  test.each([
    ['.github/workflows/a.yml', 'env:\n  MLFLOW_TRACKING_URI: https://a.example/mlflow/ # x'],
    ['.env.example', 'export MLFLOW_TRACKING_URI="https://a.example/mlflow"'],
    ['train.py', 'os.environ["MLFLOW_TRACKING_URI"] = "https://a.example/mlflow"'],
    ['train.py', 'os.getenv("MLFLOW_TRACKING_URI", "https://a.example/mlflow")'],
    ['train.py', "mlflow.set_tracking_uri('https://a.example/mlflow')"],
    ['compose.yaml', '  - MLFLOW_TRACKING_URI=https://a.example/mlflow'],
  ])('%s', (path, text) => {
    expect(findTrackingAddresses(repository({ [path]: text }))).toEqual([
      { uri: 'https://a.example/mlflow', path, problem: undefined },
    ])
  })

  test('usable ones come first, and an expression is none', () => {
    const found = findTrackingAddresses(
      repository({
        '.github/workflows/a.yml': `MLFLOW_TRACKING_URI: \${{ vars.X }}`,
        '.env': 'MLFLOW_TRACKING_URI=http://127.0.0.1:5000',
        'train.py': 'set_tracking_uri("https://a.example")',
      }),
    )
    expect(found.map(({ uri }) => uri)).toEqual(['https://a.example', 'http://127.0.0.1:5000'])
  })

  test.each([
    ['https://ada:pw@a.example:8443/x/', 'https://a.example:8443/x'],
    ["https://a.example/'$(id)'", undefined],
    ['file:///mlruns', undefined],
    ['nonsense', undefined],
  ])('%s is cleaned', (text, expected) => {
    expect(cleanAddress(text)).toBe(expected)
  })
})

describe('a chart', () => {
  const find = (files: Record<string, string>) =>
    findCharts(repository({ 'c/Chart.yaml': 'name: c\n', ...files }))
  const versionFrom = (template: string) => find({ 'c/templates/x.yaml': template })[0]?.versionFrom

  test.each([
    ['a variable', '- name: VERSION\n  value: {{ .Values.model.version | quote }}\n', 'env:VERSION'],
    ['the tag', '          image: "{{ .Values.repo }}:{{ .Values.model.version }}"\n', 'image-tag'],
    [
      'a label of the pods',
      '  template:\n    metadata:\n      labels:\n        app: x\n        {{- with .Values.l }}{{ . }}{{ end }}\n        model: {{ .Values.model.version | quote }}\n',
      'label:model',
    ],
    [
      'a label of the workload, which proves nothing',
      'metadata:\n  labels:\n    model: {{ .Values.model.version }}\nspec:\n  template:\n    metadata: {}\n',
      undefined,
    ],
    ['another value', '- name: VERSION\n  value: {{ .Values.model.versions }}\n', undefined],
  ])('names the version by %s', (_, template, expected) => {
    expect(versionFrom(template)).toBe(expected)
  })

  test('of a library or inside of another chart is none', () => {
    const charts = find({
      'c/charts/db/Chart.yaml': 'name: db\n',
      'lib/Chart.yaml': 'name: l\ntype: library\n',
    })
    expect(charts.map(({ path }) => path)).toEqual(['c'])
  })

  test('its kinds are those of the documents, not those inside of them', () => {
    const [chart] = find({
      'c/templates/a.yaml': 'apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: v1\nkind: Service\n',
      'c/templates/hpa.yaml':
        'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec:\n  ref:\n    kind: Deployment\n',
    })
    expect(chart?.objects.map(({ kind, apiGroup }) => `${apiGroup}/${kind}`)).toEqual([
      'apps/Deployment',
      '/Service',
      'autoscaling/HorizontalPodAutoscaler',
    ])
    expect(chart?.workloads).toHaveLength(1)
  })
})

test.each([
  ['helm upgrade --install churn ./chart -n shop', 'churn', 'shop'],
  ['helm upgrade --timeout 5m --atomic --namespace=shop churn chart', 'churn', 'shop'],
  ['helm upgrade -i \\\n  churn chart \\\n  --namespace "$NS"', 'churn', undefined],
  ['helm upgrade --install $RELEASE chart', undefined, undefined],
])('%s', (command, release, namespace) => {
  const [workflow] = findWorkflows(
    repository({ '.github/workflows/a.yml': `run: ${command}\n` }),
    'org/suite',
  )
  expect(workflow?.releases).toEqual(release === undefined ? [] : [{ release, namespace }])
})

test('a holdout and its script are found only where they are unique', () => {
  const script = 'os.environ["MODEL_URI"], os.environ["PREDICTIONS_PATH"]'
  const files = {
    'score.py': script,
    'tests/test_score.py': script,
    'data/holdout_2026.csv': 'id,"the label",y\n1,2,3\n',
  }
  const find = (changes: Record<string, string> = {}) =>
    findEvaluationFiles(repository({ ...files, ...changes }))
  expect(find()).toEqual({
    files: { holdout: 'data/holdout_2026.csv', script: 'score.py', columns: ['id', 'the label', 'y'] },
    problem: undefined,
  })
  const several = find({ 'other/holdout.csv': '' })
  expect(several.files).toBeUndefined()
  expect(several.problem).toBe(
    'data/holdout_2026.csv, other/holdout.csv and score.py are not used: only one holdout and one scoring script can be chosen. Rename or remove the others.',
  )
  const unscored = find({ 'score.py': 'MODEL_URI' })
  expect(unscored.files).toBeUndefined()
  expect(unscored.problem).toMatch(/^data\/holdout_2026.csv is not used: the gate needs a scoring script/)
  expect(findEvaluationFiles(repository({ 'score.py': script })).problem).toMatch(
    /^score.py is not used.*rows with labels/,
  )
  expect(findEvaluationFiles(repository({}))).toEqual({ files: undefined, problem: undefined })
})

test.each([
  [['id', 'customer_id'], 'id'],
  [['Customer ID', 'y'], 'Customer ID'],
  [['customer_id', 'y'], 'customer_id'],
  [['customer_id', 'shop_id'], undefined],
  [['paid', 'y'], undefined],
])('the ids among the columns %j are %s', (columns, id) => {
  expect(findIdColumn(columns)).toBe(id)
})

test('an address of a model in a chart is found where no deployment changes it', () => {
  const chart = {
    'chart/Chart.yaml': 'name: churn\n',
    'chart/values.yaml':
      '# models:/old/1\nmodelUri: "models:/churn/1"\nenv:\n  - {name: URI, value: models:/churn@champion}\n',
    'chart/templates/statefulset.yaml': `          env:
            - name: MODEL_URI
              value: models:/churn/3
            - name: "DEPLOYED"
              value: "models:/{{ .Values.model.name }}/{{ .Values.model.version }}"
          args: ["--model", "models:/churn/4"]
          command: ["mlflow artifacts download --artifact-uri models:/$MODEL_NAME/$MODEL_VERSION"]
`,
    'other/values.yaml': 'modelUri: models:/other/1\n',
    'chart/README.md': 'models:/readme/1\n',
  }
  expect(findFixedModels(repository(chart), 'chart')).toEqual([
    { path: 'chart/values.yaml', name: 'modelUri', address: 'models:/churn/1' },
    { path: 'chart/values.yaml', name: 'URI', address: 'models:/churn@champion' },
    { path: 'chart/templates/statefulset.yaml', name: 'MODEL_URI', address: 'models:/churn/3' },
    { path: 'chart/templates/statefulset.yaml', name: 'args', address: 'models:/churn/4' },
  ])
})
