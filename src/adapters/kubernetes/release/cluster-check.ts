import * as z from 'zod'
import { Fault } from '../../../domain/core/errors.ts'
import { parseMissingPermission } from '../../cluster-access/error-hints.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { isRefused } from '../client/kubectl.ts'
import { stateObjectName } from './state-config-map.ts'

const serverVersion = z.object({ gitVersion: z.string().default('') })

/** Asks the cluster whether it can be used at all. Nothing is written. */
export function createClusterCheck({ kubectl, release }: Pick<ClusterConnection, 'kubectl' | 'release'>) {
  return {
    /** @throws UserError for the input that is wrong; Fault where the API server does not answer, or rejects the user */
    readServerVersion: async (): Promise<string> =>
      serverVersion.parse(JSON.parse(await kubectl.run(['get', '--raw', '/version']))).gitVersion,

    /**
     * Whether the namespace exists, by the dry run of a write, since a Role cannot permit reading it. Undefined where the
     * dry run is forbidden.
     * @throws UserError where there is none
     */
    async hasNamespace(): Promise<true | undefined> {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: stateObjectName(release) } }
      const args = ['create', '--filename', '-', '--validate=ignore', '--dry-run=server', '--output', 'name']
      try {
        await kubectl.run(args, JSON.stringify(object))
      } catch (error) {
        if (error instanceof Fault && parseMissingPermission(error.detail)) return undefined
        if (!isRefused(error, 'AlreadyExists')) throw error
      }
      return true
    },
  }
}
