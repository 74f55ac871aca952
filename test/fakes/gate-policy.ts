import type { GatePolicy } from '../../src/domain/gate/criteria/gate-policy.ts'

/** A policy that requires a better auc and nothing else, unless a test changes it. */
export function fakePolicy(changes: Partial<GatePolicy> = {}): GatePolicy {
  return {
    primary: { metric: 'auc', direction: 'higher', statistic: 'auc', minValue: undefined },
    comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
    guardrails: [],
    slices: [],
    champion: { maxAge: undefined, onStale: 'warn', waiver: undefined },
    comparable: { sameData: 'known', sha256: 'eval.dataset_sha256', rows: undefined },
    predictions: undefined,
    holdout: undefined,
    statistics: { confidence: 0.95, resamples: 500, minRows: 30, minGroups: 10 },
    decision: { mode: 'enforce', onInconclusive: 'skip', maxRejections: 3 },
    ...changes,
  }
}
