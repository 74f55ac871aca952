import type { Draw } from './draw.ts'

export const FILES = ['holdout', 'candidate', 'champion'] as const
export type FileName = (typeof FILES)[number]
/** What a column holds, which decides how it may be written and broken. */
export type Role = 'id' | 'class' | 'number' | 'text' | 'time'

export interface Column {
  name: string
  role: Role
  /** Null is a missing value: an empty cell of CSV, a null of Parquet. */
  cells: (string | null)[]
}

export interface Dataset {
  /** The section `gate` of the policy, as its author writes it. */
  policy: { metric: string; holdout: Record<string, unknown>; [key: string]: unknown }
  tables: Record<FileName, Column[]>
}

interface Classes {
  names: readonly string[]
  /** What the policy must name; undefined if a convention does. */
  positive?: string
  notMissing?: readonly string[]
}

const TWO_CLASSES: readonly Classes[] = [
  { names: ['0', '1'] },
  { names: ['0', '1'], positive: '0' },
  { names: ['-1', '1'] },
  { names: ['False', 'True'] },
  { names: ['false', 'true'] },
  { names: ['FALSE', 'TRUE'] },
  { names: ['no', 'yes'], positive: 'yes' },
  { names: ['1', '2'], positive: '2' },
  { names: ['bon', 'dégradé'], positive: 'dégradé' },
  { names: ['à, vérifier', '5" or more'], positive: '5" or more' },
  { names: ['NA', 'EU'], positive: 'NA' },
  { names: ['None', 'some'], positive: 'some', notMissing: ['None'] },
  { names: ['99999', '100000'], positive: '100000' },
]
const MORE_CLASSES: readonly Classes[] = [
  { names: ['1', '2', '3'] },
  { names: ['0', '1', '2', '10'] },
  { names: ['a', 'b', 'c'] },
  { names: ['01', '02', '10', '11'] },
  { names: ['São Paulo', 'New York', 'Zürich'] },
  { names: ['two\nlines', "o'k", 'x"y"'] },
  { names: ['NA', 'null', 'DE', 'FR'], notMissing: ['NA', 'null'] },
  { names: ['100000', '200000', '1500'] },
  { names: ['1.5', '2.5', '10'] },
  { names: ['1.1', '1.10', '1.2', '1.0', '1'] },
  { names: ['9007199254740993', '9007199254740992', '7'] },
  { names: ['cat', 'Cat', 'dog'] },
]

const CLASS_METRICS = ['accuracy', 'balanced_accuracy', 'f1_macro'] as const
const POSITIVE_METRICS = ['f1', 'precision', 'recall', 'auc'] as const
const NUMBER_METRICS = ['mae', 'rmse', 'r2'] as const
const RANKING_METRICS = ['hit@1', 'hit@3', 'ndcg@2', 'ndcg@10'] as const

/** A sound holdout and sound predictions of two models, one better than the other. */
export function createDataset(draw: Draw): Dataset {
  const metrics = [
    ...CLASS_METRICS,
    ...POSITIVE_METRICS,
    'log_loss',
    'log_loss',
    ...NUMBER_METRICS,
    ...RANKING_METRICS,
  ]
  const metric = draw.pick(metrics)
  const rows = draw.integer(10, 40)
  const ids: Column = { name: 'id', role: 'id', cells: createIds(draw, rows) }
  const isNumeric = (NUMBER_METRICS as readonly string[]).includes(metric)
  const isRanking = (RANKING_METRICS as readonly string[]).includes(metric)
  const kind = isNumeric ? createNumbers : isRanking ? createRanking : createClasses
  const dataset = kind(draw, ids, metric)
  addSupplementaryColumns(draw, dataset, rows, isRanking)
  // Each file has columns of its own, which a defect can change.
  for (const name of FILES) dataset.tables[name] = dataset.tables[name].map((column) => ({ ...column }))
  return dataset
}

function createIds(draw: Draw, rows: number): string[] {
  const first = draw.pick([0, 1, 98, 1_000_000, 2 ** 31])
  const styles: ((row: number) => string)[] = [
    (row) => String(first + row),
    (row) => `user-${row + 1}`,
    (row) => String(row).padStart(5, '0'),
    (row) => String(9007199254740993n + BigInt(row)),
    (row) => `${first + row}.0`,
    (row) => `Zoë ${row}`,
    (row) => `2026-10-${String(1 + (row % 28)).padStart(2, '0')} ${String(row).padStart(2, '0')}:00:00`,
    (row) => `${row}.50`,
    (row) => `a,"${row}"`,
    (row) => row.toString(16).padStart(8, 'e0'),
  ]
  return Array.from({ length: rows }, (_, row) => row).map(draw.pick(styles))
}

/** Each class occurs; the others are drawn. */
function createLabels(draw: Draw, { names }: Classes, rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => names[row] ?? draw.pick(names))
}

function createClasses(draw: Draw, ids: Column, metric: string): Dataset {
  const needsPositive = (POSITIVE_METRICS as readonly string[]).includes(metric)
  const isBinary = needsPositive || draw.chance(0.5)
  const classes = draw.pick(isBinary ? TWO_CLASSES : MORE_CLASSES)
  const { names, notMissing } = classes
  const positive = classes.positive ?? (isBinary ? names[1] : undefined)
  const labels = createLabels(draw, classes, ids.cells.length)
  const needsProbabilities = metric === 'log_loss' || metric === 'auc'
  const style = needsProbabilities ? draw.pick(['score', 'one', 'all']) : draw.pick(['none', 'none', 'all'])
  const predict = (hits: number): Column[] => {
    const answers = labels.map((label) => (draw.chance(hits) ? label : draw.pick(names)))
    const chances = answers.map((answer) => createProbabilities(draw, names, answer))
    const named = (name: string, at: number): Column => ({
      name,
      role: 'number',
      cells: chances.map((each) => each[at] ?? null),
    })
    const at = names.indexOf(positive ?? '')
    return [
      ids,
      ...(!needsProbabilities || draw.chance(0.3)
        ? [{ name: 'prediction', role: 'class', cells: answers } as const]
        : []),
      ...(style === 'score' && isBinary ? [named('score', at)] : []),
      ...(style === 'one' && isBinary ? [named(`proba_${positive}`, at)] : []),
      ...(style === 'all' || (needsProbabilities && !isBinary)
        ? names.map((name, code) => named(`proba_${name}`, code))
        : []),
    ]
  }
  const tables = {
    holdout: [ids, { name: 'label', role: 'class', cells: labels } as const],
    candidate: predict(draw.pick([0.95, 0.8, 1])),
    champion: predict(draw.pick([0.8, 0.6])),
  }
  const guardrail = draw.chance(0.3) && tables.candidate.some(({ name }) => name === 'prediction')
  const extra = metric === 'accuracy' ? 'f1_macro' : 'accuracy'
  return {
    policy: {
      metric,
      holdout: {
        path: 'holdout',
        ...(classes.positive !== undefined && { positive: classes.positive }),
        ...(notMissing && { not_missing: notMissing }),
      },
      ...(guardrail && { guardrails: [{ metric: extra, max_regression: 0.1 }] }),
    },
    tables,
  }
}

/** Probabilities that sum to 1, with the greatest one on the answer. Some are exactly 0 or 1. */
function createProbabilities(draw: Draw, names: readonly string[], answer: string): string[] {
  const top = draw.chance(0.05) ? 100 : draw.integer(Math.ceil(100 / names.length), 99)
  const rest = 100 - top
  const others = names.length - 1
  let left = rest
  let nth = 0
  return names.map((name) => {
    if (name === answer) return String(top / 100)
    nth += 1
    const share = nth === others ? left : Math.floor(rest / others)
    left -= share
    return String(share / 100)
  })
}

function createNumbers(draw: Draw, ids: Column, metric: string): Dataset {
  const scale = draw.pick([1, 1, 1000, 1e-6, 1e9, 2 ** 54])
  const decimals = draw.pick([0, 1, 3, 17])
  const round = (value: number) => (decimals === 17 ? value : Number(value.toFixed(decimals)))
  const labels = ids.cells.map(() => round((draw.integer(-1000, 1000) / 300) * scale))
  const predict = (error: number): Column[] => [
    ids,
    {
      name: draw.chance(0.2) ? 'score' : 'prediction',
      role: 'number',
      cells: labels.map((label) => String(round(label + (draw.integer(-100, 100) / 100) * error * scale))),
    },
  ]
  return {
    policy: {
      metric,
      holdout: { path: 'holdout' },
      ...(draw.chance(0.3) && {
        guardrails: [{ metric: metric === 'mae' ? 'rmse' : 'mae', max_regression: { relative: 0.1 } }],
      }),
    },
    tables: {
      holdout: [ids, { name: 'label', role: 'number', cells: labels.map(String) }],
      candidate: predict(0.3),
      champion: predict(0.9),
    },
  }
}

function createRanking(draw: Draw, ids: Column, metric: string): Dataset {
  const relevances = draw.pick([
    ['0', '1'],
    ['0', '0', '1', '2', '5'],
    ['0', '0.5', '1.5'],
  ])
  const labels = ids.cells.map((_, row) => (row === 0 ? '1' : draw.pick(relevances)))
  const isPositive = draw.chance(0.3) && relevances.length === 2
  const predict = (noise: number): Column[] => [
    ids,
    {
      name: draw.chance(0.5) ? 'score' : 'prediction',
      role: 'number',
      // Ties are common.
      cells: labels.map((label) => String((Number(label) * 10 + draw.integer(0, noise)) / 10)),
    },
  ]
  const tables = {
    holdout: [ids, { name: 'label', role: 'number', cells: labels } as const],
    candidate: predict(8),
    champion: predict(20),
  }
  // With classes as labels, a column `prediction` is a class.
  if (isPositive) for (const table of [tables.candidate, tables.champion]) (table[1] as Column).name = 'score'
  return {
    policy: { metric, holdout: { path: 'holdout', query: 'query', ...(isPositive && { positive: '1' }) } },
    tables,
  }
}

function addSupplementaryColumns(draw: Draw, dataset: Dataset, rows: number, isRanking: boolean) {
  const { policy, tables } = dataset
  const add = (name: string, role: Role, cell: (row: number) => string) =>
    tables.holdout.push({ name, role, cells: Array.from({ length: rows }, (_, row) => cell(row)) })
  if (isRanking) add('query', 'text', (row) => `q${Math.floor(row / 5)}`)
  if (draw.chance(0.25)) {
    add('weight', 'number', () => String(draw.pick([1, 1, 2, 0.5, 3.25, 0, 1e-3, 10])))
    policy.holdout.weight = 'weight'
  }
  if (draw.chance(0.2)) {
    add('user', 'text', (row) => `${row % 11}`)
    policy.holdout.group = 'user'
  }
  if (draw.chance(0.3)) {
    const names = draw.pick([
      ['DE', 'FR', 'NA'],
      ['Île-de-France', 'Bayern'],
      ['1', '2'],
      ['True', 'False'],
    ])
    add('region', 'text', () => draw.pick(names))
    policy.slices = [{ column: 'region', max_regression: { relative: 0.1 }, min_samples: 1 }]
  }
  if (draw.chance(0.15)) {
    const format = draw.pick([
      (at: number) => new Date(at).toISOString(),
      (at: number) => new Date(at).toISOString().slice(0, 10),
      (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' '),
      (at: number) => String(at / 1000),
      (at: number) => String(at),
    ])
    const isOld = draw.chance(0.5)
    const years = () => (isOld ? 2025 : draw.pick([2025, 2026]))
    add('at', 'time', () => format(Date.UTC(years(), draw.integer(0, 9), draw.integer(1, 28), 12)))
    policy.holdout.time = 'at'
    policy.holdout.label_lag = '200d'
  }
  if (draw.chance(0.3))
    add('comment', 'text', () => draw.pick(['', 'ok', 'a, b', 'say "hi"', 'two\nlines', '7']))
  policy.statistics = { resamples: 200, min_rows: 10, min_groups: 10 }
  policy.predictions = { candidate: 'candidate', champion: 'champion' }
  tables.holdout = draw.chance(0.3) ? draw.shuffle(tables.holdout) : tables.holdout
}
