import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { parsePolicy } from '../../src/policy/policy-inputs.ts'
import {
  chartlessRepository,
  createdChart,
  deploymentRepository,
  imageTagRepository,
  packageRepository,
  subfolderRepository,
  type UserRepositoryFiles,
} from '../../test/fakes/user-repositories.ts'
import { checkoutPath, slug } from '../checkout.ts'
import { initialize } from './initialize.ts'
import { renderReport } from './report.ts'
import type { Ask } from './settings/chooser.ts'
import { readTemplates } from './templates.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function createFolder(files: UserRepositoryFiles, git = true): string {
  const folder = mkdtempSync(join(tmpdir(), 'init-'))
  folders.push(folder)
  if (git) mkdirSync(join(folder, '.git'))
  writeAll(folder, files)
  return folder
}

function writeAll(folder: string, files: UserRepositoryFiles): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

type Flags = Record<string, string | boolean>

const run = (folder: string, flags: Flags = {}, ask?: Ask) =>
  initialize(folder, { ...flags, suite: slug }, readTemplates(), ask)

/** Sets up a new repository. @returns what was written and said */
async function setUp(files: UserRepositoryFiles, flags: Flags = {}, ask?: Ask) {
  const folder = createFolder(files)
  const report = await run(folder, flags, ask)
  const read = (path: string) => readFileSync(join(folder, path), 'utf8')
  return {
    ...{ folder, report, read, text: renderReport(report) },
    inputs: () => parse(read('.github/workflows/retrain.yml')).jobs.retrain.with as Record<string, string>,
    gate: () => parse(read('retrain-policy.yml')).gate,
    outcomes: Object.fromEntries(report.results.map(({ path, outcome }) => [path, outcome])),
  }
}

interface Call {
  uses: string
  with: Record<string, string>
}

/** The jobs and steps of a workflow that call the suite. */
function listCalls(workflow: string): Call[] {
  const jobs = Object.values<Partial<Call> & { steps?: Partial<Call>[] }>(parse(workflow).jobs)
  return jobs
    .flatMap((job) => [job, ...(job.steps ?? [])])
    .filter((call): call is Call => call.uses?.startsWith(`${slug}/`) === true)
}

/** The inputs of an action or reusable workflow. */
function readInputs(uses: string): string[] {
  const path = uses.slice(slug.length + 1).replace(/@.*/, '')
  const isWorkflow = path.endsWith('.yml')
  const text = readFileSync(checkoutPath(isWorkflow ? path : `${path}/action.yml`), 'utf8')
  return Object.keys(isWorkflow ? parse(text).on.workflow_call.inputs : parse(text).inputs)
}

describe('five repositories', () => {
  test('a Deployment of helm create: names of the script, address of .env without its password', async () => {
    const { inputs, gate, text, outcomes } = await setUp(deploymentRepository('churn', createdChart))
    expect(inputs()).toMatchObject({
      'model-name': 'churn',
      'experiment-name': 'churn-training',
      'python-version': '3.12',
      run: 'python -m pip install --quiet --requirement requirements.txt\npython train.py\n',
      policy: 'retrain-policy.yml',
      chart: 'deploy/chart',
      release: 'churn',
      namespace: 'churn',
    })
    expect(gate()).toEqual({ kind: 'challenger', metric: 'auc', min_improvement: 0.002 })
    expect(text).toContain("gh variable set MLFLOW_TRACKING_URI --body 'https://mlflow.shop.example'")
    expect(text).not.toContain('secret@')
    expect(text).toMatch(/Notebooks are not run: explore.ipynb/)
    expect(outcomes).toEqual({
      '.github/workflows/retrain.yml': 'new',
      '.github/workflows/rollback.yml': 'new',
      '.github/workflows/reconcile.yml': 'new',
      'retrain-policy.yml': 'new',
      'retrain-rbac.yaml': 'new',
      'retrain-chart.patch': 'new',
    })
  })

  test('a StatefulSet with the version in its image tag: no patch, conda, a metric of a mapping', async () => {
    const { read, gate, text, outcomes } = await setUp(imageTagRepository('ranker'))
    const calls = listCalls(read('.github/workflows/retrain.yml'))
    const inputs = (action: string) => calls.find(({ uses }) => uses.includes(`/${action}@`))?.with
    expect(inputs('helm-deploy')).toMatchObject({ 'model-name': 'ranker', 'version-from': 'image-tag' })
    expect(inputs('train')).toMatchObject({
      run: 'conda env create --quiet --name training --file environment.yml\nconda run --no-capture-output --name training python train.py\n',
    })
    expect(gate()).toEqual({ kind: 'challenger', metric: 'rmse', min_improvement: { relative: 0.01 } })
    expect(outcomes).not.toHaveProperty('retrain-chart.patch')
    expect(read('build-image.sh')).toContain('image="registry.shop.example/ranker:$MODEL_VERSION"')
    expect(text).toMatch(/Read build-image\.sh, and let it build and push the image/)
    expect(text).toMatch(/train.py registers versions itself/)
    expect(text).toMatch(/http:\/\/mlflow:5000 in docker-compose.yml is not used: only a network that knows/)
  })

  test('a package in src: a module, its search as metric, the Python of .python-version', async () => {
    const { inputs, gate, text } = await setUp(packageRepository('fraud', createdChart))
    expect(inputs()).toMatchObject({
      'model-name': 'fraud',
      'python-version': '3.11',
      run: 'python -m pip install --quiet .\npython -m fraud.train\n',
    })
    expect(gate()).toMatchObject({ metric: 'GridSearchCV_score_X_test', direction: 'higher' })
    expect(text).toMatch(/src\/fraud\/train.py calls set_tracking_uri/)
  })

  test('a script in a subfolder: working directory, paired comparison, release of the workflow', async () => {
    const { inputs, gate, text } = await setUp(subfolderRepository('churn'))
    expect(inputs()).toMatchObject({
      'working-directory': 'ml',
      'python-version': '3.10',
      'gate-python-version': '3.10',
      'version-from': 'annotation:shop.example/model',
      chart: 'helm/app',
      release: 'churn',
    })
    // The namespace of the workflow is a variable, and default is the one of the reusable workflow.
    expect(inputs()).not.toHaveProperty('namespace')
    expect(gate()).toEqual({
      kind: 'challenger',
      metric: 'accuracy',
      evaluate: {
        run: 'python -m pip install --quiet --requirement requirements.txt\npython score.py\n',
        working_directory: 'ml',
      },
      holdout: { path: 'ml/holdout.csv', label: 'target' },
    })
    expect(text).toMatch(/deploy.yml deploys release churn, too/)
    expect(text).toMatch(/http:\/\/localhost:5000 in .* is not used: only this machine reaches it/)
  })

  test('no chart: everything else is written, and the report says what a chart needs', async () => {
    const { text, outcomes, inputs } = await setUp(chartlessRepository('fraud'))
    expect(text).toMatch(/No chart was found.*model.name, model.version and model.mlflowUri.*--with-chart/)
    expect(Object.keys(outcomes)).toHaveLength(5)
    expect(inputs().chart).toBe('chart')
  })

  test('no chart, with a copy: the example under the name of the release', async () => {
    const { outcomes, read } = await setUp(chartlessRepository('Fraud 2'), { 'with-chart': true })
    expect(outcomes['chart/templates/deployment.yaml']).toBe('new')
    expect(parse(read('chart/Chart.yaml')).name).toBe('fraud-2')
    expect(read('chart/templates/deployment.yaml')).toContain('include "fraud-2.fullname"')
    expect(read('chart/values.yaml')).toContain('as in examples/digits/serving of retrain-actions')
  })
})

const all: [string, UserRepositoryFiles, Flags][] = [
  ['a Deployment', deploymentRepository('churn', createdChart), {}],
  ['a StatefulSet', imageTagRepository('ranker'), {}],
  ['a package', packageRepository('fraud', createdChart), {}],
  ['a subfolder', subfolderRepository('churn'), {}],
  ['no chart', chartlessRepository('fraud'), {}],
  ['a copied chart', chartlessRepository('fraud'), { 'with-chart': true }],
]

describe.each(all)('%s', (_, files, flags) => {
  test('a second run changes nothing, and needs no flags for names', async () => {
    const names = { 'model-name': 'Other Model', release: 'other', namespace: 'elsewhere' }
    const { folder, read } = await setUp(files, { ...flags, ...names })
    const before = read('.github/workflows/retrain.yml')
    const second = await run(folder, flags)
    expect(new Set(second.results.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']))
    expect(read('.github/workflows/retrain.yml')).toBe(before)
    await run(folder, { ...flags, namespace: 'default', force: true })
    const third = await run(folder, flags)
    expect(new Set(third.results.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']))
  })

  test('the policy is valid, and each input exists in what is called', async () => {
    const { read } = await setUp(files, flags)
    expect(() => parsePolicy({ text: read('retrain-policy.yml'), label: 'policy' }, {})).not.toThrow()
    for (const name of ['retrain', 'rollback', 'reconcile']) {
      const path = `.github/workflows/${name}.yml`
      for (const call of listCalls(read(path)))
        expect(readInputs(call.uses)).toEqual(expect.arrayContaining(Object.keys(call.with)))
      expect(read(path)).not.toMatch(/digits/)
    }
  })
})

test('a workflow with steps of its own keeps its names, and stays even with --force', async () => {
  const names = { 'model-name': 'tickets-eu', release: 'tickets-live', namespace: 'support' }
  const { folder, read } = await setUp(imageTagRepository('tickets'), names)
  const example = readFileSync(checkoutPath('workflows-examples/retrain-image.yml'), 'utf8')
  const own = example
    .replaceAll('model-name: digits', 'model-name: tickets-eu')
    .replaceAll('release: digits', 'release: tickets-live')
    .replace('      - id: train\n', '      - run: ./fetch-data.sh\n      - id: train\n')
  writeAll(folder, { '.github/workflows/retrain.yml': own })
  const second = await run(folder, { force: true })
  expect(second.settings).toMatchObject({
    modelName: 'tickets-eu',
    release: 'tickets-live',
    namespace: 'support',
  })
  expect(read('.github/workflows/retrain.yml')).toBe(own)
  expect(renderReport(second)).toMatch(
    /retrain\.yml stays as it is, even with --force: it has steps of its own/,
  )
  expect(renderReport(second)).not.toMatch(/Read build-image\.sh/)
  const others = second.results.filter(({ path }) => /rollback|reconcile|rbac/.test(path))
  expect(new Set(others.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']))
})

test('only names differ from the example workflows', async () => {
  const { read } = await setUp(deploymentRepository('fraud', createdChart), { namespace: 'default' })
  for (const name of ['rollback', 'reconcile']) {
    const example = readFileSync(checkoutPath(`workflows-examples/${name}.yml`), 'utf8')
    const body = (text: string) => text.slice(text.indexOf('\nname:')).replaceAll('"', "'")
    expect(body(read(`.github/workflows/${name}.yml`))).toBe(body(example).replaceAll('digits', 'fraud'))
  }
})

describe('files that are there', () => {
  test('a file that differs is kept and shown; --force replaces it; --dry-run does not', async () => {
    const folder = createFolder({
      ...deploymentRepository('churn', createdChart),
      'retrain-policy.yml': 'gate:\n  metric: f1\n',
    })
    const kept = await run(folder)
    expect(kept.results).toContainEqual(
      expect.objectContaining({ path: 'retrain-policy.yml', outcome: 'kept' }),
    )
    expect(renderReport(kept)).toMatch(/--- a\/retrain-policy.yml\n[\s\S]*\+ {2}kind: challenger/)
    await run(folder, { force: true, 'dry-run': true })
    expect(readFileSync(join(folder, 'retrain-policy.yml'), 'utf8')).toContain('metric: f1')
    await run(folder, { force: true })
    expect(readFileSync(join(folder, 'retrain-policy.yml'), 'utf8')).toContain('kind: challenger')
  })

  test('the diff of a file has no control characters', async () => {
    const folder = createFolder({
      ...chartlessRepository('x'),
      'retrain-policy.yml': 'gate:\n  metric: f1 # \u001b[2J\n',
    })
    expect(renderReport(await run(folder))).toMatch(/- {2}metric: f1 # \?\[2J/)
  })

  test('--dry-run writes nothing and prints each file', async () => {
    const { folder, text } = await setUp(chartlessRepository('fraud'), { 'dry-run': true })
    expect(() => readFileSync(join(folder, 'retrain-policy.yml'))).toThrow(/ENOENT/)
    expect(text).toMatch(/\+\+\+ b\/retrain-policy.yml/)
  })

  test('a link is not followed', async () => {
    const folder = createFolder(chartlessRepository('fraud'))
    const outside = createFolder({})
    symlinkSync(outside, join(folder, '.github'))
    const { results } = await run(folder)
    expect(results[0]).toMatchObject({ path: '.github/workflows/retrain.yml', outcome: 'link' })
    expect(() => readFileSync(join(outside, 'workflows/retrain.yml'))).toThrow(/ENOENT/)
  })

  test('--apply-chart changes the chart, and a second run finds nothing to do', async () => {
    const { folder, read, outcomes } = await setUp(deploymentRepository('churn', createdChart), {
      'apply-chart': true,
    })
    expect(outcomes).not.toHaveProperty('retrain-chart.patch')
    expect(read('deploy/chart/templates/deployment.yaml')).toContain('name: fetch-model')
    const second = await run(folder)
    expect(second.results.every(({ outcome }) => outcome === 'unchanged')).toBe(true)
    expect(second.plan.chart.kind).toBe('none')
  })
})

describe('what it cannot decide', () => {
  const script = (metric: string) =>
    `import mlflow\nmlflow.log_metric("${metric}", 1)\nmlflow.pyfunc.log_model(None)\n`

  test('two training scripts', async () => {
    const files = { 'a/train.py': script('auc'), 'b/train.py': script('f1') }
    await expect(setUp(files)).rejects.toThrow(/several training scripts: a\/train.py, b\/train.py.*--script/)
    const chosen = await setUp(files, { script: 'b/train.py' })
    expect(chosen.gate().metric).toBe('f1')
    expect((await run(chosen.folder)).results.every(({ outcome }) => outcome === 'unchanged')).toBe(true)
  })

  test('two training scripts with the same command: the earlier run says which', async () => {
    const files = {
      ...{ 'a/train.py': script('auc'), 'a/requirements.txt': '' },
      ...{ 'b/train.py': script('f1'), 'b/requirements.txt': '' },
    }
    const { folder } = await setUp(files, { script: 'b/train.py' })
    expect((await run(folder)).results.every(({ outcome }) => outcome === 'unchanged')).toBe(true)
  })

  test('no training script, or one that is not there', async () => {
    await expect(setUp({ 'a.ipynb': '' })).rejects.toThrow(
      /No training script found.*The notebooks a.ipynb.*--script.*--run/,
    )
    await expect(setUp({ 'train.py': '' }, { script: 'trian.py' })).rejects.toThrow(
      /--script "trian.py": there is no such file/,
    )
    const { inputs, folder } = await setUp({ 'a.ipynb': '' }, { run: 'make train' })
    expect(inputs().run).toBe('make train')
    expect((await run(folder)).results.every(({ outcome }) => outcome === 'unchanged')).toBe(true)
  })

  test('which of several workloads serves the model', async () => {
    const chart = {
      ...createdChart,
      'templates/worker.yaml': createdChart['templates/deployment.yaml'] ?? '',
    }
    const { text, read } = await setUp(deploymentRepository('churn', chart))
    expect(text).toMatch(/The chart has 2 workloads.*--workload KIND\/NAME/)
    expect(text).toMatch(/only a person can place: it has several workloads. retrain-chart.md/)
    expect(read('retrain-chart.md')).toContain('name: fetch-model')
    const named = await setUp(deploymentRepository('churn', chart), { workload: 'deployment/api' })
    expect(named.inputs().workload).toBe('deployment/api')
    expect(named.text).not.toMatch(/The chart has 2 workloads/)
  })

  test('a workload of a kind that the chart has not', async () => {
    const files = deploymentRepository('churn', createdChart)
    await expect(setUp(files, { workload: 'statefulset/api' })).rejects.toThrow(
      /--workload "statefulset\/api": the chart has only Deployment in deploy\/chart\/templates\/deployment.yaml/,
    )
    const { inputs, folder } = await setUp(files, { workload: 'Deployment/api' })
    expect(inputs().workload).toBe('Deployment/api')
    expect((await run(folder)).results.every(({ outcome }) => outcome === 'unchanged')).toBe(true)
  })

  test('the steps try the workflow on this machine before the commit', async () => {
    const { text, folder } = await setUp(chartlessRepository('fraud'))
    expect(text).toMatch(new RegExp(`npm run try -- ${folder}\\. Outcome[^]*Commit the files`))
    const report = await run(folder)
    expect(renderReport({ ...report, root: "/home/ada/it's mine" })).toContain(
      `npm run try -- '/home/ada/it'\\''s mine'. Outcome`,
    )
  })

  test('what a chart of a registry needs', async () => {
    const { text, inputs } = await setUp(chartlessRepository('x'), { chart: 'oci://registry.example/app' })
    expect(inputs().chart).toBe('oci://registry.example/app')
    expect(text).toMatch(/The chart oci:\/\/registry.example\/app must take model.name/)
    expect(text).not.toMatch(/No chart was found/)
  })

  test('two charts', async () => {
    const files = { ...chartlessRepository('x'), 'a/Chart.yaml': 'name: a\n', 'b/Chart.yaml': 'name: b\n' }
    await expect(setUp(files)).rejects.toThrow(/several charts: a, b. Choose one with --chart/)
    await expect(setUp(files, { chart: 'c' })).rejects.toThrow(/--chart "c": is no folder with a Chart.yaml/)
    expect((await setUp(files, { chart: 'b' })).inputs().chart).toBe('b')
  })

  test('a metric of unknown direction', async () => {
    const files = { ...chartlessRepository('x'), 'train.py': script('profit') }
    await expect(setUp(files)).rejects.toThrow(/higher or a lower "profit".*--direction/)
    expect((await setUp(files, { direction: 'higher' })).gate().direction).toBe('higher')
  })

  test('a folder that is missing, is a file, is no git repository, or is inside of one', async () => {
    const folder = createFolder({ ...chartlessRepository('x'), 'ml/train.py': '' })
    await expect(run(join(folder, 'none'))).rejects.toThrow(/There is no folder/)
    await expect(run(join(folder, 'train.py'))).rejects.toThrow(/is a file/)
    await expect(run(join(folder, 'ml'))).rejects.toThrow(/is a folder of the git repository/)
    const plain = await run(createFolder(chartlessRepository('x'), false))
    expect(plain.notes[0]).toMatch(/is not a git repository/)
  })

  test('a holdout that the gate cannot read: it compares logged values, and says why', async () => {
    const files = subfolderRepository('churn')
    files['ml/holdout.csv'] = 'customer,target\n1,0\n2,1\n'
    const { gate, text } = await setUp(files)
    expect(gate()).not.toHaveProperty('evaluate')
    expect(text).toMatch(
      /ml\/holdout.csv and ml\/score.py are not used, and .* cannot read the holdout. .*"id".*--id COLUMN/,
    )
    expect(text).toMatch(/Look at what keeps the holdout from being used/)
    expect((await setUp(files, { id: 'customer' })).gate().holdout).toEqual({
      ...{ path: 'ml/holdout.csv', id: 'customer', label: 'target' },
    })
    await expect(setUp(files, { id: 'row' })).rejects.toThrow(/--id "row": is not one of customer, target/)
  })

  test('on a terminal, it asks for the id column only where none is named id', async () => {
    const files = subfolderRepository('churn')
    const listQuestions = async () => {
      const questions: string[] = []
      await setUp(files, {}, async (question) => {
        questions.push(question)
        return ''
      })
      return questions
    }
    expect(await listQuestions()).not.toContainEqual(expect.stringMatching(/^id column/))
    files['ml/holdout.csv'] = (files['ml/holdout.csv'] ?? '').replace('id,target', 'customer_id,target')
    expect(await listQuestions()).toContain(
      'id column of ml/holdout.csv (customer_id, target, age) [customer_id]: ',
    )
  })

  test('a holdout whose label is not known: it asks for the column', async () => {
    const files = subfolderRepository('churn')
    files['ml/holdout.csv'] = (files['ml/holdout.csv'] ?? '').replace('id,target', 'customer_id,left')
    const { gate, text, folder } = await setUp(files)
    expect(gate()).not.toHaveProperty('evaluate')
    expect(text).toMatch(
      /are not used, .*: which column is the label\? Name it with --label COLUMN \(customer_id, left, age\)/,
    )
    const named = await run(folder, { label: 'left', force: true })
    expect(named.settings.gate.evaluation).toMatchObject({ id: 'customer_id', label: 'left' })
    expect(named.notes.join()).not.toMatch(/are not used/)
  })

  test('a script without metrics: that it logs the assumed one is to check', async () => {
    const files = { 'train.py': 'import mlflow\nmlflow.autolog()\n' }
    const questions: string[] = []
    const { text, gate } = await setUp(files, {}, async (question) => {
      questions.push(question)
      return ''
    })
    expect(gate().metric).toBe('accuracy')
    expect(text).toMatch(
      /metric accuracy is assumed: train.py logs no metric of test data .*score\(X_test, y_test\)/,
    )
    expect(questions).toContain('No metric found in train.py: accuracy is a guess.\nmetric [accuracy]: ')
  })

  test('a metric that the script does not log', async () => {
    const files = { 'train.py': script('rmse') }
    const { text } = await setUp(files, { metric: 'RMSE' })
    expect(text).toMatch(/train.py does not log RMSE, .* It logs rmse. Did you mean --metric rmse\?/)
    expect((await setUp(files)).text).not.toMatch(/does not log/)
  })

  test('a metric that cannot be computed from rows: it compares logged values', async () => {
    const files = subfolderRepository('churn')
    const { gate, text, folder } = await setUp(files, { metric: 'latency_ms', direction: 'lower' })
    expect(text).toMatch(
      /are not used, .*: the gate cannot compute latency_ms from rows.*--metric auc --label target --force/,
    )
    expect(gate()).toEqual({
      ...{ kind: 'challenger', metric: 'latency_ms', direction: 'lower' },
      min_improvement: { relative: 0.01 },
    })
    await run(folder, { metric: 'accuracy', force: true })
    expect(parse(readFileSync(join(folder, 'retrain-policy.yml'), 'utf8')).gate).toHaveProperty('holdout')
  })

  test('a policy that compares rows keeps its id column, and is not replaced by one of logged values', async () => {
    const files = subfolderRepository('churn')
    files['ml/holdout.csv'] = (files['ml/holdout.csv'] ?? '').replace('id,target', 'row,target')
    const { folder, read } = await setUp(files, { id: 'row' })
    const before = read('retrain-policy.yml')
    expect((await run(folder, { force: true })).results.every(({ outcome }) => outcome === 'unchanged')).toBe(
      true,
    )
    writeAll(folder, { 'ml/score.py': '' })
    const unscored = await run(folder, { force: true })
    expect(read('retrain-policy.yml')).toBe(before)
    const text = renderReport(unscored)
    expect(text).toMatch(
      /retrain-policy.yml stays as it is, even with --force: it compares rows of ml\/holdout.csv.*delete it/,
    )
    expect(text).toMatch(/retrain-policy.yml +kept, see above/)
    expect(text).toMatch(/compares both models on the rows of the holdout/)
    rmSync(join(folder, 'retrain-policy.yml'))
    await run(folder)
    expect(read('retrain-policy.yml')).not.toContain('holdout')
  })

  test('a server that loads a fixed version, before and after the patch', async () => {
    const template = (createdChart['templates/deployment.yaml'] ?? '').replace(
      '          ports:',
      '          env:\n            - name: MODEL_URI\n              value: models:/churn/1\n          ports:',
    )
    const chart = { ...createdChart, 'templates/deployment.yaml': template }
    const { text, folder } = await setUp(deploymentRepository('churn', chart), { 'apply-chart': true })
    const note =
      /deployment.yaml gives the server MODEL_URI=models:\/churn\/1: the server would load that version for ever.* Set it to \/model\./
    expect(text).toMatch(note)
    const again = await run(folder)
    expect(again.plan.chart.kind).toBe('none')
    expect(again.notes.join('\n')).toMatch(note)
  })

  test('flags without effect are named', async () => {
    const { text } = await setUp(deploymentRepository('churn', createdChart), {
      direction: 'higher',
      'with-chart': true,
    })
    expect(text).toMatch(/--direction changes nothing/)
    expect(text).toMatch(/--with-chart changes nothing/)
  })
})

describe('names of the repository', () => {
  test('quotes and colons stay one value', async () => {
    const name = `it's "x" #1 & $' 'y'`
    const { inputs, read } = await setUp(chartlessRepository('x'), { 'model-name': name })
    expect(inputs()['model-name']).toBe(name)
    expect(parse(read('.github/workflows/retrain.yml')).name).toBe(`Retrain ${name}`)
    expect(inputs().release).toBe('it-s-x-1-y')
  })

  test('an expression of GitHub is refused as a flag, and not taken from a script', async () => {
    const evil = `\${{ secrets.KUBECONFIG }}`
    await expect(setUp(chartlessRepository('x'), { 'model-name': evil })).rejects.toThrow(
      /^--model-name .*GitHub would evaluate/,
    )
    await expect(setUp(chartlessRepository('x'), { run: `echo ${evil}` })).rejects.toThrow(
      /GitHub would evaluate/,
    )
    const paths = await setUp({ ...chartlessRepository('x'), [`${evil}/Chart.yaml`]: 'name: x\n' })
    expect(paths.inputs().chart).toBe('chart')
    const script = { [`${evil}/train.py`]: chartlessRepository('x')['train.py'] ?? '' }
    await expect(setUp(script)).rejects.toThrow(/No training script found/)
    const { read } = await setUp(chartlessRepository(evil))
    expect(read('.github/workflows/retrain.yml')).not.toContain('secrets.KUBECONFIG }} }')
    expect(parse(read('.github/workflows/retrain.yml')).name).not.toContain('${{')
    const experiment = { ...chartlessRepository('x') }
    experiment['train.py'] += `mlflow.set_experiment("${evil}")\n`
    expect((await setUp(experiment)).inputs()['experiment-name']).toBe('x')
  })

  test('a path that a shell would interpret is refused', async () => {
    const files = { 'train;id.py': chartlessRepository('x')['train.py'] ?? '' }
    await expect(setUp(files)).rejects.toThrow(/characters that a shell interprets/)
  })

  test('an address with letters of a shell is not printed', async () => {
    const files = { ...chartlessRepository('x'), '.env': "MLFLOW_TRACKING_URI=https://a.example/$(id)'\n" }
    const { text } = await setUp(files)
    expect(text).not.toContain('$(id)')
  })

  test('control characters reach neither the terminal nor a patch', async () => {
    const { text } = await setUp({
      ...chartlessRepository('x'),
      '\u001b[31m.ipynb': '',
      'a\u202eb.ipynb': '',
      'a\nb/Chart.yaml': '',
    })
    expect(text.includes('\u001b') || text.includes('\u202e')).toBe(false)
    expect(text).toContain('No chart was found')
  })
})

test('a virtual environment is not read', async () => {
  const files = {
    ...chartlessRepository('x'),
    'env/pyvenv.cfg': '',
    'env/lib/train.py': 'import mlflow\nautolog()\n',
  }
  expect((await setUp(files)).inputs()['model-name']).toBe('x')
})

test('a chart at the root, without values', async () => {
  const { 'values.yaml': _, ...chart } = createdChart
  const { read, inputs } = await setUp({ ...chartlessRepository('x'), ...chart }, { 'apply-chart': true })
  expect(inputs().chart).toBe('.')
  expect(parse(read('values.yaml')).model.version).toBe('')
})

test('the role has the rules of the chart instead of those of the example', async () => {
  const { read } = await setUp(imageTagRepository('ranker'), { namespace: 'shop' })
  const [account, role, binding] = parseAllDocuments(read('retrain-rbac.yaml')).map((each) => each.toJS())
  expect([account.metadata.namespace, role.metadata.namespace]).toEqual(['shop', 'shop'])
  expect(binding.subjects[0].namespace).toBe('shop')
  const resources = role.rules.flatMap((rule: { resources: string[] }) => rule.resources)
  expect(resources).toEqual(expect.arrayContaining(['statefulsets', 'controllerrevisions', 'services']))
  expect(resources).not.toContain('deployments')
})

test('on a terminal it asks for what no flag gives, repeats a question, and offers what it found', async () => {
  const questions: string[] = []
  const answers: Record<string, string[]> = { 'model name': ['a/b', 'fraud'], namespace: ['shop'] }
  const ask: Ask = async (question) => {
    questions.push(question)
    const what = /^[\w ]*\w/.exec(question.split('\n').at(-1) ?? '')?.[0] ?? ''
    return answers[what]?.shift() ?? ''
  }
  const { inputs } = await setUp(deploymentRepository('churn', createdChart), { release: 'live' }, ask)
  expect(inputs()).toMatchObject({ 'model-name': 'fraud', release: 'live', namespace: 'shop' })
  expect(questions).toContain('model name [churn]: ')
  expect(questions.join('')).toMatch(/"a\/b": a model name|"a\/b": is not a model name/)
  expect(questions.join('')).not.toMatch(/Helm release/)
})
