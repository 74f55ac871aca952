import { gatekeeper, inPython, inRace, race, seed } from './contenders.ts'
import type { Measurement } from './measurement.ts'
import { throughProxy } from './proxy.ts'
import { median, timed } from './timing.ts'

const PAIRS = 7
/** Of each delay. */
const TIMES = 3
/** Milliseconds: much more than what the requests themselves take, so that it is what is waited for. */
const DELAY = 250

/** The gate that promotes from stored values: its requests, how many of them it waits for in turn, and its time. */
export const gatekeepers: Measurement = async ({ folder, mlflow }) => {
  const server = await mlflow()
  const candidates = seed(server, 2 * TIMES + 1 + inRace(PAIRS))
  const delayed = async (delay: number) => {
    const seconds: number[] = []
    const counts: number[] = []
    for (let n = 0; n < TIMES; n += 1)
      counts.push(
        await throughProxy(server.uri, delay, async (uri) => {
          seconds.push(await timed(gatekeeper(folder, { ...server, uri }, candidates)))
        }),
      )
    return { seconds: median(seconds), requests: Math.max(...counts) }
  }
  const plain = await delayed(0)
  const slow = await delayed(DELAY)
  const requests = Math.max(plain.requests, slow.requests)
  const inTurn = Math.round((slow.seconds - plain.seconds) / (DELAY / 1000))
  const ofPython = await throughProxy(server.uri, 0, async (uri) => {
    await timed(inPython(folder, { ...server, uri }, candidates))
  })
  const { times, figure } = await race(folder, server, candidates, PAIRS)
  return [
    {
      what: 'requests of a gatekeeper that promotes from stored values',
      figure: `${requests} (Python: ${ofPython})`,
      bar: 'at most 9',
      holds: requests <= 9,
    },
    {
      what: 'round trips of it, one after the other',
      figure: `${inTurn} (${slow.seconds.toFixed(2)} s at ${DELAY} ms each, ${plain.seconds.toFixed(2)} s at none)`,
      bar: 'at most 5',
      holds: inTurn <= 5,
    },
    {
      what: 'gatekeeper beside one in Python, same server',
      figure,
      bar: 'at least 5 times',
      holds: times >= 5,
    },
  ]
}
