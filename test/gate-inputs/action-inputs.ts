import { CANDIDATE_RUN } from '../fakes/gatekeeper.ts'
import { classes, logged, setPolicy } from './base-cases.ts'
import { words } from './examples.ts'
import type { GateCase } from './gate-case.ts'
import type { GateInput } from './gate-input.ts'

const NO_NUMBER = ['\uff10.01', '1 000', ...words('abc 5% 0,01 1_000 0x1F +0.01 1e999 NaN inf 0.0.1 1/2')]
const NO_OPTION = ['Skip', 'true', 'yes', 'none', 'on']
const NO_BOOLEAN = ['yes', 'no', '1', '0', 'on', 'y', 't', 'tRUE', 'true # approved', '\u2714']
const NO_ALIAS = [
  'latest',
  'Latest',
  'v7',
  'V7',
  'a b',
  'a/b',
  'models:/fraud@champion',
  'champi\u00f6n',
  '@champion',
  'x'.repeat(256),
]
const refresh = setPolicy(logged, { kind: 'refresh', margin: 0.05 })

type Examples = readonly [
  accepted: string,
  message: string,
  base: GateCase,
  valid: readonly string[],
  malformed: readonly string[],
]

/** The inputs of the action by their names, each with other inputs that it needs. */
const inputs: Readonly<Record<string, Examples & { length: 5 }>> = {
  'model-name': [
    '1 to 250 characters without `/` and `:`, and without a leading `-`',
    'is not a model name',
    logged,
    ['fraud', 'fraud detection'],
    ['fraud/2', 'fraud:2', 'models:/fraud', '-fraud', 'fra\nud', 'fra\0ud', 'x'.repeat(251)],
  ],
  'run-id': [
    '32 lower-case hexadecimal digits, of a run that exists',
    'is not an MLflow run id, or the run does not exist',
    logged,
    [CANDIDATE_RUN, ` ${CANDIDATE_RUN} `],
    [
      CANDIDATE_RUN.toUpperCase(),
      CANDIDATE_RUN.slice(1),
      `${CANDIDATE_RUN}0`,
      `runs:/${CANDIDATE_RUN}`,
      'latest',
      '7',
      '\uff43'.repeat(32),
      'f'.repeat(32),
      '',
    ],
  ],
  'model-version': [
    'the number of a version that exists',
    'is not a model version, or there is no such version',
    { ...logged, inputs: { 'run-id': '' } },
    ['2', ' 2 '],
    [
      '0',
      '-2',
      '02',
      '2.0',
      'v2',
      'latest',
      'champion',
      'Production',
      '1e1',
      'models:/fraud/2',
      '\u0662',
      '99',
      '9'.repeat(19),
    ],
  ],
  'model-id': [
    'the name or the id of a logged model of the run',
    'is not the name or the id of a logged model, or the run did not log it',
    logged,
    ['model', `m-${CANDIDATE_RUN}`],
    [
      'models:/model',
      'my/model',
      'my.model',
      '50%',
      "it's",
      'Model',
      'mod el',
      `m-${CANDIDATE_RUN.slice(1)}`,
      'x'.repeat(501),
    ],
  ],
  'model-name-in-run': [
    'the name of a logged model of the run',
    'is not the name of a logged model, or the run did not log it',
    logged,
    ['model'],
    [
      'models:/model',
      'my/model',
      'my.model',
      '50%',
      "it's",
      'Model',
      'mod el',
      `m-${CANDIDATE_RUN}`,
      'x'.repeat(501),
    ],
  ],
  policy: [
    'YAML in UTF-8 without anchors, or the path of such a file',
    'the line and the problem, or that it is no file',
    {
      ...logged,
      files: {
        'latin1.yml': Buffer.from('metric: caf\xe9', 'latin1'),
        'utf16.yml': Buffer.from('metric: accuracy', 'utf16le'),
        'empty.yml': Buffer.from(''),
        'mark.yml': Buffer.from('\ufeffmetric: accuracy'),
      },
    },
    [
      'metric: accuracy',
      'gate: {metric: accuracy}',
      'models: {fraud: {gate: {metric: accuracy}}}',
      '"metric": "accuracy"',
      'mark.yml',
    ],
    [
      '- metric: accuracy',
      'metric: accuracy\nmetric: f1',
      'metric: accuracy\n\tmargin: 1',
      '{metric: accuracy',
      'metric: accuracy\n---\nmetric: f1',
      'metric: &m accuracy\nstatistic: *m',
      'Metric: accuracy',
      'metric = accuracy',
      '{"metric": "accuracy",}}',
      'models: {Fraud: {gate: {metric: accuracy}}}',
      'models: {other: {gate: {metric: accuracy}}}',
      'gate: {metric: accuracy}\nmetric: f1',
      '<metric>accuracy</metric>\n',
      ...words('nowhere.yml . latin1.yml utf16.yml empty.yml accuracy metric:accuracy'),
    ],
  ],
  kind: [
    '`challenger`, `refresh` or `threshold`',
    'is not one of …',
    logged,
    ['challenger'],
    ['Challenger', 'canary', 'true', 'refresh,threshold'],
  ],
  direction: [
    '`higher` or `lower`',
    'is not one of …',
    logged,
    ['higher'],
    ['Higher', 'up', 'max', 'maximize', '>', '1'],
  ],
  metric: [
    'a name of at most 250 characters; `direction` is required, unless the gate computes the metric',
    'has … characters, or its direction is required',
    { ...logged, policy: '' },
    ['accuracy', 'val_accuracy'].slice(0, 1),
    ['x'.repeat(251), 'loss', 'latency', 'accurcy', 'accuracy, auc', '95'],
  ],
  'min-improvement': [
    'a decimal number of at least 0',
    'is not a decimal number, or is negative',
    logged,
    ['0', '0.01', '.01', '1e-2'],
    [...NO_NUMBER, '-0.01', '5'],
  ],
  margin: [
    'a decimal number above 0',
    'is not a decimal number, or is negative',
    refresh,
    ['0.01', '1e-2'],
    [...NO_NUMBER, '-0.01', '0', '5'],
  ],
  'min-value': [
    'a decimal number',
    'is not a decimal number',
    logged,
    ['0.9', '.9', '9e-1'],
    [...NO_NUMBER, '0', '-1'],
  ],
  'champion-alias': [
    'letters, digits, `_` and `-`, but not `latest` or `v7`',
    'is not an alias that MLflow accepts',
    logged,
    ['champion'],
    NO_ALIAS,
  ],
  'previous-alias': [
    'letters, digits, `_` and `-`, but not `latest` or `v7`',
    'is not an alias that MLflow accepts',
    logged,
    ['previous', 'last-1'],
    NO_ALIAS,
  ],
  'on-reject': ['`skip` or `fail`', 'is not one of …', logged, ['skip', 'fail'], NO_OPTION],
  mode: [
    '`enforce` or `dry-run`',
    'is not one of …',
    logged,
    ['enforce'],
    [...NO_OPTION, 'dry_run', 'dryrun', 'DRY-RUN'],
  ],
  force: [
    '`true` or `false`, also `True` or `TRUE`',
    'is not true or false',
    { ...logged, inputs: { 'force-reason': 'approved' } },
    ['true', 'True', 'FALSE'],
    NO_BOOLEAN,
  ],
  'allow-policy-from-ref': [
    '`true` or `false`, also `True` or `TRUE`',
    'is not true or false',
    logged,
    ['true', 'FALSE'],
    NO_BOOLEAN,
  ],
  'force-reason': [
    'any text; required with `force`',
    'is required with force',
    { ...logged, inputs: { force: 'true' } },
    ['approved by ada'],
    ['', ' ', '\n', '\t'],
  ],
  'tracking-uri': [
    'an address with `http://` or `https://`',
    'is not the address of an MLflow server',
    classes,
    ['http://mlflow.test', 'https://mlflow.test/prefix'],
    [
      ...words('mlflow.test mlflow.test:5000 http//mlflow.test ftp://mlflow.test file:///mlruns'),
      ...words('sqlite:///mlflow.db databricks https:// https://ada:50%@mlflow.test'),
    ],
  ],
}

export const actionInputs: readonly GateInput[] = Object.entries(inputs).map(
  ([name, [accepted, message, base, valid, malformed]]): GateInput => ({
    name: `\`${name}\``,
    accepted,
    valid,
    malformed,
    verdict: 'error',
    message,
    put: (value) => ({ ...base, inputs: { ...base.inputs, [name]: value } }),
    places: () => [name === 'metric' ? 'Input ' : `Input ${name}: `],
  }),
)
