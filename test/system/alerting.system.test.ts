import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { parseEvent } from '../../actions/trigger/event-payload.ts'
import {
  type Alerting,
  createAlertmanagerFiles,
  readExampleFile,
  startAlerting,
} from '../../rig/alerting/index.ts'
import { stopServer } from '../../rig/alerting/server.ts'
import { startAlertmanager } from '../../rig/alertmanager/index.ts'
import { type GitHub, startGitHub, type WorkflowStart } from '../../rig/github/index.ts'
import { type Rig, up } from '../../rig/index.ts'
import { repository } from '../../rig/paths.ts'
import { run, tryRun } from '../../rig/process/command.ts'
import { readLogTail, waitUntil } from '../../rig/process/daemon.ts'
import { resolveRequest } from '../../src/domain/trigger/request.ts'
import { listWebhookFailures, postAlert } from './support/alertmanager-client.ts'
import { type Exporter, renderMetrics, startExporter } from './support/metrics-exporter.ts'

const examples = join(repository, 'examples/alerting')
const namespace = 'alerting-test'
const hostileName = 'dig"its\n{{ 1 }}: $(reboot) \\ ☃'
const models = [
  { model_name: 'digits', model_version: '10', accuracy: 0.41, samples: 150 },
  { model_name: 'digits', model_version: '9', accuracy: 0.95, samples: 200 },
  { model_name: 'new', model_version: '1', accuracy: 0.1, samples: 99 },
  { model_name: 'silent', model_version: '1', accuracy: Number.NaN, samples: 0 },
  { model_name: hostileName, model_version: '1', accuracy: 0.2, samples: 150 },
]
const workflows = {
  'retrain.yml': 'on: { repository_dispatch: { types: [model-performance-drop] } }',
  'rollback.yml': 'on: { repository_dispatch: { types: [performance-alert] } }',
}

type Series = { metric: Record<string, string>; value: [number, string] }
type Answer = { status: string; error?: string; data?: { result: Series[] } }
type ClientPayload = Record<string, string> & {
  alert: { name: string; labels: Record<string, string>; annotations: Record<string, string> }
}

describe('alerts reach GitHub', () => {
  const began = Date.now()
  const started: WorkflowStart[] = []
  let folder = ''
  let rig: Partial<Rig>
  let github: GitHub
  let exporter: Exporter
  let alerting: Alerting
  const known = () => ({ url: github.url, repository: 'shop/digits', token: 'sesame' })

  beforeAll(async () => {
    rig = await up({ only: ['kubernetes', 'alerting'] })
    folder = await mkdtemp(join(tmpdir(), 'alerting-'))
    for (const [name, text] of Object.entries(workflows)) await writeFile(join(folder, name), text)
    exporter = await startExporter(models)
    const onStart = async (start: WorkflowStart) => void started.push(start)
    github = await startGitHub({ repository: 'shop/digits', token: 'sesame', workflows: folder, onStart })
    alerting = await startAlerting({ rig, github: known(), targets: [exporter.target] })
  }, 600_000)

  afterAll(async () => {
    await alerting.stop()
    await stopServer('alertmanager-fixed-body')
    await kubectl('delete', 'namespace', namespace, '--wait=false', '--ignore-not-found')
    exporter.close()
    await github.close()
    await rm(folder, { recursive: true })
  })

  const kubectl = (...args: string[]) =>
    run([`${rig.tools?.kubectl}`, ...args], { env: { KUBECONFIG: rig.kubernetes?.kubeconfig } })
  const apply = (object: unknown) =>
    run([`${rig.tools?.kubectl}`, 'apply', '-f', '-'], {
      env: { KUBECONFIG: rig.kubernetes?.kubeconfig },
      input: JSON.stringify(object),
    })

  /** Queries Prometheus. @returns the labels and the value of each series */
  const query = async (expression: string) => {
    const url = `${alerting.prometheusUri}/api/v1/query?query=${encodeURIComponent(expression)}`
    const { status, error, data } = (await (await fetch(url)).json()) as Answer
    if (status !== 'success') throw new Error(`${expression}: ${error}`)
    return data?.result ?? []
  }

  const payloadOf = (start: WorkflowStart) => start.payload.client_payload as ClientPayload
  const arrived = (model: string) =>
    waitUntil(
      `a dispatch about ${model}`,
      async () => started.find((each) => payloadOf(each).model_name === model),
      120,
    )
  const requested = (start: WorkflowStart) =>
    resolveRequest(parseEvent('repository_dispatch', 'alertmanager', start.payload), {
      modelName: undefined,
      allowedModels: ['digits'],
      now: '2030-01-01T00:00:00Z',
    })

  it('promtool and amtool accept the files', async () => {
    const check = (tool: 'promtool' | 'amtool', ...args: string[]) =>
      tryRun([`${rig.tools?.[tool]}`, ...args], { cwd: examples })
    const checks = [
      await check('promtool', 'check', 'rules', '--lint-fatal', 'prometheus-rules.yml'),
      await check('promtool', 'test', 'rules', 'prometheus-rules.test.yml'),
      await check('promtool', 'check', 'config', '--syntax-only', 'prometheus.yml'),
      await check('amtool', 'check-config', 'alertmanager.yml'),
    ]
    expect(checks.map(({ code, stdout, stderr }) => (code === 0 ? '' : stdout + stderr))).toEqual(
      Array(4).fill(''),
    )
  }, 60_000)

  it('scrapes a pod with the scrape annotations', async () => {
    const served = [{ model_name: 'podded', model_version: '4', accuracy: 0.97, samples: 120 }]
    const script = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == '/metrics' else 404)
        self.send_header('content-type', 'text/plain; version=0.0.4')
        self.end_headers()
        self.wfile.write(${JSON.stringify(renderMetrics(served))}.encode())
http.server.HTTPServer(('', 8080), Handler).serve_forever()`
    const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' }
    const container = { image: rig.image, imagePullPolicy: 'Never', command: ['python3', '-c', script] }
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await waitUntil('its account', () => kubectl('get', 'serviceaccount', 'default', '-n', namespace), 20)
    const pod = (name: string, metadata: object) => ({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, ...metadata } },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'serve', ...container }] },
    })
    await apply(pod('does-not', { annotations: { 'prometheus.io/port': '8080' } }))
    await apply(pod('asks', { annotations }))
    const scraped = async () => (await query('model:accuracy{model_name="podded"}'))[0]
    const series = await waitUntil('the pod among the scraped', scraped, 60)
    expect(series.metric).toMatchObject({ namespace, model_version: '4' })
    expect(await query(`count by (pod) (model_info{namespace="${namespace}"})`)).toMatchObject([
      { metric: { pod: 'asks' } },
    ])
  }, 120_000)

  it('forwards labels and annotations as text', async () => {
    const labels = {
      ...{ alertname: 'Hostile', event_type: 'performance-alert', namespace: 'default' },
      ...{
        model_name: 'hostile',
        model_version: '1.10',
        team: 'null',
        zone: 'a: b',
        day: '2026-03-01',
        hex: '0x1F',
      },
      ...{
        colon: 'value1:',
        brace: '{a: 1}',
        template: '{{ .Status }}',
        tick: '`id` $(id) $' + '{{ github.token }}',
      },
    }
    const annotations = {
      summary:
        'quote " and \' and \\ and \t tab\nsecond line {{ 1 }} <b>&amp;</b> \u2028 ☃ 😀 - [x](y) | # %0A ::set-output',
      long: 'x'.repeat(20_000),
    }
    await postAlert(alerting.alertmanagerUri, labels, annotations)
    const payload = payloadOf(await arrived('hostile'))
    expect(payload.alert).toMatchObject({ name: 'Hostile', labels, annotations })
    expect(payload).toMatchObject({ model_version: '1.10', trigger_reason: annotations.summary })
    expect(payload.fired_at).toBe('2026-03-01T12:00:00.5Z')
    expect(payload.dedupe_key).toBe('performance-alert/default/hostile/1.10/Hostile')
  }, 60_000)

  it('replaces control characters with question marks and sends the alert', async () => {
    const labels = { alertname: 'Control', event_type: 'model-performance-drop', model_name: 'control' }
    await postAlert(alerting.alertmanagerUri, labels, { summary: 'a\u007fb\u0080c\u009fd\u0001e\ufffef' })
    const dispatch = await arrived('control')
    expect(payloadOf(dispatch).trigger_reason).toBe('a?b?c?d\u0001e?f')
    expect(dispatch.workflow).toBe('retrain.yml')
    expect(
      parseEvent('repository_dispatch', 'alertmanager', dispatch.payload).payload.model_version,
    ).toBeUndefined()
  }, 60_000)

  it('receives status 422, as from GitHub, for the default body of Alertmanager', async () => {
    const files = await createAlertmanagerFiles(known())
    const config = parse(files['alertmanager.yml'])
    for (const { webhook_configs = [] } of config.receivers)
      for (const hook of webhook_configs) delete hook.payload
    const uri = await startAlertmanager('alertmanager-fixed-body', {
      ...files,
      'alertmanager.yml': stringify(config),
    })
    await postAlert(
      uri,
      { alertname: 'Old', event_type: 'performance-alert', model_name: 'old' },
      { summary: 's' },
    )
    await waitUntil('the refusal', async () => (await listWebhookFailures(uri)).includes('clientError'), 30)
    const log = (await readLogTail('alertmanager-fixed-body')).replaceAll('\\', '')
    expect(log).toMatch(/status code 422: .*"event_type" wasn't supplied.*"receiver" is not a permitted key/)
    expect(started.filter((each) => payloadOf(each).model_name === 'old')).toEqual([])
  }, 60_000)

  it('starts a rollback of the version with a low accuracy', async () => {
    const dispatch = await arrived('digits')
    expect(dispatch).toMatchObject({ workflow: 'rollback.yml', payload: { action: 'performance-alert' } })
    const payload = payloadOf(dispatch)
    expect(payload).toMatchObject({ schema: '1', source: 'alert', model_version: '10' })
    expect(payload.alert).toMatchObject({ name: 'ModelAccuracyCollapsed', labels: { namespace: 'default' } })
    const request = requested(dispatch)
    expect(request).toMatchObject({
      ...{ modelName: 'digits', modelVersion: '10', source: 'alert', intent: 'rollback' },
      reason: 'accuracy of digits version 10 is 0.410, below 0.80, for a minute',
      dedupeKey: 'performance-alert/default/digits/10/ModelAccuracyCollapsed',
    })
    const fired = Date.parse(request.firedAt)
    expect(fired).toBeGreaterThan(began + 60_000)
    expect(fired).toBeLessThanOrEqual(Date.now())
  }, 180_000)

  it('forwards a malicious model name unchanged, and trigger rejects it with a message', async () => {
    const dispatch = await arrived(hostileName)
    expect(payloadOf(dispatch).trigger_reason).toContain(`accuracy of ${hostileName} version 1 is 0.200`)
    expect(() => requested(dispatch)).toThrow(/client_payload model_name: /)
  }, 180_000)

  it('has a dashboard whose queries are all valid in Prometheus', async () => {
    const { panels } = JSON.parse(await readExampleFile('grafana-dashboard.json')) as {
      panels: { title: string; targets: { expr: string }[] }[]
    }
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    const filled = expressions.map((expression) =>
      expression
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('"$namespace"', '".*"')
        .replaceAll('"$model"', '"digits"'),
    )
    expect(filled.filter((expression) => expression.includes('$'))).toEqual([])
    const counts = await Promise.all(filled.map(async (expression) => (await query(expression)).length))
    expect(counts.map((count, index) => (count === 0 ? filled[index] : ''))).toEqual(filled.map(() => ''))
  })

  it('does not fire for a good version, too few samples, or none', async () => {
    const named = started
      .map(payloadOf)
      .map(({ model_name, model_version }) => `${model_name} ${model_version}`)
    expect(named.sort()).toEqual(['digits 10', `${hostileName} 1`, 'control ', 'hostile 1.10'].sort())
    expect(await listWebhookFailures(alerting.alertmanagerUri)).toEqual([])
  })
})
