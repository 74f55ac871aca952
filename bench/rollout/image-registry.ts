import { createHash, randomUUID } from 'node:crypto'
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTar, renderImageConfig } from '../../rig/image/archive.ts'
import { debianPath } from '../../rig/kubernetes/debian.ts'

/** The behavior of the registry during a pull. */
export interface PullBehavior {
  /** Milliseconds until it sends the layer. */
  layerDelayMs?: number
  /** Milliseconds after the first request in which it answers 503. */
  unavailableMs?: number
}

/** An image registry on the loopback interface, from which containerd pulls over plain HTTP. */
export interface ImageRegistry {
  /** Returns the name of a new image with a shell, which no node has yet. */
  publish(service: PullBehavior): Promise<string>
  /** Returns the name of a missing image. */
  missingImage(): string
  close(): void
}

interface PublishedImage extends PullBehavior {
  manifest: Buffer
  blobs: ReadonlyMap<string, Buffer>
  firstRequestAt?: number
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const sha256Digest = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Serves manifests and blobs by GET and HEAD, as the OCI distribution specification requires for pulls. */
export async function openImageRegistry(folder: string): Promise<ImageRegistry> {
  const offers = new Map<string, PublishedImage>()
  const server = createServer((request, response) => {
    void handleRequest(offers, request.url ?? '', request.method === 'HEAD', response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    async publish(service) {
      const name = randomUUID().slice(0, 8)
      offers.set(name, { ...service, ...(await buildImage(join(folder, `image-${name}`))) })
      return `${host}/${name}:1`
    },
    missingImage: () => `${host}/nowhere:1`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Builds an image with one layer: a static busybox as /bin/sh, and a file that makes the image unique. */
async function buildImage(folder: string): Promise<Pick<PublishedImage, 'manifest' | 'blobs'>> {
  const root = join(folder, 'root')
  await mkdir(join(root, 'bin'), { recursive: true })
  await mkdir(join(root, 'tmp'))
  await copyFile(debianPath('bin/busybox'), join(root, 'bin/busybox'))
  for (const applet of ['sh', 'sleep', 'touch', 'test', 'rm'])
    await symlink('busybox', join(root, 'bin', applet))
  await writeFile(join(root, 'only'), folder)
  await createTar(root, join(folder, 'layer.tar'))
  const layer = await readFile(join(folder, 'layer.tar'))
  const config = Buffer.from(
    renderImageConfig({ Env: ['PATH=/bin'] }, [sha256Digest(layer).slice('sha256:'.length)]),
  )
  const part = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    size: bytes.length,
    digest: sha256Digest(bytes),
  })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: part('application/vnd.docker.container.image.v1+json', config),
      layers: [part('application/vnd.docker.image.rootfs.diff.tar', layer)],
    }),
  )
  return { manifest, blobs: new Map([config, layer].map((bytes) => [sha256Digest(bytes), bytes])) }
}

async function handleRequest(
  offers: ReadonlyMap<string, PublishedImage>,
  url: string,
  head: boolean,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, type: string, body: Buffer) => {
    response.writeHead(status, {
      'content-type': type,
      'content-length': body.length,
      ...(status === 200 && { 'docker-content-digest': sha256Digest(body) }),
    })
    response.end(head ? undefined : body)
  }
  const [, name = '', what, reference = ''] = /^\/v2\/([^/]+)\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? []
  const offer = offers.get(name)
  if (!offer) return send(/^\/v2\/?$/.test(url) ? 200 : 404, 'application/json', Buffer.from('{}'))
  offer.firstRequestAt ??= Date.now()
  if (Date.now() - offer.firstRequestAt < (offer.unavailableMs ?? 0))
    return send(503, 'application/json', Buffer.from('{}'))
  if (what === 'manifests') return send(200, MANIFEST, offer.manifest)
  const blob = offer.blobs.get(reference)
  if (!blob) return send(404, 'application/json', Buffer.from('{}'))
  if (!head && blob.length > 10_000) await sleep(offer.layerDelayMs ?? 0)
  send(200, 'application/octet-stream', blob)
}
