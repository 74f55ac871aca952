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

/** Replaces the response to each request to MLflow. Undefined forwards the request. */
export type ResponseOverride = () => Promise<ProxyResponse | 'cut' | undefined>

/** Proxies for MLflow and the API server. They order all writes of a job, including those of helm and kubectl. */
export interface Interceptor {
  mlflowUri: string
  /** A kubeconfig, as text, for the proxy. */
  kubeconfig: string
  /** All writes that clients sent, in order. */
  readonly writes: readonly Write[]
  /** The current step. New writes are attributed to it. */
  step: string
  /** Cuts all connections, as the loss of the machine does. */
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
  let isDisconnected = false
  // Writes run one at a time, so that they have an order.
  let previousWrite: Promise<unknown> = Promise.resolve()

  const recordWrite = (system: System, call: string): Write => {
    const { step } = interceptor
    const times = writes.filter((write) => write.step === step && write.call === call).length + 1
    const write = { system, step, call, key: `${step}: ${call} #${times}` }
    writes.push(write)
    return write
  }
  const createHandler =
    (system: System): RequestHandler =>
    async (request, pass, hasDisconnected) => {
      if (isDisconnected) return undefined
      const override = system === 'mlflow' ? await interceptor.responseOverride() : undefined
      if (override === 'cut') return undefined
      if (isRead(system, request)) return override ?? pass()
      const handled = previousWrite.then(async () => {
        if (isDisconnected) return undefined
        const write = recordWrite(system, describeCall(system, request, names))
        return override ?? onWrite(write, pass, hasDisconnected)
      })
      previousWrite = handled.catch(() => {})
      const response = await handled
      return isDisconnected ? undefined : response
    }
  const cluster = readClusterTarget(rig.kubernetes.kubeconfig)
  const isStream = ({ method, url }: { method: string; url: string }) =>
    !isDisconnected && method === 'GET' && /[?&](watch|follow)=(1|true)/.test(url)
  const [mlflow, kubernetes] = await Promise.all([
    startReverseProxy({ uri: rig.mlflow.uri }, () => false, createHandler('mlflow')),
    startReverseProxy(cluster, isStream, createHandler('kubernetes')),
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
      isDisconnected = true
    },
    responseOverride: async () => undefined,
    stopListening: (system) => proxies[system].stopListening(),
    startListening: (system) => proxies[system].startListening(),
    async close() {
      isDisconnected = true
      await Promise.all([mlflow.close(), kubernetes.close()])
    },
  }
  return interceptor
}

/** Reads the address and credentials of the rig's administrator. */
function readClusterTarget(kubeconfig: string) {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'))
  const { server, 'certificate-authority': ca } = clusters[0].cluster
  return {
    uri: server as string,
    ca: readFileSync(ca as string),
    headers: { authorization: `Bearer ${users[0].user.token}` },
  }
}
