import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contract } from '../../actions/helm-deploy/contract.ts'
import { main } from '../../actions/helm-deploy/main.ts'
import { type Rig, up } from '../../rig/index.ts'
import { repository } from '../../rig/places.ts'
import { runTool } from '../../src/adapters/process/run-tool.ts'
import { inputsOf, job } from './action-call.ts'

let rig: Rig
const namespace = `deploy-${randomUUID().slice(0, 8)}`
const chart = join(repository, 'test/system/charts/tiny')

beforeAll(async () => {
  rig = await up()
  await kubectl('create', 'namespace', namespace)
})
afterAll(async () => {
  await kubectl('delete', 'namespace', namespace, '--wait=false')
})

const environment = (helm: 'helm3' | 'helm4') => ({
  ...process.env,
  PATH: [dirname(rig.tools[helm]), dirname(rig.tools.kubectl), process.env.PATH].join(':'),
})

async function kubectl(...args: string[]): Promise<string> {
  const flags = ['--kubeconfig', rig.kubernetes.kubeconfig, '--namespace', namespace]
  const result = await runTool(rig.tools.kubectl, [...flags, ...args], { env: process.env, timeout: 60_000 })
  if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`)
  return result.stdout
}

/** Deploys as a workflow would, with the kubeconfig as text, and gives what the action said and left. */
async function deploy(helm: 'helm3' | 'helm4', given: Record<string, string>) {
  const states: Record<string, string>[] = []
  const context = job({
    env: environment(helm),
    saveState: (name, value) => void states.push({ [name]: value }),
  })
  const inputs = inputsOf(contract, {
    namespace,
    chart,
    kubeconfig: readFileSync(rig.kubernetes.kubeconfig, 'utf8'),
    'model-name': 'tiny',
    'require-verdict': 'false',
    timeout: '60s',
    ...given,
  })
  const outcome = await main(inputs, context)
  return {
    outcome,
    states,
    context,
    left: readdirSync(context.temp).filter((name) => !name.includes('evidence')),
  }
}

/** The value of a variable of the server, as the running container itself has it. */
async function variable(release: string, name: string): Promise<string> {
  const pod = await kubectl(
    'get',
    'pods',
    '--selector',
    `app=${release}`,
    '--output',
    'jsonpath={.items[0].metadata.name}',
  )
  const text = await kubectl('exec', pod, '--container', 'serve', '--', 'sh', '-c', `printf %s. "$${name}"`)
  return text.slice(0, -1)
}

const CRASH = 'echo loading; echo token=s3cret-s3cret; echo "no module named pandas" >&2; exit 3'

describe.each(['helm3', 'helm4'] as const)('with %s', (helm) => {
  const release = `tiny-${helm}`

  test('installs, does nothing when asked again, upgrades', async () => {
    const first = await deploy(helm, { release, 'model-version': '1' })
    expect(first.outcome.failure).toBeUndefined()
    expect(first.outcome.outputs).toEqual({
      outcome: 'deployed',
      'live-model-version': '1',
      'live-revision': '1',
      'previous-model-version': '',
      'failure-reason': '',
      evidence: '',
    })
    expect(first.left).toEqual([])
    expect(first.states.at(-1)).toEqual({ rollout: '' })

    const again = await deploy(helm, { release, 'model-version': '1' })
    expect(again.outcome.outputs).toMatchObject({ outcome: 'unchanged', 'live-revision': '1' })
    expect(again.states).toEqual([])

    const next = await deploy(helm, { release, 'model-version': '2' })
    expect(next.outcome.outputs).toMatchObject({
      outcome: 'deployed',
      'live-model-version': '2',
      'live-revision': '2',
      'previous-model-version': '1',
    })
    const marks = JSON.parse(
      await kubectl('get', 'configmap', `retrain-actions.${release}`, '--output', 'json'),
    )
    expect(Object.keys(marks.data)).toEqual(['v1', 'v2'])
  })

  test('a server that crashes: evidence names it, and the version before serves again', async () => {
    const began = Date.now()
    const { outcome } = await deploy(helm, {
      release,
      'model-version': '3',
      values: JSON.stringify({ serve: CRASH }),
    })
    expect(outcome.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': 'CrashLoopBackOff',
      'live-model-version': '2',
      'live-revision': '4',
      'previous-model-version': '2',
    })
    expect(outcome.failure?.message).toMatch(
      new RegExp(
        `CrashLoopBackOff \\(exit code 3\\) in pod ${release}-\\S+, container serve.*last words: "no module named pandas".*revision 2 \\(version 2\\)`,
      ),
    )
    const evidence = JSON.parse(readFileSync(join(outcome.outputs.evidence ?? '', 'evidence.json'), 'utf8'))
    expect(evidence).toMatchObject({ revision: 3, diagnosis: { container: 'serve', exitCode: 3 } })
    expect(evidence.logs.some(({ previous }: { previous: boolean }) => previous)).toBe(true)
    expect(JSON.stringify(evidence)).not.toContain('s3cret-s3cret')
    expect(evidence.events.map(({ reason }: { reason: string }) => reason)).toContain('BackOff')
    expect(await variable(release, 'MODEL_VERSION')).toBe('2')
    // Long before the time was over.
    expect(Date.now() - began).toBeLessThan(55_000)
  })

  test('the next failure goes back to the revision that was gone back to, never to a failed one', async () => {
    const image = JSON.stringify({ image: 'retrain-actions/nowhere:1' })
    const { outcome } = await deploy(helm, { release, 'model-version': '4', values: image })
    expect(outcome.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': 'ImagePullBackOff',
      'live-revision': '6',
      'live-model-version': '2',
    })
    expect(outcome.failure?.message).toContain('revision 4 (version 2)')
  })

  test('values arrive in the pod as they were written, to the byte', async () => {
    const env = {
      COMMAS: 'a=b,c={d},e[0].f\\,g',
      QUOTES: `"double" 'single' \`back\` $HOME $(id)`,
      LINES: 'one\ntwo\n',
      FLOAT: '1e5',
      OCTAL: '007',
      EQUALS: '=x',
      HELM: '{{ .Values.image }}',
    }
    const odd = 'a,{b}.[c]=\\"d\' 1e5'
    const named = `${release}-bytes`
    const { outcome } = await deploy(helm, {
      release: named,
      'model-name': odd,
      'model-version': '20241113020034123',
      'pod-tracking-uri': 'http://10.0.0.1:5000/a,b={c}',
      values: JSON.stringify({ env, model: { name: 'beaten', version: 'beaten' } }),
    })
    expect(outcome.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '20241113020034123' })
    expect(await variable(named, 'MODEL_NAME')).toBe(odd)
    expect(await variable(named, 'MODEL_VERSION')).toBe('20241113020034123')
    expect(await variable(named, 'MLFLOW_URI')).toBe('http://10.0.0.1:5000/a,b={c}')
    for (const [name, value] of Object.entries(env)) expect(await variable(named, name)).toBe(value)
  })

  test('a first install whose init container fails is uninstalled, its evidence stays', async () => {
    const named = `${release}-first`
    const values = JSON.stringify({ init: 'echo "version 9 has no MLmodel file"; exit 2' })
    const { outcome } = await deploy(helm, { release: named, 'model-version': '9', values })
    expect(outcome.outputs).toMatchObject({
      outcome: 'uninstalled',
      'failure-reason': 'InitContainerFailed',
      'live-revision': '',
      'live-model-version': '',
    })
    expect(outcome.failure?.message).toContain('last words: "version 9 has no MLmodel file"')
    expect(existsSync(join(outcome.outputs.evidence ?? '', 'evidence.md'))).toBe(true)
    expect(await kubectl('get', 'deployments', '--output', 'name')).not.toContain(named)
  })
})
