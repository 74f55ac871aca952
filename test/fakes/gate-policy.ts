import type { GatePolicy } from '../../src/domain/gate/policy.ts'

/** A policy that asks for nothing but a better auc, as three inputs would; a test says what else it is about. */
export function aPolicy(changes: Partial<GatePolicy> = {}): GatePolicy {
  return {
    primary: { metric: 'auc', direction: 'higher', statistic: 'auc', minValue: undefined },
    comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
    guardrails: [],
    slices: [],
    champion: { maxAge: undefined, onStale: 'warn', incomparable: undefined },
    comparable: { sameData: 'known', sha256: 'eval.dataset_sha256', rows: undefined },
    predictions: undefined,
    holdout: undefined,
    statistics: { confidence: 0.95, resamples: 500, minRows: 30, minGroups: 10 },
    decision: { mode: 'enforce', onInconclusive: 'skip', maxRejections: 3 },
    ...changes,
  }
}
