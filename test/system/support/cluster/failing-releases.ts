import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { repository } from '../../../../rig/paths.ts'
import type { Evidence } from '../../../../src/domain/rollout/evidence.ts'
import type { HelmName, Namespace } from './namespace.ts'

const chart = join(repository, 'test/system/charts/bench')

/** The command of a server that becomes ready. */
export const BECOME_READY = 'touch /tmp/ready; exec sleep 3600'

export const newReleaseName = () => `r-${randomUUID().slice(0, 8)}`

export interface DeployRequest {
  /** Default: a new release, so this is its first install. */
  release?: string
  version?: string
  /** Values of the chart. */
  values: object
  timeout?: string
  extraInputs?: Record<string, string>
}

/** Deploys the chart whose values make pods fail, and reads the evidence. */
export async function deployTo(
  cluster: Namespace,
  helm: HelmName,
  { release = newReleaseName(), version = '1', values, timeout = '180s', extraInputs = {} }: DeployRequest,
) {
  const startedAt = Date.now()
  const inputs = {
    release,
    chart,
    'model-version': version,
    values: JSON.stringify(values),
    timeout,
    ...extraInputs,
  }
  const result = await cluster.deploy(helm, inputs)
  const file = join(result.outputs.evidence ?? '', 'evidence.json')
  const evidence: Evidence | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  const seconds = (Date.now() - startedAt) / 1000
  return { ...result, evidence, seconds, message: result.failure?.message ?? '' }
}

/**
 * Starts an image registry that answers manifest requests with this status; undefined: never.
 * @returns also the name of an image in it
 */
export async function startImageRegistry(
  status: number | undefined,
): Promise<{ image: string; server: Server }> {
  const server = createServer((request, response) => {
    if (request.url === '/v2/') response.writeHead(200).end()
    else if (status !== undefined) response.writeHead(status).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { image: `127.0.0.1:${(server.address() as AddressInfo).port}/nowhere:1`, server }
}
