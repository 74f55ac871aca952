import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readDocument, writeDocument } from '../documents.ts'
import { network } from '../kubernetes/paths.ts'
import { cache, state } from '../paths.ts'
import { findFreePort, isDaemonAlive, startDaemon, stopDaemon, waitUntil } from '../process/daemon.ts'
import { tools } from '../tools/index.ts'
import { installVenv } from './venv.ts'

const venv = join(cache, 'mlflow')
const home = join(state, 'mlflow')
const server = 'mlflow'
const forwarder = 'mlflow-for-pods'

/** The programs of the Python environment for the MLflow server and for training. */
export const pythonBin: string = join(venv, 'bin')

/** Python with mlflow and scikit-learn. */
export const python: string = join(pythonBin, 'python')

/** Installs MLflow's Python environment. The first time takes a minute. @returns whether it installed something */
export const installMlflow = (): Promise<boolean> =>
  installVenv(venv, fileURLToPath(new URL('./requirements.txt', import.meta.url)))

/** Keeps the port over restarts, so that known addresses stay valid. */
const readOrChoosePort = async (): Promise<number> => {
  const path = join(home, 'port.json')
  const known = await readDocument<number>(path)
  if (known !== undefined) return known
  const port = await findFreePort()
  await writeDocument(path, port)
  return port
}

/** Uses an API path, because /health returns 200 even if --allowed-hosts rejects every API request. */
export const isResponding = async (uri: string): Promise<boolean> => {
  const url = `${uri}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default`
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
  if (!response.ok)
    throw new Error(`${url} answered ${response.status} ${(await response.text()).slice(0, 200)}`)
  return true
}

/** The command of an MLflow server on the loopback interface. Two workers allow races between requests. */
export const mlflowCommand = (home: string, port: number, more: Record<string, string> = {}) => {
  const options = {
    '--backend-store-uri': `sqlite:///${join(home, 'mlflow.db')}`,
    '--artifacts-destination': join(home, 'artifacts'),
    '--host': '127.0.0.1',
    '--port': String(port),
    '--workers': '2',
    // During a large upload on a busy machine, a worker answers its health check later than after the default 5 s.
    '--uvicorn-opts': '--timeout-worker-healthcheck 120',
    ...more,
  }
  return {
    command: [python, '-m', 'mlflow', 'server', ...Object.entries(options).flat()],
    env: { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', MLFLOW_DISABLE_TELEMETRY: 'true' },
  }
}

/**
 * Starts an MLflow server with its own database and artifacts, on the loopback interface only. Keeps a running one.
 * @returns its address for programs on this machine
 */
export const startMlflow = async (): Promise<string> => {
  await mkdir(join(home, 'artifacts'), { recursive: true })
  const port = await readOrChoosePort()
  const uri = `http://127.0.0.1:${port}`
  if (!(await isDaemonAlive(server))) {
    await stopDaemon(server)
    const hosts = ['127.0.0.1', 'localhost', network.gateway].map((host) => `${host}:${port}`)
    const { command, env } = mlflowCommand(home, port, { '--allowed-hosts': hosts.join(',') })
    await startDaemon({ name: server, command, cwd: home, env })
  }
  await waitUntil('MLflow to answer', () => isResponding(uri), 90, { daemon: server })
  return uri
}

/**
 * Makes the server reachable for pods, with a forwarder at their gateway. The server itself can listen at one address
 * or at all, and it has no password for other networks.
 * @returns the server's address for pods
 */
export const exposeMlflowToPods = async (): Promise<string> => {
  const port = await readOrChoosePort()
  const uri = `http://${network.gateway}:${port}`
  if (!(await isDaemonAlive(forwarder))) {
    await stopDaemon(forwarder)
    const script = fileURLToPath(new URL('./forwarder.ts', import.meta.url))
    await startDaemon({
      name: forwarder,
      command: [tools.node, script, network.gateway, String(port)],
    })
  }
  await waitUntil('MLflow to answer at the address for pods', () => isResponding(uri), 20, {
    daemon: forwarder,
  })
  return uri
}

/** Whether the server is alive and answers. */
export const isMlflowHealthy = async (): Promise<boolean> =>
  (await isDaemonAlive(server)) &&
  isResponding(`http://127.0.0.1:${await readOrChoosePort()}`).catch(() => false)

/** Stops the server and its forwarder. The data stay until the state folder is deleted. */
export const stopMlflow = async (): Promise<void> => {
  await stopDaemon(forwarder, { graceSeconds: 1 })
  await stopDaemon(server, { graceSeconds: 5 })
}
