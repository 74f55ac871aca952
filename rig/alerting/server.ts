import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { state } from '../paths.ts'
import { findFreePort, startDaemon, stopDaemon, waitUntil } from '../process/daemon.ts'

/** The folders of a server, and the `host:port` where it listens. */
export type ServerPaths = { config: string; data: string; address: string }

const serverFolder = (name: string): string => join(state, 'alerting', name)

/**
 * Starts Prometheus or Alertmanager on a free port of the loopback interface, with its own configuration and data.
 * Stops a running daemon of the same name first.
 * @returns its address, as soon as it is ready.
 */
export const startServer = async (
  name: string,
  files: Record<string, string>,
  command: (paths: ServerPaths) => string[],
): Promise<string> => {
  await stopServer(name)
  const config = join(serverFolder(name), 'config')
  await mkdir(config, { recursive: true, mode: 0o700 })
  for (const [path, text] of Object.entries(files)) await writeFile(join(config, path), text, { mode: 0o600 })
  const address = `127.0.0.1:${await findFreePort()}`
  const data = join(serverFolder(name), 'data')
  await startDaemon({ name, command: command({ config, data, address }), cwd: serverFolder(name) })
  const ready = async () => (await fetch(`http://${address}/-/ready`)).ok
  await waitUntil(`${name} to be ready`, ready, 30, { daemon: name })
  return `http://${address}`
}

/** Stops the server and deletes its data. */
export const stopServer = async (name: string): Promise<void> => {
  await stopDaemon(name)
  await rm(serverFolder(name), { recursive: true, force: true })
}
