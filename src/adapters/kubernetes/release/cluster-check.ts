import * as z from 'zod'
import { Fault, UserError } from '../../../domain/core/errors.ts'
import { parseMissingPermission } from '../../cluster-access/error-hints.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { isRefused } from '../client/kubectl.ts'
import { stateObjectName } from './state-config-map.ts'

const serverVersion = z.object({ gitVersion: z.string().default('') })

/** Asks the cluster whether it can be used at all. Only `createNamespace` writes. */
export function createClusterCheck({
  kubectl,
  release,
  namespace,
}: Pick<ClusterConnection, 'kubectl' | 'release' | 'namespace'>) {
  const check = {
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

    /**
     * Creates the namespace if it does not exist.
     * @param mode `dry-run` only asks whether the user may
     * @returns whether it did not exist
     */
    async createNamespace(mode?: 'dry-run'): Promise<boolean> {
      const isMissing = await check.hasNamespace().then(
        () => false,
        (error: unknown) => {
          if (error instanceof UserError) return true
          throw error
        },
      )
      if (!isMissing) return false
      const args = ['create', 'namespace', namespace, '--output', 'name']
      await kubectl.run(mode === 'dry-run' ? [...args, '--dry-run=server'] : args).catch((error: unknown) => {
        // Another job was faster.
        if (!isRefused(error, 'AlreadyExists')) throw error
      })
      return true
    },
  }
  return check
}
