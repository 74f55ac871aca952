import * as z from 'zod'
import type { Revision } from '../../domain/release/revision-history.ts'

const historyEntry = z.object({
  revision: z.number(),
  updated: z.string(),
  status: z.string(),
  description: z.string().default(''),
})

/** Parses the output of `helm history --output json`, oldest first. */
export function parseHistory(output: unknown): Revision[] {
  return historyEntry
    .array()
    .parse(output)
    .map(({ description, ...entry }) => ({ ...entry, ...parseRollback(entry.status, description) }))
    .sort((one, other) => one.revision - other.revision)
}

/**
 * Helm marks a rollback only in its description, "Rollback to N". Where the API server refuses an object, Helm 3 and 4
 * overwrite that with the error (pkg/action/rollback.go); where a hook fails or helm is killed, the status stays
 * pending-rollback.
 */
function parseRollback(status: string, description: string): Pick<Revision, 'isRollback' | 'rollbackOf'> {
  const target = /^Rollback to (\d+)/.exec(description)?.[1]
  return {
    isRollback:
      target !== undefined || status === 'pending-rollback' || /^Rollback "[^"]*" failed: /.test(description),
    rollbackOf: target === undefined ? undefined : Number(target),
  }
}
