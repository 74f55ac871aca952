import type { Client } from './http/client.ts'
import { MlflowFault } from './http/faults.ts'

export function createServerApi({ download }: Client) {
  return {
    /** The version of the server; undefined where it does not say, as Databricks. */
    async readServerVersion(): Promise<string | undefined> {
      try {
        const bytes: Uint8Array[] = []
        for await (const chunk of await download('version')) bytes.push(chunk)
        return /^\d+\.\d+\S{0,20}/.exec(Buffer.concat(bytes).toString('utf8').trim())?.[0]
      } catch (error) {
        if (error instanceof MlflowFault) return undefined
        throw error
      }
    },
  }
}
