import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, startDaemon, stopDaemon, waitUntil } from '../../rig/daemon.ts'
import { sheltering } from '../../rig/interruption.ts'
import { withLock } from '../../rig/lock.ts'
import type { Server } from './measurement.ts'

const name = 'mlflow-basic-auth'
const username = 'admin'

/**
 * Does `work` with an MLflow server that asks for a password (its app basic-auth), otherwise like the rig's: two
 * workers, SQLite, files in a folder of its own. It is stopped afterwards, or by the rig's `down` where this process
 * was killed.
 */
export const withPasswords = async <T>(
  folder: string,
  python: string,
  work: (server: Server) => Promise<T>,
): Promise<T> => {
  const home = join(folder, name)
  await mkdir(join(home, 'artifacts'), { recursive: true })
  const password = randomBytes(16).toString('hex')
  const users = join(home, 'basic-auth.ini')
  const database = (file: string) => `sqlite:///${join(home, file)}`
  await writeFile(users, `[mlflow]\ndefault_permission = READ\ndatabase_uri = ${database('users.db')}\n`)
  const port = String(await freePort())
  const options = {
    '--app-name': 'basic-auth',
    '--backend-store-uri': database('mlflow.db'),
    '--artifacts-destination': join(home, 'artifacts'),
    '--host': '127.0.0.1',
    '--port': port,
    '--workers': '2',
  }
  const stop = () => withLock('stopping MLflow with passwords', () => stopDaemon(name, { graceSeconds: 5 }))
  try {
    await withLock('starting MLflow with passwords', async () => {
      await stopDaemon(name)
      await startDaemon({
        name,
        command: [python, '-m', 'mlflow', 'server', ...Object.entries(options).flat()],
        cwd: home,
        env: {
          MLFLOW_AUTH_CONFIG_PATH: users,
          MLFLOW_AUTH_ADMIN_USERNAME: username,
          MLFLOW_AUTH_ADMIN_PASSWORD: password,
          MLFLOW_FLASK_SERVER_SECRET_KEY: randomBytes(16).toString('hex'),
          MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
          MLFLOW_DISABLE_TELEMETRY: 'true',
        },
      })
    })
    const server = { uri: `http://127.0.0.1:${port}`, python, login: { username, password } }
    await waitUntil('MLflow to know its passwords', () => knowsPasswords(server), 90, { daemon: name })
    return await work(server)
  } finally {
    await sheltering(stop)
  }
}

/** It lets its admin in and nobody else. */
const knowsPasswords = async ({ uri, login }: Required<Server>): Promise<boolean> => {
  const url = `${uri}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default`
  const token = Buffer.from(`${login.username}:${login.password}`).toString('base64')
  const ask = (headers: Record<string, string>) =>
    fetch(url, { headers, signal: AbortSignal.timeout(5000) }).then(({ status }) => status)
  return (await ask({ authorization: `Basic ${token}` })) === 200 && (await ask({})) === 401
}
