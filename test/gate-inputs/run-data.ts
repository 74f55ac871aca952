import type { Run } from '../../src/adapters/mlflow/schemas.ts'
import { classes, logged, setPolicy } from './base-cases.ts'
import { TIMES, words } from './examples.ts'
import type { GateCase } from './gate-case.ts'
import type { GateInput } from './gate-input.ts'

/** A metric as a text; `missing` logs none. */
const metrics = (name: string, value: string) =>
  new Map(value === 'missing' ? [] : [[name, Number(value)] as const])
const params = (name: string, value: string): Partial<Run> => ({ params: new Map([[name, value]]) })

const BAD_VALUES = [...words('missing NaN Infinity -Infinity 1.7976931348623157e308 95 -0.95 1.001')]

const loggedMetrics: GateInput[] = [
  {
    name: 'primary metric of the candidate',
    accepted: 'a number in the range of its metric; a 32-bit float counts as the decimal that it stands for',
    valid: ['0.95', '1', '0.949999988079071', '9.5e-1'],
    malformed: BAD_VALUES,
    verdict: 'reject',
    message: 'the value, and the range of the metric',
    put: (value) => ({ ...logged, candidateRun: { metrics: metrics('accuracy', value) } }),
    places: () => ['candidate', 'accuracy'],
  },
  {
    name: 'primary metric of the champion',
    accepted: 'as that of the candidate',
    valid: ['0.8', '0', '1e-3', '-0'],
    malformed: BAD_VALUES,
    verdict: 'inconclusive',
    message: 'the value, and that the two are incomparable',
    put: (value) => ({ ...logged, championRun: { metrics: metrics('accuracy', value) } }),
    places: () => ['champion 1', 'accuracy'],
  },
  {
    name: 'name of a logged metric in the policy',
    accepted: 'a metric that at least one of the two runs logged',
    valid: ['accuracy', 'accuracy '],
    malformed: ['Accuracy', 'acuracy', 'val_accuracy', 'latency'],
    verdict: 'inconclusive',
    message: 'that no run logged it, and similar names; the step fails',
    put: (metric) => setPolicy(logged, { metric, direction: 'higher' }),
    places: (metric) => [metric.trim()],
  },
  {
    name: 'range of a metric',
    accepted:
      'shares and ranks from 0 to 1, errors from 0, R² up to 1, correlations from -1 to 1; other metrics have no range',
    valid: ['auc 0.95', 'r2 0.9', 'neg_mae -0.4', 'val_f1 0.95', 'mcc 0.9 higher', 'ndcg@10 1'],
    malformed: [
      ...[
        'auc 95',
        'val_f1 101',
        'recall -0.1',
        'ndcg@10 1.2',
        'hit@5 50',
        'pr_auc 95 higher',
        'r2 1.5',
        'mcc 1.2 higher',
      ],
      ...[
        'log_loss -0.3',
        'rmse -4',
        'test_mae -1e-4',
        'mse -1',
        'mape -5 lower',
        'spearman 80 higher',
        'neg_log_loss 0.3',
      ],
    ],
    verdict: 'reject',
    message: 'cannot be this value: its values are between …',
    put(example) {
      const [metric = '', value = '', direction] = example.split(' ')
      const isLower = /loss|rmse|mae|mse|mape/.test(metric)
      return {
        ...setPolicy(logged, { metric, direction }),
        candidateRun: { metrics: metrics(metric, value) },
        championRun: { metrics: metrics(metric, /^neg_/.test(metric) ? '-0.5' : isLower ? '9' : '0.5') },
      }
    },
    places: (example) => ['candidate', example.split(' ')[0] ?? ''],
  },
  {
    name: 'scale of a metric',
    accepted: 'both values as shares, or both in percent',
    valid: [
      'accuracy_percent 95 90 higher',
      'bleu 34 31 higher',
      'bleu 0.34 0.31 higher',
      'wer 18 19 lower',
      'val_loss 0.1 12 lower',
    ],
    malformed: [
      'bleu 31.4 0.33 higher',
      'val/mAP@0.5 0.52 45.1 higher',
      'wer 0.21 18.4 lower',
      'smape 8.5 0.1 lower',
    ],
    verdict: 'inconclusive',
    message: 'one value is a percentage, and the other a share',
    put(example) {
      const [metric = '', value = '', other = '', direction] = example.split(' ')
      return {
        ...setPolicy(logged, { metric, direction }),
        candidateRun: { metrics: metrics(metric, value) },
        championRun: { metrics: metrics(metric, other) },
      }
    },
    places: (example) => [example.split(' ')[0] ?? '', 'champion 1'],
  },
  {
    name: 'guardrail on a logged metric',
    accepted: 'a finite number',
    valid: ['90', '0', '99.9'],
    malformed: ['missing', 'NaN', 'Infinity', '-Infinity', '1.7976931348623157e308', '101'],
    verdict: 'reject',
    message: 'the value, or that it is missing',
    put: (value) => ({
      ...setPolicy(logged, { guardrails: [{ metric: 'latency_ms', ceiling: 100 }] }),
      candidateRun: { metrics: new Map([...metrics('accuracy', '0.95'), ...metrics('latency_ms', value)]) },
      championRun: { metrics: new Map([...metrics('accuracy', '0.8'), ...metrics('latency_ms', '90')]) },
    }),
    places: () => ['latency_ms'],
  },
]

const runState: GateInput[] = [
  {
    name: 'status of the candidate’s run',
    accepted: '`FINISHED`',
    valid: ['FINISHED'],
    malformed: ['FAILED', 'KILLED', '', 'finished', 'UNKNOWN'],
    verdict: 'reject',
    message: 'the run and its status',
    put: (status) => ({ ...logged, candidateRun: { ...logged.candidateRun, status } }),
    places: () => ['run'],
  },
  {
    name: 'status of the champion’s run (logged metrics)',
    accepted: '`FINISHED`',
    valid: ['FINISHED'],
    malformed: ['FAILED', 'KILLED', 'RUNNING', 'SCHEDULED', ''],
    verdict: 'inconclusive',
    message: 'the run of the champion and its status',
    put: (status) => ({ ...logged, championRun: { ...logged.championRun, status } }),
    places: () => ['champion', 'run'],
  },
]

/** A case whose policy reads the end of the training data from the candidate's run. */
const withCutoff = (source: 'param' | 'tag', value: string): GateCase => {
  const record = (text: string): Partial<Run> =>
    source === 'param' ? params('train_until', text) : { tags: { train_until: text } }
  return {
    ...setPolicy(classes, { 'holdout.time': 'at', 'holdout.training_cutoff': { [source]: 'train_until' } }),
    candidateRun: record(value),
    championRun: record('2026-08-01'),
  }
}

const records: GateInput[] = [
  ...(['param', 'tag'] as const).map(
    (source): GateInput => ({
      name: `\`holdout.training_cutoff\` from a ${source}`,
      accepted: 'a time as in `holdout.time`, before the rows of the holdout',
      valid: [
        '2026-09-30',
        '2026-09-30T10:00:00Z',
        '2026-09-30 10:00:00+02:00',
        '1790000000',
        '1790000000000',
      ],
      malformed: [...TIMES, '2026-10-15', '1792500000', '2026-11-30'],
      verdict: 'inconclusive',
      message: 'the training cut-off is unknown, or rows of the holdout are older',
      put: (value) => withCutoff(source, value),
      places: () => ['candidate', 'train'],
    }),
  ),
  {
    name: '`comparable.sha256`',
    accepted: '64 hexadecimal digits, in either case, also behind `sha256:`; absent or empty is unknown',
    valid: ['ab'.repeat(32), 'AB'.repeat(32), `sha256:${'ab'.repeat(32)}`, ''],
    malformed: [
      'None',
      'nan',
      'null',
      'unknown',
      'TODO',
      'abab',
      'ab'.repeat(20),
      `${'ab'.repeat(31)}xy`,
      'v1',
      '[]',
      '0',
    ],
    verdict: 'inconclusive',
    message: 'is no sha256',
    put: (value) => ({
      ...logged,
      candidateRun: { ...logged.candidateRun, ...params('eval.dataset_sha256', value) },
      championRun: {
        ...logged.championRun,
        tags: {
          'eval.dataset_sha256': value === '' || /^(sha256:)?ab/i.test(value) ? 'ab'.repeat(32) : value,
        },
      },
    }),
    places: () => ['"eval.dataset_sha256"', "candidate's run"],
  },
  {
    name: 'param of `comparable.rows`',
    accepted: 'a whole number above 0, the same for both models',
    valid: ['1000', '1000.0', ' 1000 '],
    malformed: [
      '',
      '1 000',
      '1000 rows',
      '\uff11\uff10\uff10\uff10',
      ...words('0 -1000 1,000 1.000,0 1_000 1e3 1k 0x3E8 None nan 999.5 2000'),
    ],
    verdict: 'inconclusive',
    message: 'is no number of rows, or the numbers differ',
    put: (value) => ({
      ...setPolicy(logged, { 'comparable.rows': { param: 'eval_rows' } }),
      candidateRun: { ...logged.candidateRun, ...params('eval_rows', value) },
      championRun: { ...logged.championRun, ...params('eval_rows', '1000') },
    }),
    places: (value) => (value === '2000' ? ['2000 rows'] : ['"eval_rows"', "candidate's run"]),
  },
  {
    name: 'ids of `holdout.training_ids`',
    accepted: 'ids as the holdout has them, none of which the holdout has',
    valid: ['5008', '5008.0', 'NA', ''],
    malformed: [
      ' 1008',
      '1008 ',
      "'1008'",
      '1008\u200b',
      '\uff11\uff10\uff10\uff18',
      ...words('1008 1008.0 01008 001008 "1008"'),
    ],
    verdict: 'inconclusive',
    message: 'leakage: the candidate was trained on rows, or may have been',
    put: (id) => ({
      ...setPolicy(classes, { 'holdout.training_ids': 'trained-on.csv' }),
      files: { ...classes.files, 'trained-on.csv': { id: ['5001', '5002', '5003', id] } },
    }),
    places: () => ['leakage', 'candidate', '1008'],
  },
  {
    name: 'all ids of `holdout.training_ids`',
    accepted: 'written like those of the holdout',
    valid: ['5001 5002', '5001.0 5002.0', '5001 5002 x7'],
    malformed: ['user-5001 user-5002', 'A B', 'NA', '5e3 6e3', '#5001 #5002', '5,001 5,002', '0x1389 0x138A'],
    verdict: 'inconclusive',
    message:
      'the training rows are unknown: the training ids and those of the holdout are of different kinds, and what to do',
    put: (ids) => ({
      ...setPolicy(classes, { 'holdout.training_ids': 'trained-on.csv' }),
      files: { ...classes.files, 'trained-on.csv': { id: ids.split(' ') } },
    }),
    places: () => ["candidate's training rows", 'training ids'.slice(0, 11)],
  },
]

export const runInputs: readonly GateInput[] = [...loggedMetrics, ...runState, ...records]
