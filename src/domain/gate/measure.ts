import { acrossGauge } from './across.ts'
import { type Bootstrap, bootstrap } from './bootstrap.ts'
import { bootstrapBounds } from './bootstrap-interval.ts'
import type { Interval } from './interval.ts'
import { type Pairs, pairedProportionBounds } from './paired-proportions.ts'
import type { Predictions, Rows } from './rows.ts'
import { onceEach, type Population, populationOf } from './sample.ts'
import type { Gauge, Question, Statistic } from './statistic.ts'

export type { Question } from './statistic.ts'

export interface Options {
  /** One-sided, such as 0.95. */
  confidence: number
  resamples: number
  /** Hex. */
  seed: string
}

/** Several models on the same rows. */
export interface Measured<S extends string> {
  values: Readonly<Record<S, number>>
  /** Independent units: rows, queries, or groups. */
  units: number
  /**
   * How much better the first is than the second, in the better direction, less `relative` of the second's size.
   * `change(a, b)` mirrors `change(b, a)` exactly where `relative` is 0. The very same predictions are exactly equal;
   * others that agree wherever they were seen are not, where the statistic counts classes or hits. Statistics of
   * scores that agree on every resample do give a point.
   */
  change(first: S, second: S, relative?: number): Interval
}

/**
 * Measures models on the same rows, and on the same resamples of them: whole groups where the rows are grouped. Plain
 * proportions of independent rows have a score interval instead, which needs no resamples.
 */
export function measure<S extends string>(
  rows: Rows,
  systems: Readonly<Record<S, Predictions>>,
  question: Question,
  { confidence, resamples, seed }: Options,
): Measured<S> {
  const { statistic, across } = question
  // Two names for the same predictions are one model: it must not differ from itself.
  const models = [...new Map(Object.values<Predictions>(systems).map((one) => [one.digest, one])).values()]
  const place = (system: S) => models.findIndex(({ digest }) => digest === systems[system].digest)
  const population = populationOf(rows, question, models)
  const gauges = models.map((model, at) => {
    const sample = { ...population.sample, unseen: { model: at, models: models.length } }
    return across ? acrossGauge(statistic, sample, model, across) : statistic.gauge(sample, model)
  })
  const once = onceEach(population, population.sample.units + (gauges[0]?.unseen ?? 0) * gauges.length)
  const values = gauges.map((gauge) => gauge.value(once))
  const sign = question.direction === 'higher' ? 1 : -1
  const net = (first: number, second: number, relative: number) =>
    sign * (first - second) - relative * Math.abs(second)

  let drawn: Bootstrap | undefined
  const resampled = () => {
    drawn ??= bootstrap(population, gauges, resamples, seed)
    return drawn
  }
  const differences = (a: number, b: number, relative: number) => {
    const { replicates } = resampled()
    const other = replicates[b] as Float64Array
    return (replicates[a] as Float64Array).map((value, at) => net(value, other[at] as number, relative))
  }
  const whole = isWhole(population, rows, question)

  return {
    values: Object.fromEntries(
      Object.keys(systems).map((system) => [system, values[place(system as S)]]),
    ) as Record<S, number>,
    units: population.size,
    change(first, second, relative = 0) {
      const [a, b] = [place(first), place(second)]
      const [own, other] = [values[a] as number, values[b] as number]
      const interval = {
        estimate: net(own, other, relative) + 0,
        confidence,
        paired: true,
        units: population.size,
      }
      const over = `${population.size.toLocaleString('en-US')} ${population.kind}`
      if (a === b && relative === 0) return { ...interval, low: 0, high: 0, method: 'the same predictions' }
      if (whole && relative === 0) {
        const pairs = pairsOf(population, statistic, [models[a], models[b]] as [Predictions, Predictions])
        const bounds = pairedProportionBounds(pairs, confidence)
        return { ...interval, ...bounds, method: `paired score interval over ${over}` }
      }
      const { centers } = resampled()
      const bounds = bootstrapBounds(
        {
          differences: differences(a, b, relative),
          center: net(centers[a] as number, centers[b] as number, relative),
          influence: influence(gauges[a] as Gauge, gauges[b] as Gauge, other),
          counts: once,
          units: population.size,
        },
        confidence,
      )
      return { ...interval, ...bounds, method: `paired bootstrap over ${over}, ${resamples} resamples` }

      function influence(one: Gauge, two: Gauge, value: number): Float64Array {
        const [gained, lost] = [one.influence(once), two.influence(once)]
        const share = sign + relative * Math.sign(value)
        return gained
          .subarray(0, population.sample.units)
          .map((moved, unit) => sign * moved - share * (lost[unit] as number))
      }
    },
  }
}

/** Whether each unit is one equal trial that succeeds or does not. */
function isWhole({ kind }: Population, rows: Rows, { statistic, across }: Question): boolean {
  if (!statistic.proportion || across || rows.weights) return false
  return kind !== 'groups' || (statistic.ranked && !rows.queries)
}

function pairsOf(population: Population, statistic: Statistic, models: [Predictions, Predictions]): Pairs {
  const { sample } = population
  const [one, two] = models.map((model) => statistic.successes?.(sample, model))
  const counts = onceEach(population, sample.units)
  const pairs = { first: 0, second: 0, total: 0 }
  for (let unit = 0; unit < sample.units; unit += 1) {
    const [a, b] = [one?.[unit] as number, two?.[unit] as number]
    const times = counts[unit] as number
    if (a > b) pairs.first += times
    if (b > a) pairs.second += times
    if (!Number.isNaN(a + b)) pairs.total += times
  }
  return pairs
}
