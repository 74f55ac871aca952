import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRepository, runWorkflow } from '../../rig/act/index.ts'
import pins from '../../rig/actions/pins.json' with { type: 'json' }
import { up } from '../../rig/index.ts'
import { listProcesses } from '../../rig/process/process-table.ts'

const uses = (action: keyof typeof pins) => `${action}@${pins[action].sha}`

/** A suite with the same structure: an action with main and post, a composite, a reusable workflow. */
const suiteFiles = {
  'actions/greet/action.yml': `
name: greet
description: Greets.
inputs: { who: { description: Whom., required: true } }
outputs: { greeting: { description: What was said. } }
runs: { using: node24, main: ../../dist/greet.mjs, post: ../../dist/greet.mjs }`,
  'dist/greet.mjs': `
import { appendFileSync } from 'node:fs'
const { env } = process
if (env.STATE_main) {
  console.log('post of ' + env.STATE_main)
} else {
  appendFileSync(env.GITHUB_STATE, 'main=' + env.INPUT_WHO + '\\n')
  appendFileSync(env.GITHUB_OUTPUT, 'greeting<<END\\nhello ' + env.INPUT_WHO + '\\nand more\\nEND\\n')
  appendFileSync(env.GITHUB_STEP_SUMMARY, '## Greeted ' + env.INPUT_WHO + '\\n')
  console.log('::warning title=Careful::odd%0Aname')
  console.log('node ' + process.version + ' has ' + Object.keys(env).join(' '))
}`,
  'actions/twice/action.yml': `
name: twice
description: A composite that calls its sibling.
inputs: { who: { description: Whom., required: true } }
outputs: { greeting: { description: What was said., value: '\${{ steps.greet.outputs.greeting }}' } }
runs:
  using: composite
  steps:
    - { id: greet, uses: org/retrain-actions/actions/greet@v1, with: { who: '\${{ inputs.who }}' } }`,
  '.github/workflows/inner.yml': `
on:
  workflow_call:
    inputs: { who: { type: string, required: true } }
    outputs: { greeting: { value: '\${{ jobs.work.outputs.greeting }}' } }
jobs:
  work:
    runs-on: ubuntu-latest
    outputs: { greeting: '\${{ steps.twice.outputs.greeting }}' }
    steps:
      - uses: ${uses('actions/checkout')}
      - { id: python, uses: '${uses('actions/setup-python')}', with: { python-version: '3.12' } }
      - { id: imports, run: 'cat data/kept.txt; python -c "import mlflow, sys; print(sys.prefix)"' }
      - { id: twice, uses: org/retrain-actions/actions/twice@v1, with: { who: '\${{ inputs.who }}' } }
      - { uses: '${uses('actions/upload-artifact')}', with: { name: kept, path: data } }
  skipped:
    if: false
    runs-on: ubuntu-latest
    steps: [{ run: echo never }]`,
}

const callerFile = `
name: Caller
on: { repository_dispatch: { types: [greet] } }
jobs:
  call:
    uses: org/retrain-actions/.github/workflows/inner.yml@v1
    with: { who: '\${{ github.event.client_payload.who }}' }
  report:
    needs: call
    runs-on: ubuntu-latest
    steps:
      - { uses: '${uses('actions/download-artifact')}', with: { name: kept, path: back } }
      - id: say
        env: { SAID: '\${{ needs.call.outputs.greeting }}', HUSH: '\${{ secrets.HUSH }}' }
        run: echo "$SAID of run $GITHUB_RUN_ID, $HUSH"; cat back/kept.txt; git config user.name || true
      - { id: fails, if: github.event.client_payload.fail, run: exit 3 }`

const lingeringWorkflow = `
on: { workflow_dispatch: { inputs: { slow: { type: boolean } } } }
jobs:
  linger:
    runs-on: ubuntu-latest
    steps:
      - id: quick
        run: setsid -f sleep 86399 && sleep 0.2
      - id: slow
        if: inputs.slow
        run: sleep 86398`

const writeFiles = async (root: string, files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

describe('runWorkflow', () => {
  let root = ''
  let suite = ''
  let repository = ''

  beforeAll(async () => {
    await up({ only: ['tools', 'mlflow'] })
    root = await mkdtemp(join(tmpdir(), 'act-test-'))
    suite = join(root, 'suite')
    await writeFiles(suite, suiteFiles)
    await writeFiles(root, {
      'caller.yml': callerFile,
      'lingering.yml': lingeringWorkflow,
      'data/kept.txt': 'kept\n',
    })
    repository = await createRepository(join(root, 'user'), {
      name: 'shop/digits',
      files: { data: join(root, 'data') },
      workflows: [join(root, 'caller.yml'), join(root, 'lingering.yml')],
    })
  }, 600_000)

  afterAll(() => rm(root, { recursive: true, force: true }))

  const dispatch = (clientPayload: Record<string, unknown>) =>
    runWorkflow({
      ...{ event: 'repository_dispatch', repository, workflow: 'caller.yml', suite, runId: '4711' },
      payload: { action: 'greet', client_payload: clientPayload },
      secrets: { HUSH: 'quiet-please' },
    })

  it('passes outputs through an action, a composite and a reusable workflow, and records the log of each step', async () => {
    const run = await dispatch({ who: 'world' })
    expect(run.problems).toEqual([])
    expect(run.exitCode).toBe(0)
    expect(run.jobs.map(({ id, result }) => [id, result])).toEqual([
      ['call', undefined],
      ['work', 'success'],
      ['report', 'success'],
    ])
    expect(run.step('twice').outputs).toEqual({ greeting: 'hello world\nand more' })
    expect(run.step('say').log).toContain('hello world\nand more of run 4711, ***\nkept\n')
    expect(run.step('imports').log).toMatch(/^kept\n.*\/mlflow\n$/)
    expect(run.summary).toBe('## Greeted world\n')
    expect(run.log).toContain('post of world')
    expect(run.log).toMatch(/node v24\.\d+\.\d+ has/)
    expect(run.log).not.toContain('VITEST')
    expect(run.log).not.toContain('quiet-please')
    const annotations = run.steps.flatMap((step) => step.annotations)
    expect(annotations).toEqual([{ level: 'warning', title: 'Careful', message: 'odd\nname' }])
  }, 60_000)

  it('reports the failed step and the failed run', async () => {
    const run = await dispatch({ who: 'world', fail: true })
    expect(run.exitCode).toBe(1)
    expect(run.step('fails').result).toBe('failure')
    expect(run.jobs.at(-1)).toMatchObject({ id: 'report', result: 'failure' })
    expect(() => run.step('nowhere')).toThrow(
      '0 steps of the run have the id nowhere in stage Main; there are work: ',
    )
  }, 60_000)

  it('kills all processes after a run and after a timeout', async () => {
    const linger = (slow: string, timeoutSeconds: number) =>
      runWorkflow({
        ...{ event: 'workflow_dispatch', repository, workflow: 'lingering.yml', suite },
        ...{ inputs: { slow }, timeoutSeconds },
      })
    const sleeping = async () => {
      const commands = (await listProcesses()).map(({ pid }) =>
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      )
      return (await Promise.all(commands)).filter((command) => /sleep\0?8639/.test(command))
    }
    expect(await linger('false', 30)).toMatchObject({ exitCode: 0, timedOut: false })
    expect(await sleeping()).toEqual([])
    const late = await linger('true', 3)
    expect(late).toMatchObject({ timedOut: true, exitCode: null })
    expect(late.step('slow').result).toBeUndefined()
    expect(late.seconds).toBeLessThan(10)
    expect(await sleeping()).toEqual([])
  }, 60_000)
})
