import type { Dataset, Training } from './trainer.ts'

/** A case that a naive gate gets wrong: both trainings and the correct verdict. */
export interface MetricCase {
  /** Default: an AUC of 0.5. */
  champion?: Training
  candidate: Training
  inputs?: Record<string, string>
  verdict: 'promote' | 'reject' | 'inconclusive'
  reason: RegExp
}

export const auc = (value: number): Training => ({ metrics: { auc: value } })
const recall = (value: number): Training => ({ metrics: { recall: value } })
/** How MLflow stores an infinity. */
const STORED_INFINITY = 1.7976931348623157e308
const train: Dataset = { name: 'orders', digest: 'aaaa0001', context: 'training' }
const test: Dataset = { name: 'orders', digest: 'bbbb0002', context: 'test' }
const other: Dataset = { name: 'orders', digest: 'cccc0003', context: 'test' }
/** MLflow's digest covers the first 10,000 rows only; the sha256 covers all rows. */
const trainedOnData = (value: number, sha256: string): Training => ({
  ...auc(value),
  datasets: [test],
  params: { 'eval.dataset_sha256': sha256.repeat(64) },
})
const trainedOnRows = (value: number, rows: string): Training => ({
  ...auc(value),
  params: { rows_eval: rows },
})
const ROWS = 'comparable: {rows: {param: rows_eval}}'

/** Cases of logged metrics, by description. */
export const metricCases: Record<string, MetricCase> = {
  'a champion of as many digits as a double has': {
    champion: auc(0.9733333333333334),
    candidate: auc(0.99),
    inputs: { 'min-improvement': '0.01' },
    verdict: 'promote',
    reason: /better by 0\.01667, at least 0\.01 required/,
  },
  'NaN of the candidate': {
    candidate: auc(Number.NaN),
    verdict: 'reject',
    reason: /^the candidate's auc is NaN$/,
  },
  'NaN of the champion': {
    champion: auc(Number.NaN),
    candidate: auc(0.9),
    verdict: 'inconclusive',
    reason: /^auc of champion 1 is NaN/,
  },
  'a stored infinity of the candidate': {
    candidate: auc(STORED_INFINITY),
    verdict: 'reject',
    reason: /^the candidate's auc is infinite$/,
  },
  'a stored infinity of the candidate where lower is better': {
    candidate: { metrics: { cost: -STORED_INFINITY } },
    inputs: { metric: 'cost', direction: 'lower' },
    verdict: 'reject',
    reason: /^the candidate's cost is -?infinite$/,
  },
  'a stored infinity of the champion': {
    champion: auc(-STORED_INFINITY),
    candidate: auc(0.9),
    verdict: 'inconclusive',
    reason: /^auc of champion 1 is -?infinite/,
  },
  'a value of the candidate on another scale': {
    candidate: auc(90.4),
    verdict: 'reject',
    reason: /^the candidate's auc cannot be 90\.4: its values are between 0 and 1/,
  },
  'a value of the champion on another scale': {
    champion: { metrics: { auc: 0.9, ndcg_at_10: 61.2 } },
    candidate: { metrics: { ndcg_at_10: 0.783 } },
    inputs: { metric: 'ndcg_at_10' },
    verdict: 'inconclusive',
    reason: /^ndcg_at_10 of champion 1 cannot be 61\.2, so the two are incomparable/,
  },
  'two values that are worse than a coin': {
    champion: auc(0.03),
    candidate: auc(0.25),
    verdict: 'inconclusive',
    reason: /are worse than chance\. The scores may be upside down/,
  },
  'values on different data of a context in free text': {
    champion: { ...auc(0.5), datasets: [{ ...test, context: 'test_data' }] },
    candidate: { ...auc(0.9), datasets: [{ ...other, context: 'test_data' }] },
    verdict: 'inconclusive',
    reason: /evaluated on different data/,
  },
  'a metric that the candidate lacks': {
    candidate: { metrics: { loss: 0.1 } },
    verdict: 'reject',
    reason: /^the candidate's auc is missing \(the run logged loss\)$/,
  },
  'a metric that the champion lacks': {
    champion: { metrics: { loss: 0.1 } },
    candidate: auc(0.9),
    verdict: 'inconclusive',
    reason: /^auc of champion 1 is missing/,
  },
  'a champion of 0 and an absolute gain that is enough': {
    champion: recall(0),
    candidate: recall(0.02),
    inputs: { metric: 'recall', 'min-improvement': '0.01' },
    verdict: 'promote',
    reason: /better by 0\.02, at least 0\.01 required/,
  },
  'a champion of 0 and an absolute gain that is not enough': {
    champion: recall(0),
    candidate: recall(0.005),
    inputs: { metric: 'recall', 'min-improvement': '0.01' },
    verdict: 'reject',
    reason: /better by 0\.005, at least 0\.01 required/,
  },
  'a champion of 0 and a share of it': {
    champion: auc(0),
    candidate: auc(0.9),
    inputs: { policy: 'min_improvement: {relative: 0.01}' },
    verdict: 'inconclusive',
    reason: /a share of 0 is undefined; set an absolute margin/,
  },
  'a negative champion and a share that is met': {
    champion: { metrics: { r2: -0.5 } },
    candidate: { metrics: { r2: -0.44 } },
    inputs: { metric: 'r2', policy: 'min_improvement: {relative: 0.1}' },
    verdict: 'promote',
    reason: /better by 0\.06, at least 0\.05 required/,
  },
  'a negative champion and a share that is not met': {
    champion: { metrics: { r2: -0.5 } },
    candidate: { metrics: { r2: -0.46 } },
    inputs: { metric: 'r2', policy: 'min_improvement: {relative: 0.1}' },
    verdict: 'reject',
    reason: /better by 0\.04, at least 0\.05 required/,
  },
  'a negative champion and a candidate that is worse': {
    champion: { metrics: { r2: -0.5 } },
    candidate: { metrics: { r2: -0.55 } },
    inputs: { metric: 'r2' },
    verdict: 'reject',
    reason: /worse by 0\.05/,
  },
  'a value of another step than the model': {
    candidate: { ...auc(0.9), step: 5, modelStep: 3 },
    verdict: 'inconclusive',
    reason: /^auc of the candidate is from step 5, but its model is from step 3/,
  },
  'a value of the step of the model': {
    candidate: { ...auc(0.9), step: 5, modelStep: 5 },
    verdict: 'promote',
    reason: /better by 0\.4/,
  },
  "the candidate's value on its training data": {
    candidate: { ...auc(0.9), datasets: [train, test], metricDataset: train },
    verdict: 'inconclusive',
    reason: /^auc of the candidate was measured on its training data \(orders\)/,
  },
  "the champion's value on its training data": {
    champion: { ...auc(0.5), datasets: [train], metricDataset: train },
    candidate: { ...auc(0.9), datasets: [train, test], metricDataset: test },
    verdict: 'inconclusive',
    reason: /^auc of the champion was measured on its training data/,
  },
  'values on different data by the digest': {
    champion: { ...auc(0.5), datasets: [test] },
    candidate: { ...auc(0.9), datasets: [other] },
    verdict: 'inconclusive',
    reason: /evaluated on different data: the candidate on orders cccc0003, the champion on orders bbbb0002/,
  },
  'the same digest of different data': {
    champion: trainedOnData(0.5, 'a'),
    candidate: trainedOnData(0.9, 'b'),
    verdict: 'inconclusive',
    reason: /evaluated on different data: the candidate on data of sha256 b{12}…, the champion on a{12}…/,
  },
  'the same data by digest and by sha256': {
    champion: trainedOnData(0.5, 'a'),
    candidate: trainedOnData(0.9, 'a'),
    verdict: 'promote',
    reason: /better by 0\.4/,
  },
  'different numbers of rows': {
    champion: trainedOnRows(0.5, '2000'),
    candidate: trainedOnRows(0.9, '1000'),
    inputs: { policy: ROWS },
    verdict: 'inconclusive',
    reason: /different data: the candidate on 1000 rows, the champion on 2000/,
  },
  'unknown data, if the policy requires the same data': {
    candidate: auc(0.9),
    inputs: { policy: 'comparable: {same_data: required}' },
    verdict: 'inconclusive',
    reason: /comparable\.same_data.*run does not record its evaluation data/,
  },
  'no MLmodel': {
    candidate: { ...auc(0.9), model: 'none' },
    verdict: 'reject',
    reason: /^no loadable model: no MLmodel at/,
  },
  'an active run': {
    candidate: { ...auc(0.9), status: 'RUNNING' },
    verdict: 'inconclusive',
    reason: /still RUNNING; re-run the gate when it is FINISHED/,
  },
}
