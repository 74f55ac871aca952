import { classes, logged, ranking, setPolicy } from './base-cases.ts'
import {
  NO_AMOUNT,
  NO_COUNT,
  NO_DAY,
  NO_DURATION,
  NO_LIST,
  NO_MAPPING,
  NO_NUMBER,
  NO_OPTION,
  NO_ROWS,
  NO_TEXT,
  NO_TIME,
  NO_VERSION,
} from './examples.ts'
import type { GateCase } from './gate-case.ts'
import { type GateInput, setYaml } from './gate-input.ts'

/** Values of one form, and the keys that have it, each with the case in which it counts, valid values and malformed ones of its own. */
type Form = readonly [
  accepted: string,
  message: string,
  malformed: readonly string[],
  keys: Readonly<
    Record<string, readonly [base: GateCase, valid: readonly string[], own?: readonly string[]]>
  >,
]

const refresh = setPolicy(classes, { kind: 'refresh', margin: 0.05 })
const sliced = setPolicy(classes, { slices: [{ column: 'country', max_regression: 0.05 }] })
const guarded = setPolicy(classes, { guardrails: [{ metric: 'balanced_accuracy', max_regression: 0.05 }] })
const limited = setPolicy(classes, { guardrails: [{ metric: 'balanced_accuracy' }] })
const disparity = setPolicy(classes, { guardrails: [{ metric: 'accuracy', ceiling: 0.5 }] })
const timed = setPolicy(classes, { 'holdout.time': 'at' })
const grouped = setPolicy(classes, { 'holdout.group': 'user' })
const trained = setPolicy(classes, { 'holdout.training_ids': 'trained-on.csv' })
const waiver = { version: 7, by: 'ada', reason: 'new schema', until: '2026-12-31' }
const waived = setPolicy(classes, { 'champion.waiver': waiver })
const anchored = setPolicy(refresh, {
  'predictions.anchor': 'champion.csv',
  anchor: { version: 1, margin: 0.05 },
})
const run = 'cp "$(cat "$MODEL_URI/MLmodel").csv" "$PREDICTIONS_PATH"'
const scripted = setPolicy(classes, { predictions: undefined, evaluate: { run } })
const yaml = (value: unknown) => JSON.stringify(value)

const forms: readonly Form[] = [
  [
    'a decimal number: `0.8`, `.8`, `8e-1`',
    'is not a decimal number, or has no effect on a metric from 0 to 1',
    NO_NUMBER,
    {
      min_value: [classes, ['0.8', '.8', '8e-1', '"0.80"'], ['0', '-1']],
      'guardrails[].floor': [limited, ['0.8', '8e-1'], ['0', '-0.1']],
      'guardrails[].ceiling': [limited, ['0.999'], ['1', '95']],
    },
  ],
  [
    'a decimal number of at least 0, or a share of the champion’s value: `0.01`, `{relative: 0.01}`',
    'is not a decimal number, is negative, or is implausible for a metric from 0 to 1',
    NO_AMOUNT,
    {
      min_improvement: [classes, ['0', '0.01', '{relative: 0.01}']],
      margin: [refresh, ['0.01', '{relative: 0.05}', '5e-2'], ['0', '{relative: 0}', '{relative: 1}', '0.6']],
      'anchor.margin': [anchored, ['0.05', '{relative: 0.05}'], ['0.6', '{relative: 1}']],
      'guardrails[].max_regression': [guarded, ['0.05', '{relative: 0.05}', '0'], ['0.6']],
      'slices[].max_regression': [sliced, ['0.05', '{relative: 0.05}'], ['0.6']],
    },
  ],
  [
    'a whole number in digits: `100`',
    'is not a whole number from … to …',
    NO_COUNT,
    {
      'slices[].min_samples': [sliced, ['1', '100']],
      'statistics.resamples': [guarded, ['200', '0400'], ['100', '200000']],
      'statistics.min_rows': [classes, ['10', '240'], ['9']],
      'statistics.min_groups': [grouped, ['10', '60'], ['9']],
      'decision.max_rejections': [classes, ['1', '100'], ['101']],
    },
  ],
  [
    'a number above 0.5 and below 1: `0.95`',
    'is not a number above 0.5 and below 1',
    [...NO_NUMBER, '95', '95%', '0.5', '1', '-0.95', '0'],
    { 'statistics.confidence': [classes, ['0.95', '.9', '0.990']] },
  ],
  [
    'one of the words in [Policy keys](how-the-gate-decides.md#policy-keys), in this case',
    'is not one of …',
    NO_OPTION,
    {
      kind: [classes, ['challenger', '"challenger"'], ['Refresh', 'canary']],
      direction: [classes, ['higher', "'higher'"], ['up', 'max']],
      'guardrails[].direction': [guarded, ['higher'], ['up', 'max']],
      'champion.on_stale': [classes, ['warn', 'inconclusive'], ['fail']],
      'comparable.same_data': [logged, ['known'], ['unknown']],
      'decision.mode': [classes, ['enforce'], ['dry_run', 'dryrun']],
      'decision.on_inconclusive': [classes, ['skip', 'fail'], ['error']],
    },
  ],
  [
    'a number above 0 with a unit, `ms`, `s`, `m`, `h` or `d`: `90s`, `1h30m`, `7d`; `evaluate.timeout` from `1s` to `24h`',
    'is not a duration',
    NO_DURATION,
    {
      'champion.max_age': [classes, ['90d', '12h']],
      'holdout.label_lag': [timed, ['7d', '36h', '1d12h']],
      'evaluate.timeout': [scripted, ['30m', '1h30m', '24h'], ['999ms', '25h', '50d']],
    },
  ],
  [
    'the number of a version: `7`',
    'is not a model version',
    NO_VERSION,
    { 'anchor.version': [anchored, ['1', '"1"']], 'champion.waiver.version': [waived, ['7']] },
  ],
  [
    'a day from 1990 to 2099: `2026-12-31`',
    'is not a day',
    NO_DAY,
    { 'champion.waiver.until': [waived, ['2026-12-31', '"2027-01-01"', '2028-02-29']] },
  ],
  [
    'a day, or a time with a zone: `2026-10-01`, `2026-10-01T08:30:00Z`; or `{param: NAME}`, `{tag: NAME}`',
    'is not a time',
    NO_TIME,
    {
      'holdout.training_cutoff': [timed, ['2026-09-30', '2026-09-30T08:30:00Z', '2026-09-30T08:30:00+02:00']],
    },
  ],
  [
    'a whole number above 0, or the name of a param: `10000`, `{param: eval_rows}`',
    'is not a number of rows, or the name of a param',
    NO_ROWS,
    { 'comparable.rows': [logged, ['1000', '"1000"']] },
  ],
  [
    'a text, as the file, the run or the registry has it',
    'is empty, or is a list or a mapping',
    NO_TEXT,
    {
      metric: [classes, ['accuracy', '" accuracy "', 'acc', 'val_accuracy']],
      statistic: [classes, ['accuracy', 'acc'], ['Acuracy', 'gini', 'hit@0', 'hit@1.5', 'ndcg@']],
      'guardrails[].metric': [guarded, ['f1_macro']],
      'guardrails[].statistic': [guarded, ['f1_macro'], ['gini', 'hit@-1', 'ndcg@1e3']],
      'guardrails[].group_disparity': [disparity, ['country']],
      'slices[].column': [sliced, ['country', '"country"']],
      'holdout.path': [classes, ['holdout.csv']],
      'holdout.id': [classes, ['id']],
      'holdout.label': [classes, ['label']],
      'holdout.group': [classes, ['user']],
      'holdout.query': [ranking, ['session']],
      'holdout.time': [classes, ['at']],
      'holdout.weight': [classes, ['weight']],
      'holdout.positive': [classes, ['yes', '" yes "']],
      'predictions.candidate': [classes, ['candidate.csv']],
      'predictions.champion': [classes, ['champion.csv']],
      'predictions.anchor': [anchored, ['champion.csv']],
      'comparable.sha256': [logged, ['data_sha256']],
      'champion.waiver.by': [waived, ['ada', '1']],
      'champion.waiver.reason': [waived, ['new schema']],
      'evaluate.run': [scripted, [yaml(run)]],
      'evaluate.working_directory': [scripted, ['.']],
      'evaluate.shell': [scripted, ['bash', 'sh', '"bash -e {0}"'], ['zsh', 'bash -e', 'Python']],
    },
  ],
  [
    'a list of texts',
    'is not a list, or is empty',
    ['', 'DE', '{DE: 1}', '[[]]', '[~]', '[{a: 1}]', '[""]'],
    {
      'slices[].values': [sliced, ['[DE]', '[DE, FR]', '[" FR "]'], ['[]']],
      'holdout.not_missing': [classes, ['[NA, None]', '[]']],
    },
  ],
  [
    'a path, or `{artifact: NAME}`',
    'needs exactly one of path and artifact',
    ['', '[a]', '{}', '{a: 1}', '{path: a, artifact: b}', '""'],
    { 'holdout.training_ids': [trained, ['trained-on.csv', '{path: trained-on.csv}']] },
  ],
  [
    'a section: a mapping with the keys of [Policy keys](how-the-gate-decides.md#policy-keys)',
    'is not a mapping, or has an unknown key',
    NO_MAPPING,
    {
      anchor: [anchored, ['{version: 1, margin: 0.05}'], ['{version: 1}', '{margin: 0.05}']],
      champion: [classes, ['{}', '{max-age: 90d}'], ['{max_age: 1d, max-age: 2d}']],
      'champion.waiver': [classes, [yaml(waiver)], ['{version: 7}', yaml({ ...waiver, until: undefined })]],
      comparable: [logged, ['{}']],
      evaluate: [setPolicy(classes, { predictions: undefined }), [yaml({ run })], ['{}', '{shell: bash}']],
      predictions: [
        classes,
        ['{candidate: candidate.csv, champion: champion.csv}'],
        ['{}', '{champion: a.csv}', '{artifact: a, candidate: b}'],
      ],
      holdout: [classes, ['{path: holdout.csv}'], ['{}', '{id: id}', '{path: a, artifact: b}']],
      statistics: [classes, ['{}', '{min-rows: 50}']],
      decision: [classes, ['{}']],
    },
  ],
  [
    'a list of sections',
    'is not a list, or an item is not a mapping',
    NO_LIST,
    {
      guardrails: [
        classes,
        ['[]', '[{metric: f1_macro, floor: 0.5}]'],
        ['[{metric: f1_macro}]', '[{floor: 0.5}]', '[{metric: f1_macro, floor: 0.9, ceiling: 0.8}]'],
      ],
      slices: [
        classes,
        ['[]', '[{column: country, max_regression: 0.05}]'],
        ['[{column: country}]', '[{max_regression: 0.05}]'],
      ],
    },
  ],
]

export const policyInputs: readonly GateInput[] = forms.flatMap(([accepted, message, malformed, keys]) =>
  Object.entries(keys).map(([key, [base, valid, own = []]]): GateInput => {
    const put = (value: string) => setYaml(base, key.replace('[]', '.0'), value)
    return {
      name: `\`${key}\``,
      accepted,
      valid,
      malformed: [...malformed, ...own],
      verdict: 'error',
      message,
      put: (value) => put(value).given,
      places: (value) => [`policy, line ${put(value).line}: `],
    }
  }),
)
