import type { VersionRecord } from './champion.ts'

/** One version to move to another stage. */
export interface StageTransition {
  number: string
  stage: 'Production' | 'Archived'
}

/**
 * The transitions after which only the champion is in Production and the versions that it replaced are Archived. The
 * champion goes first, so that Production is never empty.
 * @param retired versions that the champion replaced
 */
export function planStageTransitions(
  champion: string,
  retired: readonly string[],
  versions: readonly VersionRecord[],
): StageTransition[] {
  const lagging = versions.filter(({ number, stage }) =>
    number === champion
      ? stage !== 'Production'
      : stage === 'Production' || (retired.includes(number) && stage !== 'Archived'),
  )
  const steps = lagging.map(
    ({ number }): StageTransition => ({ number, stage: number === champion ? 'Production' : 'Archived' }),
  )
  return steps.sort((one, other) => Number(other.number === champion) - Number(one.number === champion))
}
