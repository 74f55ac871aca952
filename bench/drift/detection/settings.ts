import type { DriftPolicy, DriftSettings } from '../../../src/domain/drift/result.ts'

/** The defaults of drift-check. */
export function createSettings(policy: DriftPolicy): DriftSettings {
  return {
    policy,
    sigmas: 2,
    alpha: 0.05,
    floors: { numeric: 0.1, categorical: 0.1, nulls: 0.05 },
    minDriftedColumns: 1,
    criticalColumns: [],
    extraColumns: 'warn',
  }
}
