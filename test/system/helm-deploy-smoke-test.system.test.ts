import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { runStep } from '../bundle/runner.ts'
import { type HelmName, type Namespace, openNamespace, tinyChart } from './support/cluster/namespace.ts'

let cluster: Namespace
beforeAll(async () => {
  cluster = await openNamespace()
})
afterAll(() => cluster.close())

/** A server that adds up a row. Its environment makes it slow, wrong or crash. */
const SERVER = `
import http.server, json, os, socketserver, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(float(os.environ.get("SLOW", "0")))
        if "DIE" in os.environ:
            print("cannot predict", file=sys.stderr, flush=True)
            os._exit(3)
        label = sum(body["rows"][0]) + int(os.environ.get("MORE", "0"))
        said = {"label": label, "version": os.environ["MODEL_VERSION"], "type": self.headers["Content-Type"]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
server = Server(("", 8080), Handler)
if "NEVER" not in os.environ:
    open("/tmp/ready", "w").close()
server.serve_forever()
`
const values = (env: Record<string, string> = {}) =>
  JSON.stringify({ serve: 'exec python3 -c "$SERVER"', port: 8080, env: { ...env, SERVER } })

const goldenRequests = (version: string) => `
- port: 8080
  path: /predict
  body: {rows: [[1, 2, 0.5]]}
  expect:
    json: {label: 3.5, version: "${version}", type: application/json}
    tolerance: 0.001
    within: 2s
- {port: 8080, path: /nothing, expect: {status: 501}}
`

let tries = 0
/** A new release for each attempt: only then is it a first install. */
const newReleaseName = (name: string) => `${name}-${++tries}`

interface Endpoints {
  items: {
    metadata: { labels: Record<string, string> }
    endpoints?: { addresses: string[]; conditions: { ready?: boolean } }[] | null
  }[]
}

/** Observes, until `end`, the smoke test pods and the endpoints of the Services. */
async function recordTraffic(release: string, until: Promise<unknown>) {
  const seen = { trials: 0, reached: [] as string[], named: 0 }
  let over = false
  const end = () => {
    over = true
  }
  void until.then(end, end)
  while (!over) {
    const path = 'jsonpath={.items[*].status.podIP}'
    const tried = await cluster.kubectl(
      ...['get', 'pods', '--selector', `retrain-actions.github.io/smoke-test=${release}`, '--output', path],
    )
    const ips = tried.split(' ').filter(Boolean)
    const { items }: Endpoints = JSON.parse(
      await cluster.kubectl('get', 'endpointslices', '--output', 'json'),
    )
    for (const { metadata, endpoints } of items)
      for (const { addresses, conditions } of endpoints ?? []) {
        if (!addresses.some((address) => ips.includes(address))) continue
        const service = metadata.labels['kubernetes.io/service-name'] ?? ''
        if (service === release || conditions.ready) seen.reached.push(service)
        else seen.named += 1
      }
    seen.trials += ips.length
    await wait(200)
  }
  return seen
}

/** Reads the state of a release that a rejected deployment must not change. */
async function deployHealthy(helm: HelmName, release: string) {
  const path = 'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].restartCount}{end}'
  const [history, pods, leftover] = await Promise.all([
    cluster.helm(helm, 'history', release, '--output', 'json'),
    cluster.kubectl('get', 'pods', '--selector', `app=${release}`, '--output', path),
    listSmokeTestPods(release),
  ])
  return { history, pods, leftover }
}

/** Smoke test pods that are not being deleted. */
async function listSmokeTestPods(release: string): Promise<string[]> {
  const { items } = JSON.parse(
    await cluster.kubectl(
      ...['get', 'pods', '--selector', `retrain-actions.github.io/smoke-test=${release}`, '--output', 'json'],
    ),
  )
  return items
    .filter(({ metadata }: { metadata: { deletionTimestamp?: string } }) => !metadata.deletionTimestamp)
    .map(({ metadata }: { metadata: { name: string } }) => metadata.name)
}

test.concurrent.each(['helm3', 'helm4'] as const)(
  'a candidate must pass the smoke test before it is rolled out, with %s',
  async (helm) => {
    const release = newReleaseName(`verify-${helm}`)
    const deploy = (version: string, env: Record<string, string>, more: Record<string, string> = {}) =>
      cluster.deploy(helm, {
        release,
        'model-version': version,
        values: values(env),
        verify: goldenRequests(version),
        ...more,
      })

    const first = await deploy('1', {})
    expect(first.failure).toBeUndefined()
    expect(first.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '1' })
    expect(first.summary).toMatch(/Golden request 1, POST \/predict on port 8080.{1,9} status 200 in \d+ ms/)
    expect(first.context.state).toEqual({ 'smoke-test': '', lease: '' })

    // A foreign Service whose selector matches the pod.
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `elsewhere-${release}` },
      spec: {
        selector: { 'retrain-actions.github.io/smoke-test': release },
        ports: [{ port: 80, targetPort: 8080 }],
      },
    })
    const before = await deployHealthy(helm, release)
    expect(before.leftover).toEqual([])

    const wrong = deploy('2', { MORE: '1', SLOW: '0.9' })
    const seen = await recordTraffic(release, wrong)
    expect((await wrong).outputs).toMatchObject({
      outcome: 'refused',
      'failure-reason': 'SmokeTestFailed',
      'live-model-version': '1',
      'live-revision': '1',
    })
    expect((await wrong).failure?.message).toContain('label is 4.5, expected 3.5')
    expect(seen.trials).toBeGreaterThan(0)
    expect(seen.named).toBeGreaterThan(0)
    expect(seen.reached).toEqual([])
    expect(await deployHealthy(helm, release)).toEqual(before)

    const crash = await deploy('3', { DIE: '1' })
    expect(crash.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'CrashLoopBackOff' })
    expect(crash.failure?.message).toMatch(/exit code 3.*last log line: "cannot predict"/)
    const evidence = JSON.parse(readFileSync(join(crash.outputs.evidence ?? '', 'evidence.json'), 'utf8'))
    expect(evidence.logs.map(({ text }: { text: string }) => text).join()).toContain('cannot predict')

    const slow = await deploy('4', { SLOW: '4' })
    expect(slow.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'SmokeTestFailed' })
    expect(slow.failure?.message).toContain('no response within 2000 ms')

    const never = await deploy('5', { NEVER: '1' }, { timeout: '40s' })
    expect(never.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'ReadinessProbeFailed' })
    expect(await deployHealthy(helm, release)).toEqual(before)

    const right = await deploy('6', {})
    expect(right.outputs).toMatchObject({
      outcome: 'deployed',
      'live-model-version': '6',
      'live-revision': '2',
    })
    expect(await listSmokeTestPods(release)).toEqual([])
  },
)

test.concurrent('a smoke test pod that the cluster rejects is reported with the reason, and marks no version as failed', async () => {
  const release = newReleaseName('verify-room')
  const deploy = (env: Record<string, string>, more: object, timeout = '60s') =>
    cluster.deploy('helm4', {
      timeout,
      release,
      'model-version': '1',
      values: JSON.stringify({ ...JSON.parse(values(env)), ...more }),
      verify: goldenRequests('1'),
    })
  const full = await deploy({}, { cpu: '1000' }, '8s')
  expect(full.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'Unschedulable' })
  const missing = await deploy({}, { image: 'retrain-actions/nowhere:1' })
  expect(missing.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'ImagePullBackOff' })
  const rejected = await deploy({}, { serviceAccount: 'gone' })
  expect(rejected.outputs).toMatchObject({ outcome: 'refused', 'failure-reason': 'FailedCreate' })
  expect(await listSmokeTestPods(release)).toEqual([])
  expect(JSON.parse(await cluster.helm('helm4', 'list', '--filter', release, '--output', 'json'))).toEqual([])
})

test.concurrent.each([
  ['SIGKILL', undefined],
  ['SIGINT', 'Cancelled'],
] as const)('after a %s in the middle, nothing is left of it', async (signal, reason) => {
  const release = newReleaseName(`verify-${signal.toLowerCase()}`)
  const temp = mkdtempSync(join(tmpdir(), 'verify-'))
  const inputs = {
    namespace: cluster.namespace,
    chart: tinyChart,
    release,
    kubeconfig: readFileSync(cluster.rig.kubernetes.kubeconfig, 'utf8'),
    'model-name': 'tiny',
    'model-version': '2',
    'require-verdict': 'false',
    values: values({ NEVER: '1' }),
    verify: goldenRequests('2'),
  }
  const env = { PATH: cluster.environment('helm4').PATH, RUNNER_TEMP: temp, GITHUB_RUN_ID: '5' }
  const dist = inject('dist')
  const when = /smoke test: 0 of 1 new pods ready/
  const main = await runStep(join(dist, 'helm-deploy.js'), { inputs, env, signals: [{ signal, when }] })
  expect([main.signal, main.outputs['failure-reason']]).toEqual(
    reason ? [null, reason] : ['SIGKILL', undefined],
  )
  expect(await listSmokeTestPods(release)).toHaveLength(reason ? 0 : 1)
  await runStep(join(dist, 'helm-deploy-post.js'), { inputs, env, state: main.state })
  expect(await listSmokeTestPods(release)).toEqual([])
  expect(JSON.parse(await cluster.helm('helm4', 'list', '--filter', release, '--output', 'json'))).toEqual([])
  expect(readdirSync(temp)).toEqual([])
})
