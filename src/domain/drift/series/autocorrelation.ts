/** Standard errors above which an estimate shows dependence: 1 in 2,000 independent columns does. */
const DETECTION = 3.3
/** Lags that are summed at one resolution. */
const MAX_LAG = 500
/** Rows of a mean, where the memory is longer than that. */
const BATCH = 50
/** Fewer rows say nothing about their dependence. */
export const MIN_ROWS = 50

/**
 * Number of successive rows that say as much about a mean as one independent row: the integrated autocorrelation time
 * 1 + 2 (rho_1 + rho_2 + ...), by Geyer's initial positive sequence (Statistical Science 7, 1992). 1 for rows that show no
 * autocorrelation.
 * @param values in the order of time; NaN for a missing one
 */
export function estimateAutocorrelationTime(values: Float64Array): number {
  const series = center(values)
  const n = series.length
  if (n < MIN_ROWS) return 1
  const variance = covariance(series, 0)
  if (!(variance > 0)) return 1
  const first = covariance(series, 1) / variance
  if (first * Math.sqrt(n) < DETECTION && batchScore(series, variance) < DETECTION) return 1
  return Math.max(1, integrate(series))
}

/** A memory beyond the lags is that of means of batches, whose variance is that of a row times the memory within a batch. */
function integrate(series: Float64Array): number {
  const variance = covariance(series, 0)
  if (!(variance > 0)) return 1
  let time = -1
  for (let lag = 0; lag + 1 < series.length / 4; lag += 2) {
    if (lag >= MAX_LAG) {
      const means = averageBatches(series, BATCH)
      return ((BATCH * covariance(means, 0)) / variance) * Math.max(1, integrate(means))
    }
    const pair = (covariance(series, lag) + covariance(series, lag + 1)) / variance
    if (pair <= 0) break
    time += 2 * pair
  }
  return time
}

function averageBatches(series: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: Math.floor(series.length / size) }, (_, batch) => {
    let sum = 0
    for (let row = batch * size; row < (batch + 1) * size; row += 1) sum += series[row] as number
    return sum / size
  })
}

/** Whether means of batches of sqrt(n) rows vary more than those of independent rows, in standard errors (Wilson-Hilferty). */
function batchScore(series: Float64Array, variance: number): number {
  const size = Math.ceil(Math.sqrt(series.length))
  const batches = Math.floor(series.length / size)
  let squares = 0
  for (let batch = 0; batch < batches; batch += 1) {
    let sum = 0
    for (let row = batch * size; row < (batch + 1) * size; row += 1) sum += series[row] as number
    squares += (sum / size) ** 2
  }
  const ratio = (squares * size) / (variance * (batches - 1))
  const spread = 2 / (9 * (batches - 1))
  return (Math.cbrt(ratio) - (1 - spread)) / Math.sqrt(spread)
}

function covariance(series: Float64Array, lag: number): number {
  let sum = 0
  for (let row = lag; row < series.length; row += 1)
    sum += (series[row] as number) * (series[row - lag] as number)
  return sum / series.length
}

function center(values: Float64Array): Float64Array {
  const present = values.filter((value) => !Number.isNaN(value))
  const mean = present.reduce((sum, value) => sum + value, 0) / Math.max(1, present.length)
  return present.map((value) => value - mean)
}
