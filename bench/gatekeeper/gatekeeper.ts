import type { Benchmark } from '../benchmark.ts'
import { median, timeCommand } from '../timing.ts'
import {
  candidatesNeeded,
  compareWithPython,
  gatekeeperCommand,
  pythonGateCommand,
  seedCandidates,
} from './candidates.ts'
import { countRequests } from './counting-proxy.ts'

const PAIRS = 7
/** Runs with each delay. */
const RUNS_PER_DELAY = 3
/** Milliseconds. Much longer than the requests themselves, so that the delay dominates. */
const DELAY_MS = 250

/** Measures a promotion by logged metrics: its requests, how many of them are sequential, and its time. */
export const measureGatekeeper: Benchmark = async ({ folder, mlflow }) => {
  const server = await mlflow()
  const candidates = seedCandidates(server, 2 * RUNS_PER_DELAY + 1 + candidatesNeeded(PAIRS))
  const measureWithDelay = async (delay: number) => {
    const seconds: number[] = []
    const counts: number[] = []
    for (let n = 0; n < RUNS_PER_DELAY; n += 1)
      counts.push(
        await countRequests(server.uri, delay, async (uri) => {
          seconds.push(await timeCommand(gatekeeperCommand(folder, { ...server, uri }, candidates)))
        }),
      )
    return { seconds: median(seconds), requests: Math.max(...counts) }
  }
  const plain = await measureWithDelay(0)
  const slow = await measureWithDelay(DELAY_MS)
  const requests = Math.max(plain.requests, slow.requests)
  const sequential = Math.round((slow.seconds - plain.seconds) / (DELAY_MS / 1000))
  const pythonRequests = await countRequests(server.uri, 0, async (uri) => {
    await timeCommand(pythonGateCommand(folder, { ...server, uri }, candidates))
  })
  const { times, figure } = await compareWithPython(folder, server, candidates, PAIRS)
  return [
    {
      name: 'requests of a gatekeeper that promotes from stored values',
      figure: `${requests} (Python: ${pythonRequests})`,
      target: 'at most 9',
      isMet: requests <= 9,
    },
    {
      name: 'round trips of it, one after the other',
      figure: `${sequential} (${slow.seconds.toFixed(2)} s at ${DELAY_MS} ms each, ${plain.seconds.toFixed(2)} s at none)`,
      target: 'at most 5',
      isMet: sequential <= 5,
    },
    {
      name: 'gatekeeper beside one in Python, same server',
      figure,
      target: 'at least 5 times',
      isMet: times >= 5,
    },
  ]
}
