import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSeparateMlflow } from '../../rig/mlflow/separate-server.ts'
import type { Server } from '../benchmark.ts'

const name = 'mlflow-basic-auth'
const username = 'admin'

/** Runs `work` with an MLflow server that requires a password (basic-auth). Otherwise it equals the rig's. */
export const withBasicAuthServer = async <T>(
  folder: string,
  python: string,
  work: (server: Server) => Promise<T>,
): Promise<T> => {
  const home = join(folder, name)
  await mkdir(home, { recursive: true })
  const credentials = { username, password: randomBytes(16).toString('hex') }
  const users = join(home, 'basic-auth.ini')
  await writeFile(
    users,
    `[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///${join(home, 'users.db')}\n`,
  )
  const { uri, stop } = await startSeparateMlflow({
    name,
    home,
    options: { '--app-name': 'basic-auth' },
    env: {
      MLFLOW_AUTH_CONFIG_PATH: users,
      MLFLOW_AUTH_ADMIN_USERNAME: username,
      MLFLOW_AUTH_ADMIN_PASSWORD: credentials.password,
      MLFLOW_FLASK_SERVER_SECRET_KEY: randomBytes(16).toString('hex'),
    },
    isReady: (at) => enforcesPasswords(at, credentials),
  })
  return work({ uri, python, credentials }).finally(stop)
}

/** Checks that the server accepts its admin and rejects a request without credentials. */
const enforcesPasswords = async (
  uri: string,
  login: { username: string; password: string },
): Promise<boolean> => {
  const url = `${uri}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default`
  const token = Buffer.from(`${login.username}:${login.password}`).toString('base64')
  const ask = (headers: Record<string, string>) =>
    fetch(url, { headers, signal: AbortSignal.timeout(5000) }).then(({ status }) => status)
  return (await ask({ authorization: `Basic ${token}` })) === 200 && (await ask({})) === 401
}
