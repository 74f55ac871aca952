import { describe, expect, it } from 'vitest'
import { applyOverride, type Verdict, type VerdictReason } from '../../../src/domain/gate/verdict.ts'
import { fakePolicy } from '../../../test/fakes/gate-policy.ts'
import {
  createShortPolicy,
  decideByLoggedMetrics,
  fakeCandidate,
  fakeChampion,
  type ShortPolicy,
} from '../../../test/fakes/gate-verdict.ts'
import { wordVerdict } from './verdict.ts'

const decide = (...given: Parameters<typeof decideByLoggedMetrics>) =>
  wordVerdict(decideByLoggedMetrics(...given))
const override = (verdict: Verdict, reason: string) =>
  wordVerdict(applyOverride(verdict, { actor: 'ada', reason }))

describe('wordVerdict by logged metrics', () => {
  it.each<[number, number, ShortPolicy, string]>([
    [0.91, 0.9, {}, 'auc 0.91 against 0.9 of champion 3: better by 0.01'],
    [0.9, 0.9, {}, 'auc 0.9 against 0.9 of champion 3: equal, no improvement'],
    [0.89, 0.9, {}, 'auc 0.89 against 0.9 of champion 3: worse by 0.01'],
    [0.06, 0.05, { minImprovement: '0.01' }, 'better by 0.01, at least 0.01 required'],
    [0.0599, 0.05, { minImprovement: '0.01' }, 'better by 0.0099, at least 0.01 required'],
    [0.99, 0.1, { minImprovement: '0.9' }, 'better by 0.89, at least 0.9 required'],
    [0.1, 0.2, { direction: 'lower' }, 'better by 0.1'],
    [0.2, 0.1, { direction: 'lower' }, 'worse by 0.1'],
    [0.001, 0, {}, 'better by 0.001'],
    [-0.1, -0.5, { statistic: 'r2' }, 'better by 0.4'],
    [0.7, 0.5, { minValue: '0.8' }, 'auc 0.7 is below the minimum of 0.8'],
    [0.8, 0.5, { minValue: '0.8' }, 'better by 0.3; 1 more criterion passes'],
    [3, 4, { direction: 'lower', statistic: 'rmse', minValue: '2' }, 'auc 3 is above the maximum of 2'],
  ])('%d against %d, %o', (value, baseline, policy, reason) => {
    const { reason: text } = decide(fakeCandidate(value), fakeChampion(baseline), createShortPolicy(policy))
    expect(text.endsWith(reason), text).toBe(true)
  })

  it('names what a champion or a candidate lacks', () => {
    expect(decide(fakeCandidate(0.9), fakeChampion(undefined)).reason).toBe(
      'auc of champion 3 is missing: log it on its run, or promote with force and a reason',
    )
    expect(decide(fakeCandidate(0.9), fakeChampion(Number.NaN)).reason).toContain('auc of champion 3 is NaN')
    expect(decide(fakeCandidate(0.9), fakeChampion(-1.7976931348623157e308)).reason).toContain('is infinite')
    expect(decide(fakeCandidate(undefined), fakeChampion(0.9)).reason).toBe(
      "the candidate's auc is missing (the run logged no metric)",
    )
  })
})

describe('wordVerdict', () => {
  it.each<[VerdictReason, string]>([
    [{ kind: 'run', run: 'missing' }, "the candidate's run does not exist"],
    [{ kind: 'run', run: 'deleted' }, "the candidate's run is deleted"],
    [
      { kind: 'run', run: 'RUNNING' },
      "the candidate's run is still RUNNING; re-run the gate when it is FINISHED",
    ],
    [{ kind: 'run', run: 'FAILED' }, "the candidate's run is FAILED, not FINISHED"],
    [{ kind: 'unusable-model', problem: 'no MLmodel' }, 'no MLmodel'],
    [{ kind: 'quarantined', reason: 'OOM' }, 'quarantined: OOM'],
    [{ kind: 'untrusted-policy', reason: 'the policy differs' }, 'the policy differs'],
    [
      { kind: 'self-tests', failed: [{ kind: 'a-a-test', passed: false, low: 0.1, high: 0.2 }] },
      'gate self-test failed: A/A test: the champion is not better than itself (measured 0.1 to 0.2 better)',
    ],
    [
      { kind: 'not-scored', error: 'the script ended with 3' },
      'the candidate cannot be scored: the script ended with 3',
    ],
    [
      { kind: 'not-comparable', metric: 'auc', value: 'NaN', logged: undefined },
      "the candidate's auc is NaN",
    ],
    [{ kind: 'unclear-champion', reason: 'two' }, 'the champion is ambiguous: two'],
    [{ kind: 'same-files', champion: '3' }, 'the files are identical to those of champion 3: no improvement'],
    [
      { kind: 'champion-run', champion: '3', run: 'deleted' },
      'the run of champion 3 is deleted: restore it, or promote with force and a reason',
    ],
    [
      { kind: 'champion-run', champion: '3', run: 'missing' },
      'the run of champion 3 does not exist: restore it, or promote with force and a reason',
    ],
    [
      { kind: 'champion-run', champion: '3', run: 'FAILED' },
      'the run of champion 3 is FAILED, so its metrics do not count',
    ],
    [{ kind: 'invalid-measurement', issues: ['12 rows were trained on', 'x'] }, '12 rows were trained on; x'],
    [
      {
        kind: 'no-evidence',
        issues: [
          {
            problem: { kind: 'other-range', labels: [1, 5], candidate: [0, 9], champion: [1000, 5000] },
            metric: 'mae',
            baselineName: 'champion 3',
            blocks: 'verdict',
          },
        ],
      },
      'mae: the labels go from 1 to 5, but the predictions are in another range: those of the candidate from 0 to 9, those of the champion from 1000 to 5000. They may be in another unit, such as thousands or logarithms: write them in the unit of the labels',
    ],
    [
      { kind: 'unknown-metrics', metrics: ['roc_auc', 'p99'], logged: ['loss', 'training_roc_auc', 'auc'] },
      'no run logged the metric that the policy names: roc_auc, did you mean auc?; p99 (the run logged loss, training_roc_auc, auc)',
    ],
    [
      { kind: 'unknown-metrics', metrics: ['val_auc'], logged: ['training_roc_auc', 'loss'] },
      'no run logged the metric that the policy names: val_auc, only training_roc_auc is similar, which is measured on training data: log val_auc on a holdout (the run logged training_roc_auc, loss)',
    ],
    [{ kind: 'not-measured' }, 'nothing was measured'],
    [{ kind: 'no-criterion' }, 'no criterion of the policy applies'],
    [
      { kind: 'first-model', metric: 'accuracy', value: 0.9, minValue: '0.9' },
      'first model: nothing is in production; accuracy is 0.9, within the limit of 0.9',
    ],
    [
      { kind: 'first-model', metric: 'auc', value: 0.1, minValue: undefined },
      'first model: nothing is in production; auc is 0.1, no minimum is set',
    ],
  ])('%o', (reason, text) => {
    expect(wordVerdict({ verdict: 'reject', final: true, reason })).toMatchObject({
      verdict: 'reject',
      final: true,
      reason: text,
    })
  })

  it.each<[VerdictReason, { cause?: string; fix?: string }]>([
    [{ kind: 'quarantined', reason: 'OOM' }, { cause: 'its files are in quarantine' }],
    [{ kind: 'run', run: 'FAILED' }, { cause: 'its run did not finish' }],
    [{ kind: 'self-tests', failed: [] }, { fix: 'Fix the policy or the holdout.' }],
    [
      { kind: 'unknown-metrics', metrics: ['auc'], logged: [] },
      { fix: 'Fix the name in the policy, or log the metric in the training.' },
    ],
    [{ kind: 'not-measured' }, {}],
  ])('has the cause or the fix of %o for the headline', (reason, headline) => {
    const { cause, fix } = wordVerdict({ verdict: 'reject', final: true, reason })
    expect({ ...(cause && { cause }), ...(fix && { fix }) }).toEqual(headline)
  })

  it('writes one line for names and reasons with line breaks', () => {
    const forced = override(decideByLoggedMetrics(fakeCandidate(0.8), fakeChampion(0.9)), 'a\n b')
    expect(forced).toMatchObject({
      forced: 'ada: a b',
      reason: expect.stringMatching(/^forced by ada: a b; overrides reject: .*worse by 0\.1$/),
    })
    const odd = fakePolicy({ primary: { ...createShortPolicy().primary, metric: 'a\r\nb' } })
    const logged = { metrics: new Map([['x\ny', 1]]) }
    expect(decide(fakeCandidate(undefined, logged), fakeChampion(1), odd).reason).toBe(
      'no run logged the metric that the policy names: a b (the run logged x y)',
    )
    const unusable = fakeCandidate(1, { modelProblem: 'p\nq' })
    expect(override(decideByLoggedMetrics(unusable, fakeChampion(1)), 'a').reason).toBe(
      'p q (force does not override this)',
    )
  })

  it('has no override for a promotion or a final verdict', () => {
    const promoted = decideByLoggedMetrics(fakeCandidate(1), fakeChampion(0.9))
    expect(override(promoted, 'now')).not.toHaveProperty('forced')
    const quarantined = fakeCandidate(1, { quarantineReason: 'OOM' })
    const final = override(decideByLoggedMetrics(quarantined, fakeChampion(0.9)), 'now')
    expect(final.reason).toMatch(/force does not override this/)
    expect(final).not.toHaveProperty('forced')
  })
})
