import type { Benchmark } from '../benchmark.ts'
import { type FalsePromotionRates, simulateGateErrors } from './simulation.ts'

const MAX_RATE = 0.05

/** Measures the worst error rate of the gate, and that of a comparison of two metric values on the same data. */
export const measureFalsePromotions: Benchmark = async () => {
  const cells = simulateGateErrors().falsePromotions
  const worst = cells.reduce((most, cell) => (cell.thisGate.rate > most.thisGate.rate ? cell : most))
  const { rate, low, high, simulations: of } = worst.thisGate
  return [
    {
      name: `false promotes at the policy's boundary, the worst of ${cells.length} cells, of ${of.toLocaleString('en')} simulations`,
      figure: `${formatPercent(rate)} (${formatPercent(low)} to ${formatPercent(high)}; ${formatCell(worst)}), a naive gate there ${formatPercent(worst.pointEstimateBetter.rate)}`,
      target: `at most ${formatPercent(MAX_RATE)}`,
      isMet: rate <= MAX_RATE,
    },
  ]
}

const formatCell = ({ statistic, rows, users, classes, policy }: FalsePromotionRates): string => {
  const shape = [users && `of ${users} users`, classes && `of ${classes} classes`].filter(Boolean)
  return `${[statistic, `${rows} rows`].join(', ')}${shape.map((one) => ` ${one}`).join('')}, ${policy}`
}

const formatPercent = (share: number): string => `${(100 * share).toFixed(1)} %`
