import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseOptions } from './options.ts'
import { planTry } from './plan.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'try-'))
  await mkdir(join(folder, '.github/workflows'), { recursive: true })
  await writeFile(
    join(folder, '.github/workflows/retrain.yml'),
    `
on: workflow_dispatch
jobs:
  retrain:
    uses: org/retrain-actions/.github/workflows/retrain.yml@v1
    with: { tracking-uri: '\${{ vars.MLFLOW_TRACKING_URI }}', release: '\${{ vars.RELEASE }}' }
    secrets: { kubeconfig: '\${{ secrets.KUBECONFIG }}' }
  report:
    steps: [{ run: 'notify', env: { HOOK: '\${{ secrets.SLACK_HOOK }}' } }]`,
  )
})
afterEach(() => rm(folder, { recursive: true }))

const plan = (...args: string[]) => {
  const options = parseOptions(['.', ...args])
  if (options === 'help') throw new Error('no options')
  return planTry(options, folder)
}

test('values that are missing are listed before anything starts, with the file to write', async () => {
  await expect(plan()).rejects.toThrow(
    `retrain.yml reads values that the rig does not have: secret SLACK_HOOK, variable RELEASE. Add a line NAME=value for each to ${join(folder, '.retrain-try.env')}`,
  )
})

test('the file in the folder is read, or the one that is named', async () => {
  await writeFile(join(folder, '.retrain-try.env'), '# try\nSLACK_HOOK=\nexport RELEASE="a\nb"\n')
  expect((await plan()).given).toEqual({ SLACK_HOOK: '', RELEASE: 'a\nb' })
  await writeFile(join(folder, 'other.env'), 'SLACK_HOOK=x\nRELEASE=y')
  expect(await plan('--env-file', 'other.env')).toMatchObject({
    given: { SLACK_HOOK: 'x', RELEASE: 'y' },
    envFile: join(folder, 'other.env'),
  })
  await expect(plan('--env-file', 'none.env')).rejects.toThrow('cannot read')
})

test('a job in a container is refused', async () => {
  const container =
    'on: workflow_dispatch\njobs: { a: { container: x, steps: [{ uses: org/retrain-actions@v1 }] } }'
  await writeFile(join(folder, '.github/workflows/container.yml'), container)
  await expect(plan('container.yml')).rejects.toThrow('container.yml runs a in a container')
})
