import type { GatePolicy } from '../../src/domain/gate/criteria/gate-policy.ts'
import { evaluate } from '../../src/domain/gate/evaluation/evaluate.ts'
import {
  type Candidate,
  type Champion,
  decideVerdict,
  type Verdict,
  type VerdictInput,
} from '../../src/domain/gate/verdict.ts'
import { fakePolicy } from './gate-policy.ts'

const auc = (value: number | undefined) =>
  new Map<string, number>(value === undefined ? [] : [['auc', value]])

/** A candidate that logged this AUC. */
export const fakeCandidate = (value: number | undefined, changes: Partial<Candidate> = {}): Candidate => ({
  run: 'FINISHED',
  modelProblem: undefined,
  quarantineReason: undefined,
  metrics: auc(value),
  ...changes,
})

/** A champion that logged this AUC. */
export const fakeChampion = (
  value: number | undefined,
  changes: Partial<Champion & { kind: 'version' }> = {},
): Champion => ({
  kind: 'version',
  number: '3',
  run: 'FINISHED',
  metrics: auc(value),
  sameFiles: false,
  ...changes,
})

export interface ShortPolicy {
  direction?: 'higher' | 'lower'
  /** Default: none; the metric is an auc by its name. */
  statistic?: string
  minImprovement?: string
  minValue?: string
}

export const createShortPolicy = ({
  direction = 'higher',
  statistic,
  minImprovement = '0',
  minValue,
}: ShortPolicy = {}): GatePolicy =>
  fakePolicy({
    primary: { metric: 'auc', direction, statistic, minValue },
    comparison: { kind: 'challenger', minImprovement: { absolute: minImprovement } },
  })

/** Decides by logged metrics. */
export function decideByLoggedMetrics(
  candidate: Candidate,
  champion: Champion,
  policy = createShortPolicy(),
  changes: Partial<VerdictInput> = {},
): Verdict {
  const evaluation = evaluate({
    policy,
    candidate: { name: 'candidate', metrics: candidate.metrics },
    champion:
      champion.kind === 'version'
        ? { name: `champion ${champion.number}`, metrics: champion.metrics }
        : undefined,
    anchor: undefined,
    scored: undefined,
    loggedRowCount: undefined,
  })
  const input = { policy, candidate, champion, untrustedPolicyReason: undefined, scoringError: undefined }
  return decideVerdict({ ...input, validityIssues: [], evaluation, ...changes })
}
