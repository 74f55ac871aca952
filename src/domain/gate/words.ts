import type { Amount, Comparison } from './policy.ts'

/** "0.01", or "0.1 of the champion's value". */
export function amount(of: Amount, rival = 'champion'): string {
  return 'absolute' in of ? of.absolute : `${of.relative} of the ${rival}'s value`
}

/** What is asked of the primary metric against the champion. */
export function demand(comparison: Comparison): string {
  switch (comparison.kind) {
    case 'challenger': {
      const least = comparison.minImprovement
      return 'absolute' in least && Number(least.absolute) === 0
        ? 'better at all'
        : `better by at least ${amount(least)}`
    }
    case 'refresh':
      return notWorse(comparison.margin)
    case 'threshold':
      return 'not compared'
  }
}

/** What a guardrail, a slice or an anchor asks. */
export function notWorse(most: Amount, rival = 'champion'): string {
  return `not worse by more than ${amount(most, rival)}`
}
