import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../process/command.ts'
import { replaceConnections } from './connections.ts'

let suite = ''
beforeEach(async () => {
  suite = await mkdtemp(join(tmpdir(), 'connections-'))
  await mkdir(join(suite, 'dist'))
  await writeFile(join(suite, 'dist/package.json'), '{"type":"module"}')
  await writeFile(
    join(suite, 'dist/index.js'),
    `const inputs = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('INPUT_')))
export const start = (name) => console.log(JSON.stringify(inputs()))`,
  )
  await writeFile(
    join(suite, 'dist/deploy.js'),
    `import { start } from './index.js'\nawait start("deploy", "main")\n`,
  )
})
afterEach(() => rm(suite, { recursive: true }))

/** Runs the entry point of an action with inputs, as a runner passes them. */
const readInputs = async (inputs: Record<string, string>) => {
  await replaceConnections(suite, {
    trackingUri: 'http://rig',
    kubeconfig: '{"of": "the rig"}',
    kept: ['http://mine', 'my config', ''],
  })
  const variables = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  const printed = await run([process.execPath, join(suite, 'dist/deploy.js')], {
    env: Object.fromEntries(variables),
  })
  return JSON.parse(printed)
}

test('the servers of a workflow are replaced, with everything that belongs to them', async () => {
  const inputs = {
    'tracking-uri': 'https://mlflow.example.com',
    'tracking-token': 'secret',
    'pod-tracking-uri': 'https://inside.example.com',
    kubeconfig: '',
    'kube-context': 'production',
    release: 'fraud',
  }
  expect(await readInputs(inputs)).toEqual({
    'INPUT_TRACKING-URI': 'http://rig',
    'INPUT_TRACKING-TOKEN': '',
    'INPUT_POD-TRACKING-URI': '',
    INPUT_KUBECONFIG: '{"of": "the rig"}',
    'INPUT_KUBE-CONTEXT': '',
    INPUT_RELEASE: 'fraud',
  })
})

test('a server that the user named for the try is kept', async () => {
  const inputs = {
    'tracking-uri': 'http://mine',
    'tracking-token': 't',
    kubeconfig: 'my config',
    'kube-context': 'kind',
  }
  expect(await readInputs(inputs)).toEqual({
    'INPUT_TRACKING-URI': 'http://mine',
    'INPUT_TRACKING-TOKEN': 't',
    INPUT_KUBECONFIG: 'my config',
    'INPUT_KUBE-CONTEXT': 'kind',
  })
})

test('an action without these inputs gets none', async () => {
  expect(await readInputs({ 'model-name': 'fraud' })).toEqual({ 'INPUT_MODEL-NAME': 'fraud' })
})
