import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchChart } from '../../src/adapters/helm/chart-source.ts'
import { renderChart } from '../../src/adapters/helm/helm.ts'
import { createKubectl } from '../../src/adapters/kubernetes/client/kubectl.ts'
import { errorMessage } from '../../src/domain/core/errors.ts'
import { type Certificate, makeCertificate, startTlsServer } from '../fakes/certificates.ts'
import { fakeProgram } from '../fakes/program.ts'
import { buildKubeconfig, createUsers, readPublishedRules } from './support/cluster/cluster-users.ts'
import { type HelmName, type Namespace, openNamespace, tinyChart } from './support/cluster/namespace.ts'

/** A port without a server. */
const CLOSED = '127.0.0.1:1'

let cluster: Namespace
let certificate: Certificate
beforeAll(async () => {
  cluster = await openNamespace()
  certificate = makeCertificate()
})
afterAll(() => cluster.close())

/** A server that answers like a registry that refuses, or not. */
async function startRegistry(status: number): Promise<string> {
  const port = await startTlsServer(certificate, (_request, response) => {
    const headers = status === 401 ? { 'www-authenticate': 'Basic realm="registry"' } : {}
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{"errors":[]}')
  })
  return `127.0.0.1:${port}`
}

/** The tiny chart with further files. */
function makeChart(files: Record<string, string>): string {
  const chart = join(mkdtempSync(join(tmpdir(), 'chart-')), 'tiny')
  cpSync(tinyChart, chart, { recursive: true })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(chart, path, '..'), { recursive: true })
    writeFileSync(join(chart, path), text)
  }
  return chart
}

async function messageOf(call: Promise<unknown>): Promise<string> {
  return call.then(() => 'no error', errorMessage)
}

describe.each<HelmName>(['helm3', 'helm4'])('%s', (helm) => {
  const render = (chart: string, env = {}) => {
    const job = { env: { ...cluster.environment(helm), ...env }, namespace: cluster.namespace }
    const folder = mkdtempSync(join(tmpdir(), 'fetched-'))
    const fetched = fetchChart(job, { chart, version: '1.0.0' }, folder)
    const request = { release: 'source', valuesFiles: [], timeout: 10_000 }
    return messageOf(fetched.then((path) => renderChart(job, { ...request, chart: path })))
  }

  test('an error of the registry names it', async () => {
    expect(await render(`oci://${CLOSED}/charts/x`)).toContain(
      `does not reach the chart's registry ${CLOSED}.`,
    )
    expect(await render('oci://no-such-host.invalid/charts/x')).toContain(
      "does not reach the chart's registry no-such-host.invalid.",
    )
    const untrusted = await startRegistry(404)
    expect(await render(`oci://${untrusted}/charts/x`)).toMatch(
      /x509: .*does not trust the certificate of the chart's registry 127\.0\.0\.1:\d+\. Set SSL_CERT_FILE/,
    )
    const env = { SSL_CERT_FILE: certificate.file }
    expect(await render(`oci://${untrusted}/charts/x`, env)).toMatch(/not found\. Check the inputs chart and/)
    const closed = await startRegistry(401)
    expect(await render(`oci://${closed}/charts/x`, env)).toContain(
      `basic credential not found. Log in to the chart's registry ${closed}: set registry-username and registry-password, or run "helm registry login ${closed}"`,
    )
  })

  test('a registry that a whole deployment does not reach is not the cluster', async () => {
    const call = cluster.deploy(helm, {
      release: 'away',
      chart: `oci://${CLOSED}/charts/x`,
      'model-version': '1',
    })
    expect(await messageOf(call)).toMatch(/helm pull oci:.* failed .*does not reach the chart's registry/)
  })

  test('an error of a schema on the network names its address', async () => {
    const schema = `https://${CLOSED}/values.json`
    const chart = makeChart({ 'values.schema.json': JSON.stringify({ $ref: schema }) })
    expect(await render(chart)).toMatch(
      new RegExp(`connection refused\\. The chart's values.schema.json refers to ${schema}, which`),
    )
  })

  test('a credential plugin that is missing, or that fails, is named once', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' }
    const deploy = (user: object) =>
      messageOf(
        cluster.deploy(helm, {
          release: 'plugin',
          kubeconfig: buildKubeconfig(cluster, user),
          'model-version': '1',
        }),
      )
    const missing = await deploy({ exec: { ...exec, command: 'kubelogin' } })
    expect(missing).toMatch(
      /: exec: executable kubelogin not found\. The kubeconfig .*azure\/use-kubelogin\)\.$/,
    )
    const script = 'echo "Unable to locate credentials. Run aws configure." >&2; exit 255'
    const failing = await deploy({ exec: { ...exec, command: 'sh', args: ['-c', script] } })
    expect(failing).toMatch(/exit code 255 \(Unable to locate credentials\. Run aws configure\.\)\. sh could/)
    for (const message of [missing, failing]) {
      expect(message.match(/getting credentials/g)).toHaveLength(1)
      expect(message).not.toMatch(/\*\*\*|\n/)
    }
  })

  test('the crds of a chart need no Role', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'adapters.errors.example.com' },
    }
    const [kubeconfig = ''] = await createUsers(cluster, [
      { name: `crds-${helm}`, rules: readPublishedRules() },
    ])
    const chart = makeChart({ 'crds/adapter.yaml': JSON.stringify(crd) })
    const inputs = { release: `crds-${helm}`, kubeconfig, chart, 'model-version': '1' }
    const { message } = await cluster.deploy(helm, inputs).then(
      ({ failure }) => failure ?? new Error('no error'),
      (error: Error) => error,
    )
    expect(message).toMatch(/CRDs belong to the whole cluster, so no Role permits them\..*skip-crds/)
  })
})

test('kubectl: a credential plugin that is missing is named once', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kubeconfig-')), 'kubeconfig')
  const user = {
    exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command: 'tsh' },
  }
  writeFileSync(file, buildKubeconfig(cluster, user))
  const access = fakeProgram('unused', () => '')
  const kubectl = createKubectl({
    ...access,
    env: cluster.environment('helm4'),
    kubectlFlags: ['--kubeconfig', file],
  })
  expect(await messageOf(kubectl.get(['pods']))).toMatch(
    /failed \(1\): [^\n]*exec: executable tsh not found\. The kubeconfig[^\n]*\.$/,
  )
})
