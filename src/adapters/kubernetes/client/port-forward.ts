import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { createToolError } from '../../cluster-access/error-hints.ts'
import type { ClusterAccess } from '../../cluster-access/kubeconfig.ts'

/** Forwards a local port to a port of a pod while `use` runs. */
export type PortForward = <T>(pod: string, port: number, use: (localPort: number) => Promise<T>) => Promise<T>

/** Milliseconds until kubectl must have opened the local port. */
const START_TIMEOUT_MS = 20_000
const MAX_OUTPUT_CHARS = 16 * 1024

/**
 * Runs `kubectl port-forward`: `kubectl create --raw` sends a body without a content type, and hides the body of an error
 * response. A connection that the pod refuses ends kubectl, so each use starts its own.
 * @throws Fault with the missing permission or kubectl's message; UserError when cancelled
 */
export function createPortForward(access: ClusterAccess): PortForward {
  return async (pod, port, use) => {
    const args = ['port-forward', `pod/${pod}`, `:${port}`, '--address', '127.0.0.1']
    const subprocess = execa('kubectl', [...access.kubectlFlags, ...args], {
      env: access.env as Record<string, string>,
      extendEnv: false,
      stdin: 'ignore',
      ...(access.cancelled ? { cancelSignal: access.cancelled } : {}),
      buffer: false,
      reject: false,
      cleanup: false,
    })
    let stderr = ''
    subprocess.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk).slice(-MAX_OUTPUT_CHARS)
    })
    try {
      const localPort = await Promise.race([
        readLocalPort(subprocess.stdout),
        subprocess.then(() => undefined),
        sleep(START_TIMEOUT_MS, undefined, { ref: false }),
      ])
      if (localPort === undefined)
        throw createToolError(
          access,
          { code: undefined, stderr, termination: access.cancelled?.aborted ? 'cancelled' : 'exited' },
          {
            system: 'Kubernetes',
            call: `kubectl ${args.slice(0, 3).join(' ')}`,
            message: stderr.trim(),
            hint: 'Check that the API server can open connections to pods in this namespace.',
          },
        )
      return await use(localPort)
    } finally {
      subprocess.kill()
      await subprocess
    }
  }
}

/** Reads the line `Forwarding from 127.0.0.1:40267 -> 8080`. */
function readLocalPort(stdout: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve) => {
    let output = ''
    stdout.on('data', (chunk: Buffer) => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARS)
      const port = /^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(output)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
}
