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

/** Where the environment of the MLflow server and of training has its programs. */
export const pythonBin: string = join(venv, 'bin')

/** The Python that has mlflow and scikit-learn. */
export const python: string = join(pythonBin, 'python')

/** Installs MLflow's Python environment; the first time takes a minute. @returns true when it did something. */
export const installMlflow = (): Promise<boolean> =>
  installVenv(venv, fileURLToPath(new URL('./requirements.txt', import.meta.url)))

/** The port is kept from one start to the next, so that an address that was handed out stays true. */
const readOrChoosePort = async (): Promise<number> => {
  const path = join(home, 'port.json')
  const known = await readDocument<number>(path)
  if (known !== undefined) return known
  const port = await findFreePort()
  await writeDocument(path, port)
  return port
}

/** Any API path: /health says 200 also where a wrong --allowed-hosts has every real request refused. */
export const isResponding = async (uri: string): Promise<boolean> => {
  const url = `${uri}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default`
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
  if (!response.ok)
    throw new Error(`${url} answered ${response.status} ${(await response.text()).slice(0, 200)}`)
  return true
}

/** The command of an MLflow server on loopback, with its data in `home`. Two workers make races between requests real. */
export const mlflowCommand = (home: string, port: number, more: Record<string, string> = {}) => {
  const options = {
    '--backend-store-uri': `sqlite:///${join(home, 'mlflow.db')}`,
    '--artifacts-destination': join(home, 'artifacts'),
    '--host': '127.0.0.1',
    '--port': String(port),
    '--workers': '2',
    // A worker that takes in a large artifact on a busy machine answers its health check late; 5 s would end it.
    '--uvicorn-opts': '--timeout-worker-healthcheck 120',
    ...more,
  }
  return {
    command: [python, '-m', 'mlflow', 'server', ...Object.entries(options).flat()],
    env: { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', MLFLOW_DISABLE_TELEMETRY: 'true' },
  }
}

/**
 * Starts an MLflow server with a database and artifacts of its own, on loopback only; one that runs
 * already is kept.
 * @returns its address for programs on this machine.
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
 * Lets pods reach the server: it can listen at one address only, and all addresses of the machine would be too
 * many for a server without a password, so a forwarder listens at the pods' gateway.
 * @returns the server's address for pods.
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

/** Whether the server answers now. */
export const isMlflowHealthy = async (): Promise<boolean> =>
  (await isDaemonAlive(server)) &&
  isResponding(`http://127.0.0.1:${await readOrChoosePort()}`).catch(() => false)

/** Ends the server and its forwarder; its data stay until the state folder is deleted. */
export const stopMlflow = async (): Promise<void> => {
  await stopDaemon(forwarder, { graceSeconds: 1 })
  await stopDaemon(server, { graceSeconds: 5 })
}
