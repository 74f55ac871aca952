/** One line of a container's log. */
export interface LogLine {
  /** Milliseconds since 1970, by the node's clock. */
  at: number
  text: string
}

/** A connection that an init container has tried for a while, and that was refused. */
export interface RefusedConnection {
  seconds: number
  /** Its address is the pod itself. */
  isLoopback: boolean
}

const REFUSED = /connection refused|ECONNREFUSED/i
const LOOPBACK = /\blocalhost\b|\b127\.\d+\.\d+\.\d+\b|\[::1\]/i
/** Fewer may be a server, a proxy or a network that starts at the same time. */
const MIN_ATTEMPTS = 3
const MIN_DURATION_MS = 20_000

/**
 * Finds the same line about a refused connection, repeated for a while, at the end of the log of a running container.
 * Undefined if the log went on with something else, since the connection may have been made.
 */
export function findRepeatedRefusal(log: readonly LogLine[]): RefusedConnection | undefined {
  const keys = log.map(({ text }) => normalizeLine(text))
  const lastIndex = log.findLastIndex(({ text }) => REFUSED.test(text))
  const attempts = log.filter((_line, index) => index <= lastIndex && keys[index] === keys[lastIndex])
  const duration = (log[lastIndex]?.at ?? 0) - (attempts[0]?.at ?? 0)
  if (attempts.length < MIN_ATTEMPTS || duration < MIN_DURATION_MS) return undefined
  const known = new Set(keys.slice(0, lastIndex))
  if (keys.slice(lastIndex + 1).some((key) => !known.has(key))) return undefined
  return { seconds: Math.round(duration / 1000), isLoopback: log.some(({ text }) => LOOPBACK.test(text)) }
}

/**
 * Finds a refused connection to the pod itself as the last line of a container that has exited after a while. MLflow's client
 * retries silently for minutes. Another address may answer the next run.
 * @param ranMs milliseconds that the container ran
 */
export function findRefusedExit(log: readonly LogLine[], ranMs: number): RefusedConnection | undefined {
  const last = log.at(-1)?.text ?? ''
  if (ranMs < MIN_DURATION_MS || !isRefusedByLoopback(last)) return undefined
  return { seconds: Math.round(ranMs / 1000), isLoopback: true }
}

export function isRefusedByLoopback(line: string): boolean {
  return REFUSED.test(line) && LOOPBACK.test(line)
}

/** Attempts differ in numbers and in addresses of objects only. */
function normalizeLine(text: string): string {
  return text.replace(/0x[\da-f]+|\d+/gi, '#').trim()
}

/** What to do about a pod that takes itself for the server. */
export const LOOPBACK_HINT =
  'localhost in a pod is the pod itself: set pod-tracking-uri to an address of MLflow that pods reach'

/** As the end of a sentence about the container. */
export function describeRefusedConnection({ seconds, isLoopback }: RefusedConnection): string {
  return `its connection was refused for ${seconds} s${isLoopback ? `; ${LOOPBACK_HINT}` : ''}`
}
