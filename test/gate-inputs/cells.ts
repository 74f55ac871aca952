import { classes, numbers, ranking, setCell, setPolicy } from './base-cases.ts'
import {
  DAMAGED,
  INVISIBLE,
  MISSING,
  MISSPELLED,
  NOT_NUMBERS,
  NUMBER_FORMS,
  NUMBERS,
  TIMES,
} from './examples.ts'
import { type GateInput, holdoutCell, ROW } from './gate-input.ts'
import { predictionInputs } from './prediction-cells.ts'

const labels: GateInput[] = [
  holdoutCell(
    {
      name: '`label`, a class',
      column: 'label',
      accepted:
        'any text; blanks around it do not count, `1`, `1.0` and `true` are one class, `0`, `-0.0` and `false` another, `0.5` and `0.50` a third, unless one column has both',
      valid: ['yes', ' yes ', 'no', ...INVISIBLE],
      malformed: [...MISSING, DAMAGED],
      verdict: 'error',
      message: 'a cell is empty, or damaged; with its line',
    },
    classes,
  ),
  holdoutCell(
    {
      name: '`label`, a number',
      column: 'label',
      accepted: NUMBER_FORMS,
      valid: NUMBERS,
      malformed: [...NOT_NUMBERS, 'true', 'False'],
      verdict: 'error',
      message: 'a cell is not a number, with its line',
    },
    numbers,
  ),
  holdoutCell(
    {
      name: '`label`, a relevance (`hit@K`, `ndcg@K`)',
      column: 'label',
      accepted: 'numbers of at least 0; or any class with `holdout.positive`',
      valid: ['0', '0.0', '1e0'],
      malformed: ['', 'relevant', 'true', 'NaN', '-1', '-0.5', '1,5', '50%'],
      verdict: 'error',
      message: 'a cell is not a number of at least 0, with its line',
    },
    ranking,
  ),
]

const ids: GateInput[] = [
  {
    name: 'id of the holdout',
    accepted: 'any text, unique in the file; `7` and `7.0` are one id, `007` and ` 7` are others',
    valid: ['1008', '1008.0', '1008.00'],
    malformed: ['', ' ', 'NA', 'nan', 'None', 'NULL', '#REF!', '1009', '1009.0'],
    verdict: 'error',
    message: 'a cell is empty, or duplicate ids',
    put: (cell) =>
      ['holdout.csv', 'candidate.csv', 'champion.csv'].reduce(
        (given, file) => setCell(given, file, 'id', ROW, cell),
        classes,
      ),
    places: () => ['"holdout.csv"', 'column "id"'],
  },
  {
    name: 'id of the predictions',
    accepted: 'the ids of the holdout, in any order; others are ignored, with a note',
    valid: ['1008', '1008.0', '1008.00'],
    malformed: ['', 'NA', '01008', ' 1008', '1008 ', '1,008', '1.008e3', '1008\u200b', '0x3F0', '1009'],
    verdict: 'reject',
    message: 'rows have no prediction, or ids with several predictions; with the ids',
    put: (cell) => setCell(classes, 'candidate.csv', 'id', ROW, cell),
    places: () => ['candidate', '100'],
  },
]

const others: GateInput[] = [
  holdoutCell(
    {
      name: '`holdout.weight`',
      column: 'weight',
      accepted: 'numbers of at least 0; rows of weight 0 are skipped, with a note',
      valid: ['1', '0', '0.5', '2e0', '-0'],
      malformed: [...NOT_NUMBERS, 'true', '-1', '-0.5', '1e308'],
      verdict: 'error',
      message: 'a cell is not a number of at least 0, with its line',
    },
    classes,
    { 'holdout.weight': 'weight' },
  ),
  ...(
    [
      ['`holdout.group`', 'user', classes, { 'holdout.group': 'user' }, ['u7', ' u7 ', 'U7']],
      ['`holdout.query`', 'session', ranking, {}, ['s7', ' s7 ', 's7\t']],
    ] as const
  ).map(([name, column, base, policy, valid]) =>
    holdoutCell(
      {
        name,
        column,
        accepted: 'any text; blanks around it do not count, and `7` and `7.0` are one',
        valid,
        malformed: MISSING,
        verdict: 'error',
        message: 'a cell is empty, with its line',
      },
      base,
      policy,
    ),
  ),
  {
    name: '`holdout.positive`',
    accepted: 'a class of the labels',
    valid: ['yes', ' yes '],
    malformed: [...MISSPELLED, '1', 'true', 'maybe', 'NA', 'yes no'],
    verdict: 'error',
    message: 'no label is the positive class',
    put: (positive) => setPolicy(classes, { metric: 'f1', 'holdout.positive': positive }),
    places: (positive) => ['"holdout.csv"', `positive class ${JSON.stringify(positive)}`],
  },
  {
    name: '`slices[].values`',
    accepted: 'values of the column',
    valid: ['FR', ' FR '],
    malformed: ['fr', 'France', 'FR,DE', 'FR;DE', '250', 'true', 'F R'],
    verdict: 'inconclusive',
    message: 'the holdout has no row of this slice',
    put: (value) =>
      setPolicy(classes, { slices: [{ column: 'country', values: [value], max_regression: 0.1 }] }),
    places: (value) => [`country is ${value}`],
  },
  {
    name: '`slices[].column` and `group_disparity`',
    accepted: 'any text, also an empty cell and `NA`; blanks around it do not count',
    valid: ['FR', ' FR ', '', 'NA'],
    malformed: ['land', 'Country', 'country ', 'label,country'],
    verdict: 'error',
    message: 'there is no such column',
    put: (text) =>
      ['land', 'Country', 'country ', 'label,country'].includes(text)
        ? setPolicy(classes, { slices: [{ column: text, max_regression: 0.1 }] })
        : setPolicy(setCell(classes, 'holdout.csv', 'country', ROW, text), {
            slices: [{ column: 'country', max_regression: 0.1 }],
          }),
    places: () => ['"holdout.csv"', 'column "'],
  },
  holdoutCell(
    {
      name: '`holdout.time`',
      column: 'at',
      accepted:
        'ISO dates and times, or seconds, milliseconds, microseconds or nanoseconds since 1970; from 1990 to tomorrow',
      valid: [
        '2026-10-08',
        '2026-10-08T10:00:00Z',
        '2026-10-08 10:00:00.5+02',
        '2026-10-08 10:00 UTC',
        '1790000000',
        '1.79e12',
      ],
      malformed: TIMES,
      verdict: 'error',
      message: 'a cell is neither an ISO time nor an epoch, with its line and what it looks like',
    },
    classes,
    { 'holdout.time': 'at' },
  ),
]

export const cellInputs: readonly GateInput[] = [...labels, ...ids, ...predictionInputs, ...others]
