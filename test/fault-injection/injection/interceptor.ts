import { readFileSync } from 'node:fs'
import type { Rig } from '../../../rig/index.ts'
import { type ProxyResponse, type RequestHandler, startReverseProxy } from './reverse-proxy.ts'
import { describeCall, isRead, type Names, type System, type Write } from './writes.ts'

/**
 * Handles one write. `pass` forwards it to the server and returns the response; `hasDisconnected` reports whether
 * the client has disconnected. The client receives the returned response; undefined cuts its connection.
 */
export type WriteHandler = (
  write: Write,
  pass: () => Promise<ProxyResponse>,
  hasDisconnected: () => boolean,
) => Promise<ProxyResponse | undefined>

/** What becomes of every request to MLflow: undefined passes it on. */
export type ResponseOverride = () => Promise<ProxyResponse | 'cut' | undefined>

/** Everything that a job sends to MLflow and to the API server, also what its helm and kubectl send, in one sequence. */
export interface Interceptor {
  mlflowUri: string
  /** Text of a kubeconfig that leads here. */
  kubeconfig: string
  /** Writes that were sent, in order, whatever became of them. */
  readonly writes: readonly Write[]
  /** Of which step the writes are from now on. */
  step: string
  /** Cuts every connection, as after the loss of the machine. */
  disconnect(): void
  responseOverride: ResponseOverride
  stopListening(system: System): Promise<void>
  startListening(system: System): Promise<void>
  close(): Promise<void>
}

const PASS_THROUGH: WriteHandler = (_write, pass) => pass()

export async function openInterceptor(
  rig: Rig,
  names: Names,
  onWrite: WriteHandler = PASS_THROUGH,
): Promise<Interceptor> {
  const writes: Write[] = []
  let dead = false
  // One at a time, so that a sequence has an order.
  let before: Promise<unknown> = Promise.resolve()

  const numbered = (system: System, call: string): Write => {
    const { step } = interceptor
    const times = writes.filter((write) => write.step === step && write.call === call).length + 1
    const write = { system, step, call, key: `${step}: ${call} #${times}` }
    writes.push(write)
    return write
  }
  const ruling =
    (system: System): RequestHandler =>
    async (request, pass, hasDisconnected) => {
      if (dead) return undefined
      const override = system === 'mlflow' ? await interceptor.responseOverride() : undefined
      if (override === 'cut') return undefined
      if (isRead(system, request)) return override ?? pass()
      const turn = before.then(async () => {
        if (dead) return undefined
        const write = numbered(system, describeCall(system, request, names))
        return override ?? onWrite(write, pass, hasDisconnected)
      })
      before = turn.catch(() => {})
      const answer = await turn
      return dead ? undefined : answer
    }
  const cluster = readClusterTarget(rig.kubernetes.kubeconfig)
  const isStream = ({ method, url }: { method: string; url: string }) =>
    !dead && method === 'GET' && /[?&](watch|follow)=(1|true)/.test(url)
  const [mlflow, kubernetes] = await Promise.all([
    startReverseProxy({ uri: rig.mlflow.uri }, () => false, ruling('mlflow')),
    startReverseProxy(cluster, isStream, ruling('kubernetes')),
  ])
  const proxies = { mlflow, kubernetes }
  const interceptor: Interceptor = {
    mlflowUri: mlflow.uri,
    kubeconfig: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'fault-injection', cluster: { server: kubernetes.uri } }],
      contexts: [{ name: 'fault-injection', context: { cluster: 'fault-injection', user: '' } }],
      'current-context': 'fault-injection',
    }),
    writes,
    step: '',
    disconnect() {
      dead = true
    },
    responseOverride: async () => undefined,
    stopListening: (system) => proxies[system].stopListening(),
    startListening: (system) => proxies[system].startListening(),
    async close() {
      dead = true
      await Promise.all([mlflow.close(), kubernetes.close()])
    },
  }
  return interceptor
}

/** The API server as the rig's administrator reaches it. */
function readClusterTarget(kubeconfig: string) {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'))
  const { server, 'certificate-authority': ca } = clusters[0].cluster
  return {
    uri: server as string,
    ca: readFileSync(ca as string),
    headers: { authorization: `Bearer ${users[0].user.token}` },
  }
}
