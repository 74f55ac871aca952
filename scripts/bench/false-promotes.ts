import { type FalsePromotes, gateErrorRates } from './gate-errors.ts'
import type { Measurement } from './measurement.ts'

const MOST = 0.05

/** The error rate that the gate promises, where it is worst, and that of two numbers compared there. */
export const falsePromotes: Measurement = async () => {
  const cells = gateErrorRates().falsePromotes
  const worst = cells.reduce((most, cell) => (cell.thisGate.rate > most.thisGate.rate ? cell : most))
  const { rate, low, high, of } = worst.thisGate
  return [
    {
      what: `false promotes at the policy's boundary, the worst of ${cells.length} cells of ${of.toLocaleString('en')} simulations`,
      figure: `${percent(rate)} (${percent(low)} to ${percent(high)}; ${named(worst)}), a naive gate there ${percent(worst.pointBetter.rate)}`,
      bar: `at most ${percent(MOST)}`,
      holds: rate <= MOST,
    },
  ]
}

const named = ({ statistic, rows, users, policy }: FalsePromotes): string =>
  `${statistic}, ${rows} rows${users === undefined ? '' : ` of ${users} users`}, ${policy}`

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
