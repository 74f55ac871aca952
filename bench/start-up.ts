import { actionCommand } from './action-command.ts'
import type { Benchmark } from './benchmark.ts'
import { median, timeCommand, timePaired } from './timing.ts'

const PAIRS = 7

/** Measures the start of a step against the start of an empty Node process. */
export const measureStartUp: Benchmark = async ({ folder }) => {
  const empty = { argv: [process.execPath, '-e', '0'] }
  const start = actionCommand(folder, 'trigger', { 'model-name': 'digits' })
  await timeCommand(start)
  const { a, b, ratios } = await timePaired(
    PAIRS,
    () => empty,
    () => start,
  )
  const seconds = median(b)
  return [
    {
      name: 'start-up of an action (trigger, all of it)',
      figure: `${seconds.toFixed(3)} s, ${median(ratios).toFixed(1)} times an empty node (${median(a).toFixed(3)} s)`,
      target: 'at most 0.2 s',
      isMet: seconds <= 0.2,
    },
  ]
}
