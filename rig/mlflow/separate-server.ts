import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { findFreePort, startDaemon, stopDaemon, waitUntil } from '../process/daemon.ts'
import { runUninterruptible } from '../process/interruption.ts'
import { withLock } from '../process/lock.ts'
import { isResponding, mlflowCommand } from './index.ts'

interface SeparateServer {
  /** Name of the daemon. It differs from the names of the rig's daemons. */
  name: string
  /** Folder for its database and files. */
  home: string
  options?: Record<string, string>
  env?: Record<string, string>
  isReady?: (uri: string) => Promise<boolean>
}

/**
 * Starts an MLflow server beside the rig's, with its own data. If the caller is killed, `down` stops it.
 * The lock hides the moment in which the daemon has stopped but is still recorded: another process would restart the rig.
 */
export const startSeparateMlflow = async (server: SeparateServer) => {
  const { name, home, isReady = isResponding } = server
  await mkdir(join(home, 'artifacts'), { recursive: true })
  const port = await findFreePort()
  const uri = `http://127.0.0.1:${port}`
  const stop = () =>
    runUninterruptible(() => withLock(`stopping ${name}`, () => stopDaemon(name, { graceSeconds: 5 })))
  try {
    await withLock(`starting ${name}`, async () => {
      await stopDaemon(name)
      const { command, env } = mlflowCommand(home, port, server.options)
      await startDaemon({ name, command, cwd: home, env: { ...env, ...server.env } })
    })
    await waitUntil(`${name} to answer`, () => isReady(uri), 90, { daemon: name })
    return { uri, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
