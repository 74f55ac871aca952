import type { Dataset, Training } from './trained.ts'

/** A case that a naive gate gets wrong: what both trainings left behind, and the one right answer. */
export interface Pitfall {
  /** Left out, an honest 0.5. */
  champion?: Training
  candidate: Training
  inputs?: Record<string, string>
  verdict: 'promote' | 'reject' | 'inconclusive'
  reason: RegExp
}

export const auc = (value: number): Training => ({ metrics: { auc: value } })
/** What MLflow makes of an infinity. */
const STORED_INFINITY = 1.7976931348623157e308
const train: Dataset = { name: 'orders', digest: 'aaaa0001', context: 'training' }
const test: Dataset = { name: 'orders', digest: 'bbbb0002', context: 'test' }
const other: Dataset = { name: 'orders', digest: 'cccc0003', context: 'test' }
/** MLflow's digest sees the first 10,000 rows only; this is of all of them. */
const onData = (value: number, sha256: string): Training => ({
  ...auc(value),
  datasets: [test],
  params: { 'eval.dataset_sha256': sha256.repeat(64) },
})
const onRows = (value: number, rows: string): Training => ({ ...auc(value), params: { rows_eval: rows } })
const ROWS = 'comparable: {rows: {param: rows_eval}}'

/** Pitfalls of stored values, by what is the matter. */
export const pitfalls: Record<string, Pitfall> = {
  'a champion of as many digits as a double has': {
    champion: auc(0.9733333333333334),
    candidate: auc(0.99),
    inputs: { 'min-improvement': '0.01' },
    verdict: 'promote',
    reason: /better by 0.0166666666666666/,
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
    candidate: auc(-STORED_INFINITY),
    inputs: { direction: 'lower' },
    verdict: 'reject',
    reason: /^the candidate's auc is -?infinite$/,
  },
  'a stored infinity of the champion': {
    champion: auc(-STORED_INFINITY),
    candidate: auc(0.9),
    verdict: 'inconclusive',
    reason: /^auc of champion 1 is -?infinite/,
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
    champion: auc(0),
    candidate: auc(0.02),
    inputs: { 'min-improvement': '0.01' },
    verdict: 'promote',
    reason: /better by 0\.02, at least 0\.01 asked for/,
  },
  'a champion of 0 and an absolute gain that is not enough': {
    champion: auc(0),
    candidate: auc(0.005),
    inputs: { 'min-improvement': '0.01' },
    verdict: 'reject',
    reason: /better by 0\.005, and at least 0\.01 is asked for/,
  },
  'a champion of 0 and a share of it': {
    champion: auc(0),
    candidate: auc(0.9),
    inputs: { policy: 'min_improvement: {relative: 0.01}' },
    verdict: 'inconclusive',
    reason: /a share of 0 is no amount; give an absolute one/,
  },
  'a negative champion and a share that is met': {
    champion: { metrics: { r2: -0.5 } },
    candidate: { metrics: { r2: -0.44 } },
    inputs: { metric: 'r2', policy: 'min_improvement: {relative: 0.1}' },
    verdict: 'promote',
    reason: /better by 0\.06, at least 0\.05 asked for/,
  },
  'a negative champion and a share that is not met': {
    champion: { metrics: { r2: -0.5 } },
    candidate: { metrics: { r2: -0.46 } },
    inputs: { metric: 'r2', policy: 'min_improvement: {relative: 0.1}' },
    verdict: 'reject',
    reason: /better by 0\.04, and at least 0\.05 is asked for/,
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
    reason: /^auc of the candidate is of step 5, and its model of step 3/,
  },
  'a value of the step of the model': {
    candidate: { ...auc(0.9), step: 5, modelStep: 5 },
    verdict: 'promote',
    reason: /better by 0\.4/,
  },
  "the candidate's value on its training data": {
    candidate: { ...auc(0.9), datasets: [train, test], measuredOn: train },
    verdict: 'inconclusive',
    reason: /^auc of the candidate was measured on its training data \(orders\)/,
  },
  "the champion's value on its training data": {
    champion: { ...auc(0.5), datasets: [train], measuredOn: train },
    candidate: { ...auc(0.9), datasets: [train, test], measuredOn: test },
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
    champion: onData(0.5, 'a'),
    candidate: onData(0.9, 'b'),
    verdict: 'inconclusive',
    reason: /evaluated on different data: the candidate on data of sha256 b{12}…, the champion on a{12}…/,
  },
  'the same data by digest and by sha256': {
    champion: onData(0.5, 'a'),
    candidate: onData(0.9, 'a'),
    verdict: 'promote',
    reason: /better by 0\.4/,
  },
  'different numbers of rows': {
    champion: onRows(0.5, '2000'),
    candidate: onRows(0.9, '1000'),
    inputs: { policy: ROWS },
    verdict: 'inconclusive',
    reason: /different data: the candidate on 1000 rows, the champion on 2000/,
  },
  'data that nobody named, where the policy asks for the same': {
    candidate: auc(0.9),
    inputs: { policy: 'comparable: {same_data: required}' },
    verdict: 'inconclusive',
    reason: /comparable\.same_data.*run does not say what data it was evaluated on/,
  },
  'no MLmodel': {
    candidate: { ...auc(0.9), model: 'none' },
    verdict: 'reject',
    reason: /^no loadable model: there is no MLmodel/,
  },
  'a run that is going on': {
    candidate: { ...auc(0.9), status: 'RUNNING' },
    verdict: 'inconclusive',
    reason: /still RUNNING: judge it when it is FINISHED/,
  },
}
