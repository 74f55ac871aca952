import { describe, expect, it } from 'vitest'
import { createRegressionCriterion } from '../../../src/domain/gate/criteria/criterion.ts'
import type { Check, EvaluationNote, MeasurementProblem } from '../../../src/domain/gate/evaluation/types.ts'
import type { SelfTest } from '../../../src/domain/gate/self-test/self-tests.ts'
import { describeCheck, describeCriterion, describeProblem } from './criterion.ts'
import { describeNote } from './notes.ts'
import { describeSelfTest, describeSelfTestFailure } from './self-tests.ts'

const paired: Check = {
  kind: 'primary',
  subject: { metric: 'accuracy' },
  candidate: 0.95,
  baseline: 0.9,
  baselineName: 'champion 3',
  change: {
    estimate: 0.05,
    low: 0.031,
    high: 0.0689,
    confidence: 0.95,
    method: '',
    paired: true,
    units: 1000,
  },
  margin: 0.03,
  criterion: { kind: 'min-improvement', amount: { absolute: '0.03' }, baseline: 'champion' },
  result: 'pass',
  finding: { kind: 'same-rows', outcome: 'compared', unit: 'rows', minSampleSize: 30 },
}
const sameRows = { kind: 'same-rows', unit: 'rows', minSampleSize: 30 } as const
const VALUES = 'accuracy 0.95 against 0.9 of champion 3 on the same 1,000 rows'
const digits = (value: bigint) => ({ digits: value, scale: 2 })

describe('describeCheck', () => {
  it.each<[Partial<Check>, string]>([
    [{}, `${VALUES}: better by 0.05 (+0.031 to +0.0689 at 95 %); required: better by at least 0.03`],
    [
      { result: 'inconclusive', requiredSampleSize: 1234.5 },
      `${VALUES}: better by 0.05 (+0.031 to +0.0689 at 95 %), too uncertain to tell whether it is better by at least 0.03; about 1,235 rows would decide`,
    ],
    [
      {
        result: 'inconclusive',
        requiredSampleSize: 50,
        subject: { metric: 'accuracy', slice: { column: 'country', value: 'FR' } },
        finding: { ...sameRows, outcome: 'compared', unit: 'groups' },
      },
      'accuracy where country is FR 0.95 against 0.9 of champion 3 on the same 1,000 groups: better by 0.05 (+0.031 to +0.0689 at 95 %), too uncertain to tell whether it is better by at least 0.03; about 50 groups of this slice would decide',
    ],
    [
      { result: 'inconclusive', finding: { ...sameRows, outcome: 'too-few-units' } },
      `${VALUES}, fewer than the minimum of 30`,
    ],
    [
      { result: 'inconclusive', finding: { ...sameRows, outcome: 'share-of-zero' } },
      `${VALUES}: a share of 0 is undefined; set an absolute margin in the policy`,
    ],
    [
      { result: 'fail', finding: { ...sameRows, outcome: 'identical-predictions' } },
      `${VALUES}: identical predictions on every row; required: better by at least 0.03`,
    ],
    [
      {
        subject: { metric: 'accuracy', slice: { column: 'country', value: 'FR' } },
        finding: { kind: 'small-slice', units: 40, unit: 'groups', minSamples: 200 },
      },
      'accuracy where country is FR: no regression shown; 40 groups, fewer than the 200 that must prove there is none',
    ],
    [
      {
        subject: { metric: 'accuracy', disparityAcross: 'sex' },
        candidate: 0.2,
        criterion: { kind: 'maximum', limit: '0.1' },
        result: 'fail',
        finding: { kind: 'limit' },
      },
      'accuracy disparity across sex 0.2 is above the maximum of 0.1',
    ],
    [
      {
        candidate: 0.8123456789012,
        criterion: { kind: 'minimum', limit: '0.8' },
        finding: { kind: 'limit' },
      },
      'accuracy 0.8123 meets the minimum of 0.8',
    ],
    [
      { finding: { kind: 'unmeasured', problem: { kind: 'empty-slice' } } },
      'accuracy cannot be measured: the holdout has no row of this slice',
    ],
    [
      { finding: { kind: 'not-comparable', model: 'candidate', value: 'NaN' } },
      "the candidate's accuracy is NaN",
    ],
    [
      {
        candidate: 90.4,
        finding: { kind: 'impossible-value', model: 'candidate', range: { least: 0, greatest: 1 } },
      },
      "the candidate's accuracy cannot be 90.4: its values are between 0 and 1. Another scale or a flipped sign; log it in this range, or under a name of your own with a direction",
    ],
    [
      {
        baseline: -3,
        finding: { kind: 'impossible-value', model: 'baseline', range: { least: 0, greatest: Infinity } },
      },
      'accuracy of champion 3 cannot be -3, so the two are incomparable: its values are at least 0. Another scale or a flipped sign; log it in this range on its run, or promote with force and a reason',
    ],
    [
      { finding: { kind: 'percent-and-share' }, baseline: 91 },
      'accuracy 0.95 against 91 of champion 3: one is a percentage, and the other a share. Log both in one scale, or promote with force and a reason',
    ],
    [
      { finding: { kind: 'share-of-zero' }, baseline: 0 },
      'accuracy 0.95 against 0 of champion 3: a share of 0 is undefined; set an absolute margin in the policy',
    ],
    [
      {
        result: 'inconclusive',
        finding: { kind: 'gain', gain: digits(5n), amount: digits(3n) },
      },
      'accuracy 0.95 against 0.9 of champion 3: better by 0.05, at least 0.03 required (+0.031 to +0.0689 at 95 %, as two independent samples of 1000 rows); required: better by at least 0.03',
    ],
  ])('%o', (changes, text) => {
    expect(describeCheck({ ...paired, ...changes })).toBe(text)
  })

  it.each([
    [0n, 'equal'],
    [-1n, 'worse by 0.01, at most 0.01 allowed'],
    [5n, 'better by 0.05'],
  ])('words a gain of %d hundredths under a maximum regression', (gain, text) => {
    const { change: _, margin: __, ...logged } = paired
    const criterion = createRegressionCriterion({ absolute: '0.01' })
    const finding = { kind: 'gain', gain: digits(gain), amount: digits(1n) } as const
    expect(describeCheck({ ...logged, criterion, finding })).toBe(
      `accuracy 0.95 against 0.9 of champion 3: ${text}`,
    )
  })
})

describe('describeCriterion', () => {
  it.each<[Check['criterion'], string]>([
    [{ kind: 'measurable' }, 'measurable'],
    [{ kind: 'possible', range: { least: -Infinity, greatest: 1 } }, 'at most 1'],
    [{ kind: 'possible', range: { least: -1, greatest: 1 } }, 'between -1 and 1'],
    [{ kind: 'minimum', limit: '0.8' }, 'at least 0.8'],
    [{ kind: 'maximum', limit: '0.8' }, 'at most 0.8'],
    [{ kind: 'min-improvement', amount: { absolute: '0.0' }, baseline: 'champion' }, 'better'],
    [
      { kind: 'min-improvement', amount: { relative: '0.1' }, baseline: 'champion' },
      "better by at least 0.1 of the champion's value",
    ],
    [createRegressionCriterion({ absolute: '0.04' }), 'not worse by more than 0.04'],
    [
      createRegressionCriterion({ relative: '0.1' }, 'anchor'),
      "not worse by more than 0.1 of the anchor's value",
    ],
  ])('%o', (criterion, text) => expect(describeCriterion(criterion)).toBe(text))
})

describe('describeProblem', () => {
  it.each<[MeasurementProblem, string]>([
    [
      { kind: 'other-encoding', predicted: ['not\u00a0ok', 'ok'], labels: ['not ok'] },
      'the predicted classes are another encoding than the labels: "not\\u00a0ok", "ok", which no label is, and never "not ok". Write the classes as the labels have them',
    ],
    [
      { kind: 'improper-probabilities', ids: ['7'], sum: 1.8 },
      'the columns proba_… add up to 1.8 for 1 row (ids "7"), not to 1 (within 0.05). Write the probability of each class that the model knows',
    ],
    [{ kind: 'no-rows' }, 'there are no rows'],
    [{ kind: 'no-classes' }, 'the predictions have no classes'],
    [{ kind: 'labels-are-numbers' }, 'the labels are numbers, not classes'],
    [{ kind: 'labels-are-classes' }, 'the labels are classes, not numbers'],
    [
      { kind: 'no-positive-class' },
      'the policy names no positive class. Set holdout.positive to its label, which only 0/1, false/true and -1/1 imply',
    ],
    [
      { kind: 'other-encoding', predicted: ['0', '1'], labels: ['no', 'yes'] },
      'the predicted classes are another encoding than the labels: "0", "1", which no label is, and never "no", "yes". Write the classes as the labels have them',
    ],
    [
      { kind: 'other-encoding', predicted: [], labels: [] },
      'the predicted classes are another encoding than the labels: classes, which no label is. Write the classes as the labels have them',
    ],
    [{ kind: 'no-positive-row' }, 'no row has the positive class'],
    [{ kind: 'only-positive-rows' }, 'every row has the positive class'],
    [{ kind: 'no-scores' }, 'the predictions have no scores'],
    [{ kind: 'no-probabilities' }, 'the predictions have no probabilities'],
    [
      { kind: 'only-one-score' },
      'the predictions have one score; more than two classes need a probability each',
    ],
    [{ kind: 'missing-class-probability' }, 'the predictions lack the probability of a class'],
    [
      { kind: 'no-query-column' },
      'the policy names no query (or group) column of the holdout, so there is nothing to rank within',
    ],
    [{ kind: 'negative-relevance' }, 'a relevance is negative'],
    [{ kind: 'no-relevant-row' }, 'no row is relevant'],
    [{ kind: 'invalid-score', value: Number.NaN }, 'a prediction is NaN'],
    [{ kind: 'invalid-probability', value: 1.5 }, 'column "score" has 1.5, which is not a probability'],
    [{ kind: 'not-finite', value: Infinity }, 'its value is Infinity on these rows'],
    [
      { kind: 'too-few-units', units: 20, unit: 'rows', minSampleSize: 30 },
      '20 rows are fewer than the minimum of 30',
    ],
    [{ kind: 'undefined-on-slice', statistic: 'auc' }, 'auc is undefined on its rows'],
  ])('%o', (problem, text) => expect(describeProblem(problem)).toBe(text))
})

describe('describeNote', () => {
  it.each<[EvaluationNote, string]>([
    [{ kind: 'identical-predictions' }, 'identical on every row. Are they of two models?'],
    [
      {
        kind: 'unlike-logged',
        metric: 'auc',
        comparison: { model: 'candidate', value: 0.9, logged: 0.61234 },
      },
      'auc of the candidate is 0.9 from its predictions, but its run logged 0.6123, and chance does not explain',
    ],
    [
      { kind: 'other-unit', metric: 'rmse', factor: 1017.4 },
      'rmse of the two models differs by a factor of 1017. Are both values in the same unit?',
    ],
    [{ kind: 'logged-metrics' }, 'not evaluated on the same rows: the metrics that their runs logged'],
    [{ kind: 'logged-proportions' }, 'not evaluated on the same rows. The interval treats them as two'],
    [{ kind: 'no-champion' }, 'Only fixed limits were checked: no champion is compared on these rows.'],
    [
      {
        kind: 'odd-champion',
        metric: 'auc',
        problem: {
          kind: 'worse-than-chance',
          predicts: 'scores',
          candidate: undefined,
          champion: { value: 0.03, chance: 0.5 },
          positive: '1',
        },
      },
      'Is the champion scored correctly? auc: 0.03 (chance: 0.5) of the champion is worse than chance. The scores may be upside down',
    ],
    [
      { kind: 'positive-control-undecided', check: paired },
      `Not even perfect predictions would pass on these rows: ${VALUES}`,
    ],
  ])('%o', (note, text) => expect(describeNote(note)).toContain(text))
})

describe('describeSelfTest', () => {
  const [low, high, passed] = [0.1, 0.2, false]
  const [control, champion, candidate] = [0.905, 0.9, 0.95]
  it.each<[SelfTest, string, string]>([
    [
      { kind: 'a-a-test', passed, low, high },
      'A/A test: the champion is not better than itself',
      'measured 0.1 to 0.2 better',
    ],
    [
      { kind: 'logged-a-a-test', passed, champion },
      'A/A test: the champion is not better than itself',
      '0.9 passes against 0.9',
    ],
    [
      { kind: 'swap', passed, asymmetry: 0.01 },
      'swapping the models mirrors the interval',
      'the bounds differ by 0.01',
    ],
    [
      { kind: 'logged-swap', passed, candidate, champion },
      'swapping the models does not pass both',
      '0.95 passes against 0.9, and 0.9 against 0.95',
    ],
    [
      { kind: 'negative-control', passed, control, champion },
      'negative control: predictions just short of the margin do not pass',
      'they pass with 0.905 against 0.9',
    ],
    [
      { kind: 'logged-negative-control', passed, control, champion },
      'negative control: a value just short of the margin does not pass',
      '0.905 passes against 0.9',
    ],
    [
      {
        kind: 'positive-control',
        passed,
        control: 1,
        champion,
        criterion: createRegressionCriterion({ absolute: '0.1' }),
      },
      'positive control: the labels as predictions do not fail',
      'they fail with 1 against 0.9, required: not worse by more than 0.1. No candidate can pass; relax the criterion',
    ],
    [
      { kind: 'beyond-limit', passed, limit: '0.9', value: 0.89 },
      'a value just beyond the limit 0.9 fails',
      '0.89 passes',
    ],
    [
      { kind: 'perfect-within-limit', passed, limit: '1.5', value: 1 },
      'positive control: the labels as predictions meet the limit 1.5',
      'their value is 1. No candidate can pass; relax the limit',
    ],
  ])('%o', (test, name, failure) => {
    expect(describeSelfTest(test)).toBe(name)
    expect(describeSelfTestFailure(test)).toBe(failure)
  })
})
