import { spawn } from 'node:child_process'

export interface Command {
  argv: readonly string[]
  env?: Readonly<Record<string, string>>
}

/**
 * Runs a command and measures it.
 * @param started receives the process id
 * @returns wall-clock seconds
 * @throws if it fails, with its output
 */
export const timeCommand = ({ argv, env }: Command, started?: (pid: number) => void): Promise<number> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = argv
    const startedAt = performance.now()
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (child.pid !== undefined) started?.(child.pid)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve((performance.now() - startedAt) / 1000)
      else reject(new Error(`${argv.join(' ')} ended with ${code}:\n${output}`))
    })
  })

export interface PairedTimes {
  a: number[]
  b: number[]
  /** The ratio of the times of B and A, by pair, so that load on the machine affects both. */
  ratios: number[]
}

/** Measures two commands alternately, A B A B. The functions return the n-th command, because some can run only once. */
export const timePaired = async (
  pairs: number,
  a: (n: number) => Command,
  b: (n: number) => Command,
): Promise<PairedTimes> => {
  const result: PairedTimes = { a: [], b: [], ratios: [] }
  for (let n = 0; n < pairs; n += 1) {
    const first = await timeCommand(a(n))
    const second = await timeCommand(b(n))
    result.a.push(first)
    result.b.push(second)
    result.ratios.push(second / first)
  }
  return result
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((x, y) => x - y)
  const middle = sorted.length / 2
  const pick = (index: number) => sorted[index] ?? Number.NaN
  return sorted.length % 2 === 1 ? pick(Math.floor(middle)) : (pick(middle - 1) + pick(middle)) / 2
}
