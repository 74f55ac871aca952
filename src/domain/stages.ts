import type { VersionRecord } from './champion.ts'

/** One version that changes its stage. */
export interface Transition {
  number: string
  stage: 'Production' | 'Archived'
}

/**
 * What it takes that stages say what the alias says: the champion in Production, nobody else there, and who gave way in
 * Archived. Empty where they do. The champion goes first, so that there is one in Production at every moment for whoever
 * still reads stages.
 * @param retired versions that gave way to the champion
 */
export function mirrorSteps(
  champion: string,
  retired: readonly string[],
  versions: readonly VersionRecord[],
): Transition[] {
  const lagging = versions.filter(({ number, stage }) =>
    number === champion
      ? stage !== 'Production'
      : stage === 'Production' || (retired.includes(number) && stage !== 'Archived'),
  )
  const steps = lagging.map(
    ({ number }): Transition => ({ number, stage: number === champion ? 'Production' : 'Archived' }),
  )
  return steps.sort((one, other) => Number(other.number === champion) - Number(one.number === champion))
}
