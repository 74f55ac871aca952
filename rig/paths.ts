import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the rig installed: kept from one run to the next. */
export const cache: string = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'retrain-actions')

/** Everything of the rig that runs: pids, sockets, data, logs. Deleted when it is taken down. */
export const state: string = join(cache, 'state')

/** The root of this checkout. */
export const repository: string = fileURLToPath(new URL('..', import.meta.url))
