import { readFileSync } from 'node:fs'
import type { Rig } from '../../rig/index.ts'
import { type Answer, type Ruling, reverseProxy } from './reverse-proxy.ts'
import { callOf, isRead, type Names, type System, type Write } from './writes.ts'

/**
 * What is done to one write, or around it. `pass` lets the server have it, and gives its answer; `gone` tells whether
 * the client is still there. The answer that is given back is told to the client; undefined cuts its connection.
 */
export type Disturbance = (
  write: Write,
  pass: () => Promise<Answer>,
  gone: () => boolean,
) => Promise<Answer | undefined>

/** What becomes of every request to MLflow: undefined passes it on. */
export type Weather = () => Promise<Answer | 'cut' | undefined>

/** Everything that a job sends to MLflow and to the API server, also what its helm and kubectl send, in one sequence. */
export interface Tap {
  mlflow: string
  /** Text of a kubeconfig that leads here. */
  kubeconfig: string
  /** Writes that were sent, in order, whatever became of them. */
  readonly writes: readonly Write[]
  /** Of which step the writes are from now on. */
  step: string
  /** Nothing gets through any more, as if the machine had gone. */
  die(): void
  weather: Weather
  shut(system: System): Promise<void>
  open(system: System): Promise<void>
  close(): Promise<void>
}

const PASS: Disturbance = (_write, pass) => pass()

export async function openTap(rig: Rig, names: Names, disturbance: Disturbance = PASS): Promise<Tap> {
  const writes: Write[] = []
  let dead = false
  // One at a time, so that a sequence has an order.
  let before: Promise<unknown> = Promise.resolve()

  const numbered = (system: System, call: string): Write => {
    const { step } = tap
    const times = writes.filter((write) => write.step === step && write.call === call).length + 1
    const write = { system, step, call, key: `${step}: ${call} #${times}` }
    writes.push(write)
    return write
  }
  const ruling =
    (system: System): Ruling =>
    async (request, pass, gone) => {
      if (dead) return undefined
      const sky = system === 'mlflow' ? await tap.weather() : undefined
      if (sky === 'cut') return undefined
      if (isRead(system, request)) return sky ?? pass()
      const turn = before.then(async () => {
        if (dead) return undefined
        const write = numbered(system, callOf(system, request, names))
        return sky ?? disturbance(write, pass, gone)
      })
      before = turn.catch(() => {})
      const answer = await turn
      return dead ? undefined : answer
    }
  const cluster = clusterOf(rig.kubernetes.kubeconfig)
  const isStream = ({ method, url }: { method: string; url: string }) =>
    !dead && method === 'GET' && /[?&](watch|follow)=(1|true)/.test(url)
  const [mlflow, kubernetes] = await Promise.all([
    reverseProxy({ uri: rig.mlflow.uri }, () => false, ruling('mlflow')),
    reverseProxy(cluster, isStream, ruling('kubernetes')),
  ])
  const proxies = { mlflow, kubernetes }
  const tap: Tap = {
    mlflow: mlflow.uri,
    kubeconfig: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'chaos', cluster: { server: kubernetes.uri } }],
      contexts: [{ name: 'chaos', context: { cluster: 'chaos', user: '' } }],
      'current-context': 'chaos',
    }),
    writes,
    step: '',
    die() {
      dead = true
    },
    weather: async () => undefined,
    shut: (system) => proxies[system].shut(),
    open: (system) => proxies[system].open(),
    async close() {
      dead = true
      await Promise.all([mlflow.close(), kubernetes.close()])
    },
  }
  return tap
}

/** The API server as the rig's administrator reaches it. */
function clusterOf(kubeconfig: string) {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'))
  const { server, 'certificate-authority': ca } = clusters[0].cluster
  return {
    uri: server as string,
    ca: readFileSync(ca as string),
    headers: { authorization: `Bearer ${users[0].user.token}` },
  }
}
