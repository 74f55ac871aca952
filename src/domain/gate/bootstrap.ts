import { type Random, random } from './random.ts'
import { MANY, onceEach, type Population } from './sample.ts'
import type { Counts, Gauge } from './statistic.ts'

/** What each of several models would have been valued on other rows of the same kind. */
export interface Bootstrap {
  /** Per gauge its values, the same resample at the same place. */
  replicates: readonly Float64Array[]
  /** Per gauge its value on all units with the unseen ones, about which the replicates are spread. */
  centers: readonly number[]
}

/**
 * Draws as many units as there are, with replacement, `resamples` times, and values every model on the same draw.
 *
 * Rows on which two models differ may be few, or none, and a resample of the rows that were seen cannot show one that
 * was not. So each model has unseen units, one per class that it could get wrong: rows that only this model gets wrong,
 * as likely to be drawn as any row that was seen. They leave each estimate alone. It is the bootstrap's form of adding
 * pseudo-counts to discordant pairs (Agresti and Min 2005); where none differ at all, the bounds are then near 3 / n,
 * as by the rule of three. Statistics of scores have none: between two models nearly every row differs there.
 */
export function bootstrap(
  population: Population,
  gauges: readonly Gauge[],
  resamples: number,
  seed: string,
): Bootstrap {
  const { sample, size, cells } = population
  const unseen = (gauges[0]?.unseen ?? 0) * gauges.length
  const length = sample.units + unseen
  const all = onceEach(population, length).fill(1, sample.units)
  const counts = all.slice()
  const places = cells && new Int32Array(size + unseen).map((_, at) => cells[at] ?? at - size + sample.units)
  const replicates = gauges.map(() => new Float64Array(resamples))
  const stream = random(seed)
  for (let nth = 0; nth < resamples; nth += 1) {
    draw(counts, size + unseen, places, stream)
    gauges.forEach((gauge, at) => {
      const values = replicates[at] as Float64Array
      values[nth] = gauge.value(counts)
    })
  }
  return { replicates, centers: gauges.map((gauge) => gauge.value(all)) }
}

/**
 * Draws from few units one after the other. Of many, each is there a Poisson number of times (Hanley and MacGibbon 2006,
 * Chamandy et al. 2012): the same but for how many are drawn in all, which cancels in every statistic here, and several
 * times as fast, since memory is read in order.
 */
function draw(counts: Counts, size: number, places: Int32Array | undefined, stream: Random): void {
  counts.fill(0)
  if (size < MANY) {
    for (let nth = 0; nth < size; nth += 1) {
      const at = stream.below(size)
      const place = places ? (places[at] as number) : at
      counts[place] = (counts[place] as number) + 1
    }
    return
  }
  for (let at = 0; at < size; at += 2) {
    const bits = stream.bits()
    const [one, two] = [POISSON[bits & 0xffff] as number, POISSON[bits >>> 16] as number]
    if (places) {
      const [here, there] = [places[at] as number, places[at + 1] ?? 0]
      counts[here] = (counts[here] as number) + one
      if (at + 1 < size) counts[there] = (counts[there] as number) + two
    } else {
      counts[at] = one
      if (at + 1 < size) counts[at + 1] = two
    }
  }
}

/** The Poisson number of mean 1 for each of 2^16 equally likely draws. */
const POISSON = poissonTable()

function poissonTable(): Uint8Array {
  const table = new Uint8Array(2 ** 16)
  let [filled, chance, below] = [0, Math.exp(-1), 0]
  for (let number = 0; filled < table.length; number += 1) {
    below += chance
    const end = Math.round(table.length * below)
    table.fill(number, filled, end)
    if (end === filled) break
    filled = end
    chance /= number + 1
  }
  return table
}
