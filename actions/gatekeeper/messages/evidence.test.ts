import { expect, it } from 'vitest'
import type { EvidenceIssue } from '../../../src/domain/gate/evaluation/types.ts'
import { describeEvidenceIssue } from './evidence.ts'

const [candidate, champion] = [
  { value: 0.2548, chance: 0.5 },
  { value: 0.02629, chance: 0.5 },
]

it.each<[EvidenceIssue['problem'], string]>([
  [
    { kind: 'worse-than-chance', predicts: 'scores', candidate, champion, positive: '1' },
    '0.2548 (chance: 0.5) of the candidate and 0.02629 (chance: 0.5) of the champion are worse than chance. The scores may be upside down, those of another class: higher must mean more likely the positive class (holdout.positive: "1")',
  ],
  [
    { kind: 'worse-than-chance', predicts: 'classes', candidate, champion: undefined, positive: undefined },
    '0.2548 (chance: 0.5) of the candidate is worse than chance. The classes may be swapped, or another encoding: write them as the labels have them',
  ],
  [
    { kind: 'worse-than-chance', predicts: 'probabilities', candidate, champion, positive: 'yes' },
    '0.2548 (chance: 0.5) of the candidate and 0.02629 (chance: 0.5) of the champion are worse than chance. The probabilities may be those of another class, or badly calibrated: write those of the positive class, or a column proba_<class> for each (holdout.positive: "yes")',
  ],
  [
    { kind: 'worse-than-chance', predicts: 'classes', candidate: undefined, champion, positive: undefined },
    '0.02629 (chance: 0.5) of the champion is worse than chance. The classes may be swapped, or another encoding: write them as the labels have them. Until then the two are incomparable. If the champion is really that bad, promote with force and a reason',
  ],
  [
    { kind: 'no-better-than-chance', predicts: 'classes', candidate, champion, positive: '1' },
    '0.2548 (chance: 0.5) of the candidate and 0.02629 (chance: 0.5) of the champion are no better than chance, so the comparison is no evidence. Check the labels and the predictions',
  ],
  [
    { kind: 'no-better-than-chance', predicts: 'scores', candidate: undefined, champion, positive: '1' },
    '0.02629 (chance: 0.5) of the champion is not clearly better than chance. Check the labels and the predictions. Until then the two are incomparable. If the champion is really that bad, promote with force and a reason',
  ],
  [
    { kind: 'worse-than-chance', predicts: 'numbers', candidate, champion, positive: undefined },
    '0.2548 (a constant: 0.5) of the candidate and 0.02629 (a constant: 0.5) of the champion are worse than a constant. The signs may be flipped, or the predictions may be in another unit or those of other rows: compare the ids',
  ],
  [
    { kind: 'worse-than-chance', predicts: 'ranks', candidate, champion, positive: undefined },
    '0.2548 (chance: 0.5) of the candidate and 0.02629 (chance: 0.5) of the champion are worse than chance. The scores or the relevances may be upside down: higher must mean more relevant',
  ],
  [
    { kind: 'other-range', labels: [0, 4990], candidate: [7.1, 8.5], champion: [-2, 1e6] },
    'the labels go from 0 to 4990, but the predictions are in another range: those of the candidate from 7.1 to 8.5, those of the champion from -2 to 1000000. They may be in another unit, such as thousands or logarithms: write them in the unit of the labels',
  ],
  [
    { kind: 'other-range', labels: [0, 4990], candidate: [7.1, 8.5], champion: undefined },
    'the labels go from 0 to 4990, but the predictions are in another range: those of the candidate from 7.1 to 8.5. They may be in another unit, such as thousands or logarithms: write them in the unit of the labels',
  ],
  [
    {
      kind: 'swapped-predictions',
      candidate: { model: 'candidate', value: 0.8, logged: 0.951234 },
      champion: { model: 'champion 3', value: 0.95, logged: 0.81 },
    },
    'the predictions of the two models look swapped: they give 0.8 for the candidate and 0.95 for the champion, but the run of the candidate logged 0.9512, and that of the champion 0.81. Check which file or artifact belongs to which model. If they are right, the runs logged these values on other data: promote with force and a reason',
  ],
  [
    { kind: 'lost-champion', champion: { model: 'champion 3', value: 0.51, logged: 0.92 } },
    'the predictions of the champion know nothing about these rows (0.51), although its run logged 0.92. They may be those of other rows or of another model: compare the ids. Until then the two are incomparable. If the champion is really that bad now, promote with force and a reason',
  ],
  [
    { kind: 'identical-predictions' },
    'the predictions of both models are identical on every row. Are they of two models? A script must read the model in MODEL_URI. If both models really give the same classes, write columns proba_<class> as well, which differ; otherwise promote with force and a reason',
  ],
  [
    {
      kind: 'unreachable-improvement',
      best: 1,
      champion: 0.995,
      criterion: { kind: 'min-improvement', amount: { absolute: '0.01' }, baseline: 'champion' },
    },
    'no candidate can pass: champion 3 has 0.995, the best possible value is 1, and min_improvement is 0.01. Relax it: an absolute amount is in the unit of the metric, such as 0.005 for half a percentage point, and a relative one is a share, such as 0.05 for 5 %',
  ],
  [
    {
      kind: 'no-negative-control',
      champion: 0.4,
      criterion: { kind: 'max-regression', amount: { absolute: '0.45' }, baseline: 'champion' },
    },
    'no negative control can be made, so nothing shows that a bad model would fail: not even predictions with every row perturbed miss margin 0.45 against 0.4 of champion 3',
  ],
  [
    {
      kind: 'no-negative-control',
      champion: 0,
      criterion: { kind: 'min-improvement', amount: { relative: '0.1' }, baseline: 'champion' },
    },
    'no negative control can be made, so nothing shows that a bad model would fail: not even predictions with every row perturbed miss min_improvement 0.1 of its value against 0 of champion 3',
  ],
])('%o', (problem, text) => {
  const issue: EvidenceIssue = { problem, metric: 'auc', baselineName: 'champion 3', blocks: 'verdict' }
  expect(describeEvidenceIssue(issue)).toBe(`auc: ${text}`)
})
