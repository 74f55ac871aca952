import { classes, numbers, probabilities, scores, setCell, setPolicy } from './base-cases.ts'
import { INVISIBLE, MISSING, MISSPELLED, NOT_NUMBERS, NUMBER_FORMS, NUMBERS } from './examples.ts'
import type { Columns, GateCase } from './gate-case.ts'
import { type GateInput, predictionCell, ROW } from './gate-input.ts'

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
  {
    name: '`score`, a probability (`log_loss` of two classes)',
    accepted: 'from 0 to 1',
    valid: ['0.6', '.6', '1', '1.000001'],
    malformed: ['60', '1.5', '-0.1', '-0.51', '1e3'],
    verdict: 'reject',
    message: 'is not a probability',
    put: (cell) => setCell(setPolicy(scores, { metric: 'log_loss' }), 'candidate.csv', 'score', 6, cell),
    places: (cell) => ['candidate', 'column "score"', String(Number(cell))],
  },
  predictionCell(
    {
      name: '`proba_<class>`',
      column: 'proba_no',
      accepted:
        'a share from 0 to 1 for each class; of two classes, one is enough. For `log_loss`, they add up to 1 (within 0.05)',
      valid: ['0.75', '.75', '7.5e-1', '0.76'],
      malformed: [...NOT_NUMBERS, '25', '-0.25', '1.01', '-1.39', '0.9', '0', 'true'],
      verdict: 'reject',
      message: 'no finite number, not a probability, or the sum of the probabilities; with the id',
    },
    probabilities,
    'proba_',
  ),
]

/** Changes each cell of a column of the champion's predictions. */
function mapChampion(base: GateCase, column: string, change: (cell: number) => number): GateCase {
  const table = base.files['champion.csv'] as Columns
  const cells = (table[column] ?? []).map((cell) => String(change(Number(cell))))
  return { ...base, files: { ...base.files, 'champion.csv': { ...table, [column]: cells } } }
}

const UNITS: Readonly<Record<string, (value: number) => number>> = {
  'the unit of the labels': (value) => value,
  'an offset': (value) => value + 50,
  thousands: (value) => value / 1000,
  thousandths: (value) => value * 1000,
  percent: (value) => value * 100,
  logarithms: Math.log,
  'the other sign': (value) => -value,
  'a placeholder on every row': () => -99999,
}

/** Predictions of the champion, which may be older than the holdout. */
const championPredictions: GateInput[] = [
  ...(
    [
      [
        '`prediction`, a class, of the champion',
        'prediction',
        classes,
        [...MISSING, ...MISSPELLED],
        ['yes', 'maybe'],
      ],
      ['`prediction`, a number, of the champion', 'prediction', numbers, [...NOT_NUMBERS, 'true'], NUMBERS],
      [
        '`proba_<class>` of the champion',
        'proba_no',
        probabilities,
        ['', '75%', '75', '-0.3', '0.75,'],
        ['0.25', '.26'],
      ],
    ] as const
  ).map(
    ([name, column, base, malformed, valid]): GateInput => ({
      name,
      accepted: 'as those of the candidate',
      valid,
      malformed,
      verdict: 'inconclusive',
      message: 'the champion cannot be scored, so the two models are incomparable',
      put: (cell) => setCell(base, 'champion.csv', column, ROW, cell),
      places: () => ['champion 1', '"1008"'],
    }),
  ),
  {
    name: 'unit of the champion’s numbers',
    isDescribed: true,
    accepted: 'that of the labels',
    valid: ['the unit of the labels', 'an offset'],
    malformed: Object.keys(UNITS).slice(2),
    verdict: 'inconclusive',
    message: 'the predictions are in another range than the labels',
    put: (unit) => mapChampion(numbers, 'prediction', UNITS[unit] as (value: number) => number),
    places: () => ['mae', 'champion', 'another range'],
  },
]

export const predictionInputs: readonly GateInput[] = [...predictions, ...championPredictions]
