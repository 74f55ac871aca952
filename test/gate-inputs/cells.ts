import { classes, numbers, probabilities, ranking, scores, setCell, setPolicy } from './base-cases.ts'
import { type GateInput, holdoutCell, predictionCell, ROW } from './gate-input.ts'
import { MISSING, MISSPELLED, NOT_NUMBERS, TIMES } from './malformed.ts'

/** Texts that a reader takes for "yes": an invisible character, a no-break space, a decomposed or a damaged one. */
const INVISIBLE = ['yes\u200b', '\u2060yes', 'y\u00ades', '\u00a0yes']
const DAMAGED = 'ye\ufffd'
const NUMBERS = ['110', '110.5', '+110', '1.1e2', ' 110 ', '-0']
const NUMBER_FORMS = 'decimal numbers with a point: `0.5`, `.5`, `+5`, `5e-1`; `true` and `false` are 1 and 0'

const labels: GateInput[] = [
  holdoutCell(
    {
      name: '`label`, a class',
      column: 'label',
      accepted:
        'any text; blanks around it do not count, `1`, `1.0` and `true` are one class, `0`, `-0.0` and `false` another',
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

const predictions: GateInput[] = [
  predictionCell(
    {
      name: '`prediction`, a class',
      column: 'prediction',
      accepted:
        'as a label; a class that no label has is a mistake, unless the whole column is another encoding',
      valid: ['yes', ' yes ', 'maybe', ...INVISIBLE],
      malformed: [...MISSING, ...MISSPELLED],
      verdict: 'reject',
      message: 'the prediction is missing, or is a label in another spelling; with the id',
    },
    classes,
    'predict',
  ),
  {
    name: 'all classes of `prediction`',
    accepted: 'the classes of the labels',
    valid: ['yes no', ' yes  no '],
    malformed: ['Yes No', '1 0', 'Y N', 'true false', '[yes] [no]', "'yes' 'no'", 'yes! no!', '0.93 0.07'],
    verdict: 'reject',
    message: 'the predicted classes are another encoding than the labels',
    put(pair) {
      const [yes = '', no = ''] = pair.split(/(?<=\S) /)
      const table = classes.files['candidate.csv'] as Record<string, string[]>
      const prediction = (table.prediction ?? []).map((cell) => (cell === 'yes' ? yes : no))
      return { ...classes, files: { ...classes.files, 'candidate.csv': { ...table, prediction } } }
    },
    places: () => ['candidate', 'predicted classes', '"no"'],
  },
  predictionCell(
    {
      name: '`prediction`, a number',
      column: 'prediction',
      accepted: NUMBER_FORMS,
      valid: NUMBERS,
      malformed: [...NOT_NUMBERS, 'true', 'False', '1e308'],
      verdict: 'reject',
      message: 'no finite number, with the id and the cell',
    },
    numbers,
  ),
  predictionCell(
    {
      name: '`score`',
      column: 'score',
      accepted: `${NUMBER_FORMS}, in any scale; larger means more likely or a better rank`,
      valid: ['0.4', '-3', '.5', '4e-1', ' 0.4'],
      malformed: NOT_NUMBERS,
      verdict: 'reject',
      message: 'no finite number, with the id and the cell',
    },
    scores,
  ),
  predictionCell(
    {
      name: '`proba_<class>`',
      column: 'proba_no',
      accepted:
        'a share from 0 to 1 for each class, which add up to 1 (within 0.05); of two classes, one is enough',
      valid: ['0.75', '.75', '7.5e-1', '0.76'],
      malformed: [...NOT_NUMBERS, '25', '-0.25', '1.01', '-1.39', '0.9', '0', 'true'],
      verdict: 'reject',
      message: 'no finite number, not a probability, or the sum of the probabilities; with the id',
    },
    probabilities,
    'proba_',
  ),
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

export const cellInputs: readonly GateInput[] = [...labels, ...ids, ...predictions, ...others]
