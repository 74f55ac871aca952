import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, startDaemon, stopDaemon, waitUntil } from '../daemon.ts'
import { state } from '../places.ts'

/** Where a server finds its things: two folders, and `host:port` to listen at. */
export type ServerPlace = { config: string; data: string; address: string }

const homeOf = (name: string): string => join(state, 'alerting', name)

/**
 * Starts Prometheus or Alertmanager, which are alike in this, on a free port of loopback, with a configuration and
 * data of its own; one that still runs under this name is ended first.
 * @returns its address, once it is ready.
 */
export const startServer = async (
  name: string,
  files: Record<string, string>,
  command: (place: ServerPlace) => string[],
): Promise<string> => {
  await stopServer(name)
  const config = join(homeOf(name), 'config')
  await mkdir(config, { recursive: true, mode: 0o700 })
  for (const [path, text] of Object.entries(files)) await writeFile(join(config, path), text, { mode: 0o600 })
  const address = `127.0.0.1:${await freePort()}`
  const data = join(homeOf(name), 'data')
  await startDaemon({ name, command: command({ config, data, address }), cwd: homeOf(name) })
  const ready = async () => (await fetch(`http://${address}/-/ready`)).ok
  await waitUntil(`${name} to be ready`, ready, 30, { daemon: name })
  return `http://${address}`
}

/** Ends it and deletes its data. */
export const stopServer = async (name: string): Promise<void> => {
  await stopDaemon(name)
  await rm(homeOf(name), { recursive: true, force: true })
}
