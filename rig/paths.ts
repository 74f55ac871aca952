import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Installed programs. They stay when the rig stops. */
export const cache: string = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'retrain-actions')

/** The state of the running rig: process ids, sockets, data, logs. `down` deletes it. */
export const state: string = join(cache, 'state')

/** The root of this checkout. */
export const repository: string = fileURLToPath(new URL('..', import.meta.url))
