import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { commitAll, createRepository, runWorkflow } from '../../rig/act/index.ts'
import { type GitHub, startGitHub, type WorkflowStart } from '../../rig/github/index.ts'
import { repository } from '../../rig/paths.ts'

const WORKFLOWS = ['monitor.yml', 'validate.yml', 'retrain.yml'].map((name) =>
  join(repository, 'workflows-examples', name),
)
const retrainings: WorkflowStart[] = []
let root = ''
let github: GitHub

/** Rows of one column that repeat 0 to 99 in a fixed order without a trend, moved by `shift`. */
const writeTable = (column: string, shift: number) =>
  `${[column, ...Array.from({ length: 400 }, (_, row) => ((row * 37) % 100) + shift)].join('\n')}\n`

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'data-workflows-'))
  github = await startGitHub({
    repository: 'shop/digits',
    token: 'sesame',
    workflows: join(repository, 'workflows-examples'),
    onStart: async (started) => {
      if (started.workflow === 'retrain.yml') retrainings.push(started)
    },
  })
})
beforeEach(() => {
  retrainings.length = 0
})
afterAll(async () => {
  await github.close()
  await rm(root, { recursive: true, force: true })
})

/** Runs an example, unmodified, in a repository with these files. */
async function run(workflow: string, files: Record<string, string>) {
  const folder = await mkdtemp(join(root, 'user-'))
  await createRepository(folder, { name: 'shop/digits', workflows: WORKFLOWS })
  await mkdir(join(folder, 'data'))
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text)
  await commitAll(folder, 'Add the data')
  const result = await runWorkflow({
    event: 'workflow_dispatch',
    repository: folder,
    workflow,
    dist: inject('dist'),
    secrets: { GITHUB_TOKEN: 'sesame' },
    env: { GITHUB_API_URL: github.url },
  })
  await github.idle()
  return result
}

const monitor = (column: string, shift: number) =>
  run('monitor.yml', {
    'data/reference.csv': writeTable('size', 0),
    'fetch.sh': `cat > data/current.csv <<'END'\n${writeTable(column, shift)}END\n`,
  })

test('monitor.yml requests a retraining of drifted data, with reason, source and dedupe key', async () => {
  const result = await monitor('size', 60)
  expect(result.exitCode, result.log).toBe(0)
  expect(retrainings).toMatchObject([
    {
      workflow: 'retrain.yml',
      payload: {
        action: 'model-performance-drop',
        client_payload: {
          model_name: 'digits',
          source: 'drift',
          trigger_reason: result.step('drift').outputs.reason,
          dedupe_key: expect.stringMatching(/^drift_triggered_\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
        },
      },
    },
  ])
})

test('monitor.yml requests nothing for unchanged data, and says so in the summary', async () => {
  const result = await monitor('size', 0.5)
  expect(result.exitCode, result.log).toBe(0)
  expect(result.step('drift').outputs).toMatchObject({ 'drift-detected': 'false' })
  expect(result.summary).toMatch(/no drift|stable|inconclusive/i)
  expect(retrainings).toEqual([])
})

test('monitor.yml fails and requests nothing if the data cannot be compared', async () => {
  const result = await run('monitor.yml', {
    'data/reference.csv': writeTable('size', 0),
    'fetch.sh': 'printf "size\\n1,2\\n" > data/current.csv\n',
  })
  expect(result.exitCode, result.log).not.toBe(0)
  expect(result.step('drift').outputs).toMatchObject({ verdict: 'error' })
  expect(retrainings).toEqual([])
})

test('validate.yml accepts valid data, and names the failed checks of broken data', async () => {
  const schema = 'columns:\n  size: {type: number, min: 0, max: 120}\n'
  const valid = await run('validate.yml', { 'data/a.csv': writeTable('size', 0), 'data-schema.yml': schema })
  expect(valid.exitCode, valid.log).toBe(0)
  expect(valid.step('validate').outputs).toMatchObject({ valid: 'true' })
  const broken = await run('validate.yml', {
    'data/a.csv': writeTable('size', 60),
    'data-schema.yml': schema,
  })
  expect(broken.exitCode, broken.log).not.toBe(0)
  expect(broken.step('validate').outputs).toMatchObject({ valid: 'false' })
})
