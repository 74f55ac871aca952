import { describe, expect, it } from 'vitest'
import {
  compareEvaluationData,
  type DataComparison,
  type EvaluationData,
  isTrainingContext,
  type LoggedDataset,
} from './evaluation-data.ts'

const data = (changes: Partial<EvaluationData> = {}): EvaluationData => ({
  sha256: undefined,
  datasets: [],
  rows: undefined,
  ...changes,
})
const dataset = (digest: string, context = 'test'): LoggedDataset => ({ name: 'holdout', digest, context })
const known = data({ sha256: 'a'.repeat(64), datasets: [dataset('6dee42c1')], rows: '600' })

it.each<[string, EvaluationData, EvaluationData, DataComparison]>([
  ['equal sha256', known, known, { kind: 'same', basis: 'sha256' }],
  [
    'different sha256, equal MLflow digest (first rows only)',
    known,
    { ...known, sha256: 'b'.repeat(64) },
    { kind: 'different', what: 'sha256', candidate: 'a'.repeat(64), champion: 'b'.repeat(64) },
  ],
  [
    'no sha256 of the champion, equal digest',
    known,
    { ...known, sha256: undefined },
    { kind: 'same', basis: 'mlflow-digest' },
  ],
  [
    'different digests',
    data({ datasets: [dataset('6dee42c1')] }),
    data({ datasets: [dataset('00000000', 'oot')] }),
    { kind: 'different', what: 'datasets', candidate: 'holdout 6dee42c1', champion: 'holdout 00000000' },
  ],
  [
    'different row counts, whatever the digests',
    known,
    { ...known, rows: '700' },
    { kind: 'different', what: 'rows', candidate: '600', champion: '700' },
  ],
  [
    'one dataset shared, and another of each run',
    data({ datasets: [dataset('6dee42c1', 'test'), dataset('11111111', 'val')] }),
    data({ datasets: [dataset('22222222', 'val'), dataset('6dee42c1', 'test')] }),
    { kind: 'partly-shared', shared: 'holdout 6dee42c1', others: 'holdout 11111111, holdout 22222222' },
  ],
  [
    'one dataset shared, and another of the champion alone',
    data({ datasets: [dataset('6dee42c1')] }),
    data({ datasets: [dataset('6dee42c1'), dataset('22222222', 'oot'), dataset('22222222', 'val')] }),
    { kind: 'partly-shared', shared: 'holdout 6dee42c1', others: 'holdout 22222222' },
  ],
  [
    'the same two datasets in another order, whatever the training data',
    data({ datasets: [dataset('6dee42c1'), dataset('22222222'), dataset('33333333', 'train')] }),
    data({ datasets: [dataset('22222222'), dataset('6dee42c1'), dataset('6dee42c1', 'val')] }),
    { kind: 'same', basis: 'mlflow-digest' },
  ],
  ['a champion without data', known, data(), { kind: 'unknown', unrecorded: 'champion', logged: 'nothing' }],
  [
    'a candidate without data',
    data(),
    known,
    { kind: 'unknown', unrecorded: 'candidate', logged: 'nothing' },
  ],
  [
    'a champion with training data only',
    known,
    data({ datasets: [dataset('6dee42c1', 'train_data')] }),
    { kind: 'unknown', unrecorded: 'champion', logged: 'training' },
  ],
  [
    'a candidate with datasets without a context',
    data({ datasets: [dataset('6dee42c1', ' '), dataset('00000000', 'Training')] }),
    known,
    { kind: 'unknown', unrecorded: 'candidate', logged: 'no-context' },
  ],
])('%s', (_, candidate, champion, comparison) => {
  expect(compareEvaluationData(candidate, champion)).toEqual(comparison)
})

describe('isTrainingContext', () => {
  it.each([
    ...[
      'train',
      'Training',
      'train_data',
      'training dataset',
      'trainSet',
      'X_train',
      'trainingset',
      'train2026',
    ],
    ...['pretraining', 'fit', 'fitting', 'fine-tuning', 'finetune', 'in-sample', 'trainval', 'model/train'],
    ...[
      'learn',
      'learning_set',
      'X_tr',
      'trn',
      'xtrain',
      'Trainer',
      'trained_on',
      'trains',
      'training-data.csv',
    ],
    ...[
      'Trainingsdaten',
      'entrenamiento',
      'entra\u00eenement',
      'treino',
      'addestramento',
      'обучение',
      '训练集',
      '学習データ',
    ],
  ])('true for %j', (context) => expect(isTrainingContext(context)).toBe(true))

  it.each([
    ...[
      'test',
      'test_data',
      'test set',
      'val',
      'validation_data',
      'valid',
      'dev',
      'eval_data',
      'holdout',
      'oot',
    ],
    ...[
      'unseen',
      'out-of-sample',
      'constraints',
      'benefit',
      'backtest',
      'learned_eval',
      'trial',
      'country',
      '',
      'trainee',
      'untrained',
      'terrain',
      'test (train_test_split)',
      'post-training evaluation',
      '评估',
      'Validierung',
    ],
  ])('false for %j', (context) => expect(isTrainingContext(context)).toBe(false))
})

describe('evaluation data by a context of free text', () => {
  it.each(['val', 'dev', 'test_data', 'test set', 'eval_data', 'validation_data', 'oot', 'unseen'])(
    'differ and are the same under %j',
    (context) => {
      const one = data({ datasets: [dataset('11111111', 'train'), dataset('6dee42c1', context)] })
      const other = data({ datasets: [dataset('11111111', 'train'), dataset('00000000', context)] })
      expect(compareEvaluationData(one, other)).toMatchObject({ kind: 'different', what: 'datasets' })
      expect(compareEvaluationData(one, one)).toEqual({ kind: 'same', basis: 'mlflow-digest' })
    },
  )
})
