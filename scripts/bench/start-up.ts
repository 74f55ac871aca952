import { action } from './action.ts'
import type { Measurement } from './measurement.ts'
import { median, paired, timed } from './timing.ts'

const PAIRS = 7

/** What every step pays before it does anything, beside a Node that does nothing. */
export const startUp: Measurement = async ({ folder }) => {
  const empty = { argv: [process.execPath, '-e', '0'] }
  const start = action(folder, 'trigger', { 'model-name': 'digits' })
  await timed(start)
  const { a, b, ratios } = await paired(
    PAIRS,
    () => empty,
    () => start,
  )
  const seconds = median(b)
  return [
    {
      what: 'start-up of an action (trigger, all of it)',
      figure: `${seconds.toFixed(3)} s, ${median(ratios).toFixed(1)} times an empty node (${median(a).toFixed(3)} s)`,
      bar: 'at most 0.2 s',
      holds: seconds <= 0.2,
    },
  ]
}
