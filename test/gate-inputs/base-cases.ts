// Cases in which the candidate is clearly better, so that only the input in question can keep it out.
import type { Columns, GateCase } from './gate-case.ts'

const ROWS = Array.from({ length: 240 }, (_, row) => row)
/** Whether a model is wrong on a row: the candidate on 2 %, the champion on 25 %. */
const CANDIDATE_ERRORS = (row: number) => row % 50 === 31
const CHAMPION_ERRORS = (row: number) => row % 4 === 3

const column = (of: (row: number) => string | number) => ROWS.map((row) => String(of(row)))
const isPositive = (row: number) => row % 3 === 0
const day = (row: number) => `2026-10-${String(1 + (row % 28)).padStart(2, '0')}`

/** Columns besides the label, which a policy may name. */
const AUXILIARY = {
  user: column((row) => `u${row % 60}`),
  at: column((row) => `${day(row)}T10:00:00Z`),
  weight: column((row) => 1 + (row % 2)),
  country: column((row) => (row % 2 === 0 ? 'DE' : 'FR')),
}

/** As JSON, which is YAML, with a line for each key. */
const toPolicy = (policy: object) => JSON.stringify(policy, null, 1)

type Answers = (isWrong: (row: number) => boolean) => Columns

function createBase(
  metric: string,
  label: readonly string[],
  answer: Answers,
  more: Record<string, unknown> = {},
  columns: Columns = {},
): GateCase {
  const id = column((row) => 1001 + row)
  const { holdout = {}, ...policy } = more
  return {
    files: {
      'holdout.csv': { id, label, ...AUXILIARY, ...columns },
      'candidate.csv': { id, ...answer(CANDIDATE_ERRORS) },
      'champion.csv': { id, ...answer(CHAMPION_ERRORS) },
      'trained-on.csv': { id: column((row) => 5001 + row) },
    },
    policy: toPolicy({
      metric,
      predictions: { candidate: 'candidate.csv', champion: 'champion.csv' },
      holdout: { path: 'holdout.csv', ...(holdout as object) },
      statistics: { resamples: 400 },
      ...policy,
    }),
    inputs: {},
    candidateRun: {},
    championRun: {},
    championVersion: {},
  }
}

/** Labels `no` and `yes`, predicted as classes. */
export const classes = createBase(
  'accuracy',
  column((row) => (isPositive(row) ? 'yes' : 'no')),
  (isWrong) => ({ prediction: column((row) => (isPositive(row) !== isWrong(row) ? 'yes' : 'no')) }),
)

/** Labels 0 and 1, predicted as scores. */
export const scores = createBase(
  'auc',
  column((row) => Number(isPositive(row))),
  (isWrong) => ({
    score: column((row) => (isPositive(row) !== isWrong(row) ? 0.6 : 0.2) + (row % 30) / 100),
  }),
)

/** Labels `no` and `yes`, predicted as a probability for each. */
export const probabilities = createBase(
  'log_loss',
  column((row) => (isPositive(row) ? 'yes' : 'no')),
  (isWrong) => ({
    proba_no: column((row) => (isPositive(row) !== isWrong(row) ? 0.25 : 0.75)),
    proba_yes: column((row) => (isPositive(row) !== isWrong(row) ? 0.75 : 0.25)),
  }),
)

/** Labels and predictions are numbers from 100 to 339. */
export const numbers = createBase(
  'mae',
  column((row) => 100 + ((row * 37) % 240)),
  (isWrong) => ({ prediction: column((row) => 100 + ((row * 37) % 240) + (isWrong(row) ? 40 : row % 3)) }),
)

/** Relevances 0 to 2 of the items of 60 queries, predicted as scores. */
export const ranking = createBase(
  'ndcg@3',
  column((row) => Math.floor(row / 60) % 3),
  (isWrong) => ({
    score: column((row) => (Math.floor(row / 60) % 3) + (isWrong(row) ? 9 - (row % 19) : 0)),
  }),
  { holdout: { query: 'session' } },
  { session: column((row) => `s${row % 60}`) },
)

/** Metrics that the runs logged. */
export const logged: GateCase = {
  ...classes,
  files: {},
  policy: toPolicy({ metric: 'accuracy' }),
  candidateRun: { metrics: new Map([['accuracy', 0.95]]) },
  championRun: { metrics: new Map([['accuracy', 0.8]]) },
}

/** Sets a cell of a file of the case. Row 0 is on line 2. */
export function setCell(given: GateCase, file: string, name: string, row: number, cell: string): GateCase {
  const table = given.files[file] as Columns
  const cells = (table[name] ?? []).with(row, cell)
  return { ...given, files: { ...given.files, [file]: { ...table, [name]: cells } } }
}

/** Changes the policy of a case, at a path of keys; `undefined` removes a key. */
export function setPolicy(given: GateCase, changes: Readonly<Record<string, unknown>>): GateCase {
  const policy = JSON.parse(given.policy)
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.')
    const last = keys.pop() as string
    const parent = keys.reduce((node, key) => {
      node[key] ??= {}
      return node[key]
    }, policy)
    parent[last] = value
  }
  return { ...given, policy: toPolicy(policy) }
}
