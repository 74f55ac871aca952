import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { makeCertificate } from '../../fakes/certificates.ts'

/** An HTTPS server with one chart, as an OCI registry and as a chart repository. */
export interface ChartRegistry {
  /** 127.0.0.1:PORT */
  host: string
  /** The certificate, for SSL_CERT_FILE. */
  certificate: string
  /** Requests with a path, and whether they had credentials. */
  requests: { path: string; isAuthenticated: boolean }[]
  close(): void
}

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`

/**
 * Serves a packaged chart at `oci://HOST/charts/NAME` and in the repository `https://HOST/repository`.
 * @param archive path of NAME-VERSION.tgz
 */
export async function startChartRegistry(
  archive: string,
  credentials: { username: string; password: string },
): Promise<ChartRegistry> {
  const [, name = '', version = ''] = /^(.+)-(\d.*)\.tgz$/.exec(basename(archive)) ?? []
  const layer = readFileSync(archive)
  const config = Buffer.from(JSON.stringify({ apiVersion: 'v2', name, version }))
  const describe = (mediaType: string, content: Buffer) => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
  })
  const manifestType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: describe('application/vnd.cncf.helm.config.v1+json', config),
      layers: [describe('application/vnd.cncf.helm.chart.content.v1.tar+gzip', layer)],
    }),
  )
  const index = JSON.stringify({
    apiVersion: 'v1',
    entries: { [name]: [{ apiVersion: 'v2', name, version, urls: [basename(archive)] }] },
  })
  const oci = `/v2/charts/${name}`
  const contents: Record<string, readonly [type: string, content: Buffer | string]> = {
    '/v2/': ['application/json', '{}'],
    [`${oci}/tags/list`]: ['application/json', JSON.stringify({ name: `charts/${name}`, tags: [version] })],
    [`${oci}/manifests/${version}`]: [manifestType, manifest],
    [`${oci}/manifests/${digestOf(manifest)}`]: [manifestType, manifest],
    [`${oci}/blobs/${digestOf(config)}`]: ['application/octet-stream', config],
    [`${oci}/blobs/${digestOf(layer)}`]: ['application/octet-stream', layer],
    '/repository/index.yaml': ['application/yaml', index],
    [`/repository/${basename(archive)}`]: ['application/gzip', layer],
  }
  const expected = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
  const requests: ChartRegistry['requests'] = []
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const [path = ''] = (request.url ?? '').split('?')
    const isAuthenticated = request.headers.authorization === expected
    requests.push({ path, isAuthenticated })
    if (!isAuthenticated) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="charts"' }).end()
      return
    }
    const found = contents[path]
    if (!found) {
      response.writeHead(404).end()
      return
    }
    const [type, content] = found
    const length = { 'content-length': Buffer.byteLength(content) }
    const digest = Buffer.isBuffer(content) ? { 'docker-content-digest': digestOf(content) } : {}
    response.writeHead(200, { 'content-type': type, ...length, ...digest })
    response.end(request.method === 'HEAD' ? undefined : content)
  }
  const { key, cert, file } = makeCertificate()
  const server = createServer({ key, cert }, answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate: file,
    requests,
    close: () => void server.close(),
  }
}
