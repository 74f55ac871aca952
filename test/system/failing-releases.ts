import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { repository } from '../../rig/places.ts'
import type { Evidence } from '../../src/domain/rollout-evidence.ts'
import type { HelmName, Namespace } from './helm-releases.ts'

const chart = join(repository, 'test/system/charts/bench')

/** What a good server runs. */
export const READY = 'touch /tmp/ready; exec sleep 3600'

export const aRelease = () => `r-${randomUUID().slice(0, 8)}`

export interface Wanted {
  /** Left out, one of its own: a first install. */
  release?: string
  version?: string
  /** Of the chart. */
  values: object
  timeout?: string
  given?: Record<string, string>
}

/** Deploys the chart whose pods fail in every way, and reads the evidence where there is some. */
export async function deployInto(
  space: Namespace,
  helm: HelmName,
  { release = aRelease(), version = '1', values, timeout = '180s', given = {} }: Wanted,
) {
  const began = Date.now()
  const inputs = {
    release,
    chart,
    'model-version': version,
    values: JSON.stringify(values),
    timeout,
    ...given,
  }
  const done = await space.deploy(helm, inputs)
  const file = join(done.outputs.evidence ?? '', 'evidence.json')
  const evidence: Evidence | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  const seconds = (Date.now() - began) / 1000
  return { ...done, evidence, seconds, message: done.failure?.message ?? '' }
}

/** A registry of images that answers each question for one with this status; `image` is one of its. */
export async function registryThat(status: number): Promise<{ image: string; server: Server }> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/v2/' ? 200 : status).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { image: `127.0.0.1:${(server.address() as AddressInfo).port}/nowhere:1`, server }
}
