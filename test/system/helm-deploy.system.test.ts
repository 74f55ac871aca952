import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Namespace, openNamespace } from './support/cluster/namespace.ts'

let cluster: Namespace
beforeAll(async () => {
  cluster = await openNamespace()
})
afterAll(() => cluster.close())

// One stream, because the order of lines from two is not defined.
const CRASH = 'exec 1>&2; echo loading; echo token=s3cret-s3cret; echo "no module named pandas"; exit 3'

// Each test has its own release and mostly waits for the cluster, so they run concurrently.
describe.concurrent.each(['helm3', 'helm4'] as const)('with %s', (helm) => {
  const release = `tiny-${helm}`
  let lives = 0

  test('a life cycle: installed, unchanged, upgraded, and rolled back twice', async () => {
    // A new release for each attempt: only then is it a first install.
    lives += 1
    const release = `tiny-${helm}-${lives}`
    const first = await cluster.deploy(helm, { release, 'model-version': '1' })
    expect(first.failure).toBeUndefined()
    expect(first.outputs).toEqual({
      outcome: 'deployed',
      'live-model-version': '1',
      'live-revision': '1',
      'previous-model-version': '',
      'failure-reason': '',
      evidence: '',
      'evidence-name': '',
    })
    expect(readdirSync(first.context.temp)).toEqual([])
    expect(first.context.state).toEqual({ lease: '' })

    const again = await cluster.deploy(helm, { release, 'model-version': '1' })
    expect(again.outputs).toMatchObject({ outcome: 'unchanged', 'live-revision': '1' })
    expect(again.context.state).toEqual({ lease: '' })

    const next = await cluster.deploy(helm, { release, 'model-version': '2' })
    expect(next.outputs).toMatchObject({
      outcome: 'deployed',
      'live-model-version': '2',
      'live-revision': '2',
      'previous-model-version': '1',
    })
    const marks = JSON.parse(
      await cluster.kubectl('get', 'configmap', `retrain-actions.${release}`, '--output', 'json'),
    )
    expect(Object.keys(marks.data)).toEqual(['revision.1', 'revision.2', 'schema'])

    // A server that crashes: the evidence names it, and the previous version serves again.
    const began = Date.now()
    const crash = await cluster.deploy(helm, {
      release,
      'model-version': '3',
      values: JSON.stringify({ serve: CRASH }),
    })
    expect(crash.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': 'CrashLoopBackOff',
      'live-model-version': '2',
      'live-revision': '4',
      'previous-model-version': '2',
    })
    expect(crash.failure?.message).toMatch(
      new RegExp(
        `CrashLoopBackOff \\(exit code 3\\) in pod ${release}-\\S+, container serve.*last log line: "no module named pandas".*revision 2 \\(version 2\\)`,
      ),
    )
    const evidence = JSON.parse(readFileSync(join(crash.outputs.evidence ?? '', 'evidence.json'), 'utf8'))
    expect(evidence).toMatchObject({ revision: 3, diagnosis: { container: 'serve', exitCode: 3 } })
    expect(evidence.logs.some(({ previous }: { previous: boolean }) => previous)).toBe(true)
    // Log lines also come from the pod's status, and reach the log, the error and the summary.
    expect(evidence.diagnosis.message).toContain('token=***')
    expect(crash.context.messages.join('\n')).toContain('token=***')
    const printed = [
      JSON.stringify(evidence),
      crash.summary,
      crash.failure?.message,
      ...crash.context.messages,
    ]
    expect(printed.join('\n')).not.toContain('s3cret-s3cret')
    expect(evidence.events.map(({ reason }: { reason: string }) => reason)).toContain('BackOff')
    expect(await cluster.readVariable(release, 'MODEL_VERSION')).toBe('2')
    // Long before the timeout.
    expect(Date.now() - began).toBeLessThan(55_000)

    // The next failure rolls back to the revision of the last rollback, never to a failed one.
    const image = JSON.stringify({ image: 'retrain-actions/nowhere:1' })
    const missing = await cluster.deploy(helm, { release, 'model-version': '4', values: image })
    expect(missing.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': 'ImagePullBackOff',
      'live-revision': '6',
      'live-model-version': '2',
    })
    expect(missing.failure?.message).toContain('revision 4 (version 2)')
  })

  test('values arrive in the pod byte for byte', async () => {
    const env = {
      COMMAS: 'a=b,c={d},e[0].f\\,g',
      QUOTES: `"double" 'single' \`back\` $HOME $(id)`,
      LINES: 'one\ntwo\n',
      FLOAT: '1e5',
      OCTAL: '007',
      EQUALS: '=x',
      HELM: '{{ value }}',
      DIGITS: '20241113020034123',
      TRAILING_ZERO: '1.10',
      NOTHING: 'null',
      TILDE: '~',
      TRUTH: 'true',
      AGREED: 'yes',
      DATE: '2026-11-21',
      TIME: '12:30:45',
      HEX: '0x1F',
      UNDERSCORE: '1_000',
      MINUS: '-0',
      INFINITY: '.inf',
      EMPTY: '',
      BLANKS: '  two before, a tab\tin between, two after  ',
      UNICODE: 'modèle 模型 🙂 \u00a0',
      COMMENT: 'a # b: c',
      WINDOWS: 'one\r\ntwo',
    }
    // Hand-written YAML, in both kinds of quotes, and a block of text at the end.
    const lines = Object.entries(env).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
    const block = ["  SINGLE: 'it''s 007'", '  BLOCK: |', '    1e5', '    007', '']
    const values = ['model: {name: beaten, version: beaten}', 'env:', ...lines, ...block].join('\n')
    const odd = 'a,{b}.[c]=\\"d\' modèle 模型\u2028 1e5'
    const named = `${release}-bytes`
    const { outputs } = await cluster.deploy(helm, {
      release: named,
      'model-name': odd,
      'model-version': '20241113020034123',
      'pod-tracking-uri': 'http://10.0.0.1:5000/a,b={c}',
      values,
    })
    expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '20241113020034123' })
    expect(await cluster.readVariables(named)).toMatchObject({
      ...env,
      SINGLE: "it's 007",
      BLOCK: '1e5\n007\n',
      MODEL_NAME: odd,
      MODEL_VERSION: '20241113020034123',
      MLFLOW_URI: 'http://10.0.0.1:5000/a,b={c}',
    })
  })

  test('a first install whose init container fails is uninstalled, and its evidence stays', async () => {
    const named = `${release}-first`
    const values = JSON.stringify({ init: 'echo "version 9 has no MLmodel file"; exit 2' })
    const { outputs, failure } = await cluster.deploy(helm, { release: named, 'model-version': '9', values })
    expect(outputs).toMatchObject({
      outcome: 'uninstalled',
      'failure-reason': 'InitContainerFailed',
      'live-revision': '',
      'live-model-version': '',
    })
    expect(failure?.message).toContain('last log line: "version 9 has no MLmodel file"')
    expect(existsSync(join(outputs.evidence ?? '', 'evidence.md'))).toBe(true)
    expect(await cluster.kubectl('get', 'deployments', '--output', 'name')).not.toContain(named)
  })
})
