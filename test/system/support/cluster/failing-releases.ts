import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { repository } from '../../../../rig/paths.ts'
import type { Evidence } from '../../../../src/domain/rollout/evidence.ts'
import type { HelmName, Namespace } from './namespace.ts'

const chart = join(repository, 'test/system/charts/bench')

/** The command of a good server. */
export const BECOME_READY = 'touch /tmp/ready; exec sleep 3600'

export const newReleaseName = () => `r-${randomUUID().slice(0, 8)}`

export interface DeployRequest {
  /** Left out, a new one: a first install. */
  release?: string
  version?: string
  /** Of the chart. */
  values: object
  timeout?: string
  extraInputs?: Record<string, string>
}

/** Deploys the chart whose pods can fail in every way, and reads the evidence. */
export async function deployTo(
  space: Namespace,
  helm: HelmName,
  {
    release = newReleaseName(),
    version = '1',
    values,
    timeout = '180s',
    extraInputs: given = {},
  }: DeployRequest,
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

/** An image registry that answers each manifest request with this status; `image` is one of its images. */
export async function startImageRegistry(status: number): Promise<{ image: string; server: Server }> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/v2/' ? 200 : status).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { image: `127.0.0.1:${(server.address() as AddressInfo).port}/nowhere:1`, server }
}
