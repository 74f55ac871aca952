import { createHash, randomUUID } from 'node:crypto'
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { imageDescription, tarOf } from '../../../rig/image/archive.ts'
import { debian } from '../../../rig/kubernetes/debian.ts'

/** What becomes of whoever pulls an image. */
export interface Service {
  /** Milliseconds that its layer takes. */
  slow?: number
  /** Milliseconds from the first question on in which it answers 503. */
  away?: number
}

/** A registry of images on this machine, which pulls over plain HTTP since its address is the loopback's. */
export interface ImageRegistry {
  /** The name of an image with a shell in it that no node has yet. */
  offer(service: Service): Promise<string>
  /** The name of one that is not there. */
  missing(): string
  close(): void
}

interface Offer extends Service {
  manifest: Buffer
  blobs: ReadonlyMap<string, Buffer>
  asked?: number
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Serves what pulling needs of the OCI distribution specification: manifests and blobs, by GET and HEAD. */
export async function openImageRegistry(folder: string): Promise<ImageRegistry> {
  const offers = new Map<string, Offer>()
  const server = createServer((request, response) => {
    void answer(offers, request.url ?? '', request.method === 'HEAD', response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    async offer(service) {
      const name = randomUUID().slice(0, 8)
      offers.set(name, { ...service, ...(await imageIn(join(folder, `image-${name}`))) })
      return `${host}/${name}:1`
    },
    missing: () => `${host}/nowhere:1`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** An image of one layer: a static busybox as /bin/sh, and a file that makes it unlike any other. */
async function imageIn(folder: string): Promise<Pick<Offer, 'manifest' | 'blobs'>> {
  const root = join(folder, 'root')
  await mkdir(join(root, 'bin'), { recursive: true })
  await mkdir(join(root, 'tmp'))
  await copyFile(debian('bin/busybox'), join(root, 'bin/busybox'))
  for (const applet of ['sh', 'sleep', 'touch', 'test', 'rm'])
    await symlink('busybox', join(root, 'bin', applet))
  await writeFile(join(root, 'only'), folder)
  await tarOf(root, join(folder, 'layer.tar'))
  const layer = await readFile(join(folder, 'layer.tar'))
  const config = Buffer.from(
    imageDescription({ Env: ['PATH=/bin'] }, [digestOf(layer).slice('sha256:'.length)]),
  )
  const part = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    size: bytes.length,
    digest: digestOf(bytes),
  })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: part('application/vnd.docker.container.image.v1+json', config),
      layers: [part('application/vnd.docker.image.rootfs.diff.tar', layer)],
    }),
  )
  return { manifest, blobs: new Map([config, layer].map((bytes) => [digestOf(bytes), bytes])) }
}

async function answer(
  offers: ReadonlyMap<string, Offer>,
  url: string,
  head: boolean,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, type: string, body: Buffer) => {
    response.writeHead(status, {
      'content-type': type,
      'content-length': body.length,
      ...(status === 200 && { 'docker-content-digest': digestOf(body) }),
    })
    response.end(head ? undefined : body)
  }
  const [, name = '', what, reference = ''] = /^\/v2\/([^/]+)\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? []
  const offer = offers.get(name)
  if (!offer) return send(/^\/v2\/?$/.test(url) ? 200 : 404, 'application/json', Buffer.from('{}'))
  offer.asked ??= Date.now()
  if (Date.now() - offer.asked < (offer.away ?? 0)) return send(503, 'application/json', Buffer.from('{}'))
  if (what === 'manifests') return send(200, MANIFEST, offer.manifest)
  const blob = offer.blobs.get(reference)
  if (!blob) return send(404, 'application/json', Buffer.from('{}'))
  if (!head && blob.length > 10_000) await sleep(offer.slow ?? 0)
  send(200, 'application/octet-stream', blob)
}
