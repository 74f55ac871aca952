import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Fault, UserError } from '../../domain/failure.ts'
import { redact } from '../../domain/rollout-redaction.ts'
import { cureOf, missingRight } from './forbidden.ts'
import type { Reach } from './reach.ts'

/** Gives a port of this machine that leads to a port of a pod while `use` runs. */
export type Forward = <T>(pod: string, port: number, use: (local: number) => Promise<T>) => Promise<T>

/** Milliseconds until the way must stand. */
const PATIENCE = 20_000
const MOST = 16 * 1024

/**
 * By `kubectl port-forward`, the one way for every request: `kubectl create --raw` sends a body without its type and
 * keeps to itself what came with a status other than success. A connection that the pod refuses ends it, so each use
 * has one of its own.
 * @throws Fault with the missing rule of the Role, or with what kubectl said; UserError when cancelled
 */
export function forwardAt(reach: Reach): Forward {
  return async (pod, port, use) => {
    const args = ['port-forward', `pod/${pod}`, `:${port}`, '--address', '127.0.0.1']
    const child = spawn('kubectl', [...reach.kubectlFlags, ...args], {
      env: reach.env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'close').catch(() => undefined)
    const end = () => void child.kill('SIGTERM')
    reach.cancelled?.addEventListener('abort', end, { once: true })
    if (reach.cancelled?.aborted) end()
    let stderr = ''
    child.stderr.on('data', (piece: Buffer) => {
      stderr = (stderr + piece).slice(-MOST)
    })
    try {
      const local = await Promise.race([
        localPort(child.stdout),
        ended.then(() => undefined),
        later(PATIENCE),
      ])
      if (local === undefined) throw failed(reach, args, stderr)
      return await use(local)
    } finally {
      reach.cancelled?.removeEventListener('abort', end)
      end()
      await ended
    }
  }
}

/** What it says when it stands: `Forwarding from 127.0.0.1:40267 -> 8080`. */
function localPort(stdout: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve) => {
    let said = ''
    stdout.on('data', (piece: Buffer) => {
      said = (said + piece).slice(-MOST)
      const port = /^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(said)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
}

function later(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), milliseconds).unref()
  })
}

function failed({ cancelled }: Reach, args: readonly string[], stderr: string): Error {
  if (cancelled?.aborted) return new UserError('The job was cancelled.')
  const right = missingRight(stderr)
  return new Fault({
    system: 'Kubernetes',
    call: `kubectl ${args.slice(0, 3).join(' ')}`,
    said: redact(stderr.trim()) || 'it said nothing',
    next: right ? cureOf(right) : 'See that the API server may open connections to pods of this namespace.',
  })
}
