import type { Column, Dataset, Role } from './dataset.ts'
import { FILES } from './dataset.ts'
import type { Draw } from './draw.ts'

/** Changes tables as real exports do. @returns false if the case has nothing to change */
export type TableDefect = (draw: Draw, dataset: Dataset) => boolean

type CellChange = (cell: string, draw: Draw) => string | null

/** Changes cells of one column of one file: one, some or all of them. */
function inCells(roles: readonly Role[], change: CellChange, extent?: number): TableDefect {
  return (draw, { tables }) => {
    const columns = Object.values(tables)
      .flat()
      .filter(({ role, cells }) => roles.includes(role) && cells.length > 0)
    if (columns.length === 0) return false
    const column = draw.pick(columns)
    const share = extent ?? draw.pick([0, 0, 0.2, 1])
    const first = draw.integer(0, column.cells.length - 1)
    column.cells = column.cells.map((cell, row) =>
      cell !== null && (row === first || draw.chance(share)) ? change(cell, draw) : cell,
    )
    return true
  }
}

const inNumber = (change: CellChange, extent?: number) => inCells(['number'], change, extent)
const inClass = (change: CellChange, extent?: number) => inCells(['class'], change, extent)
const inText = (change: CellChange, extent?: number) => inCells(['text', 'id', 'class'], change, extent)
const inAny = (change: CellChange, extent?: number) =>
  inCells(['text', 'id', 'class', 'number', 'time'], change, extent)

/** All cells of a role in a file, in another spelling of the same value. */
const respell = (role: Role, change: CellChange) => inCells([role], change, 1)

const isWhole = (cell: string) => /^-?\d+$/.test(cell)
const PADDING = [' ', '  ', '\t', '\u00a0', '\n', '\r', '\u200b', '\ufeff']
const MISSING = ['', 'NA', 'N/A', 'n/a', '#N/A', '#NA', 'NaN', 'nan', '-nan', 'None', 'none', 'null', 'NULL']
const MORE_MISSING = ['<NA>', '\\N', 'NaT', '1.#QNAN', '-1.#IND', '?', '-', '.', 'missing', ' NA ']
const NOT_FINITE = ['inf', '-inf', 'Infinity', '+inf', 'INF', '1e999', '-1e999', '1.#INF', '∞']
const HUGE = ['9007199254740993', '1e308', '123456789012345678901234567890', '5e-324', '-0.0', '1e-400']
const FOREIGN = [
  '1,234',
  '1.234,5',
  '0,5',
  '1 234',
  "1'234",
  '1_000',
  '0x1F',
  '0b1',
  '1e',
  '1.2.3',
  '50%',
  '$5',
]
const MORE_FOREIGN = ['１２', '٣', '½', '1d3', '1E+2', '[0.5]', '"0.5"', '0.5f', '(5)', '5-', '--5', '+ 5']

/** The rows of a table at these positions, in this order. */
function takeRows(table: Column[], rows: readonly number[]) {
  for (const column of table) column.cells = rows.map((row) => column.cells[row] ?? null)
}

const positions = (table: Column[]) => [...(table[0] as Column).cells.keys()]

const inTable =
  (change: (draw: Draw, table: Column[]) => unknown): TableDefect =>
  (draw, dataset) => {
    const table = dataset.tables[draw.pick(FILES)]
    return table.length > 1 && positions(table).length > 0 && change(draw, table) !== false
  }

/** As two files with headers that were appended. */
function repeatHeader(draw: Draw, table: Column[]) {
  const at = draw.integer(0, positions(table).length)
  for (const column of table) column.cells = column.cells.toSpliced(at, 0, column.name)
}

/** A class in another Unicode form, in one file only. */
const decompose = (cell: string) => cell.normalize('NFD')

export const TABLE_DEFECTS: Readonly<Record<string, TableDefect>> = {
  'missing word': inAny((_, draw) => draw.pick([...MISSING, ...MORE_MISSING])),
  'null cell': inAny(() => null),
  'not finite': inNumber((_, draw) => draw.pick(NOT_FINITE)),
  'huge or tiny number': inNumber((_, draw) => draw.pick(HUGE)),
  'foreign number': inNumber((_, draw) => draw.pick([...FOREIGN, ...MORE_FOREIGN])),
  'decimal comma': respell('number', (cell) => cell.replace('.', ',')),
  'padded cell': inAny((cell, draw) => {
    const pad = draw.pick(PADDING)
    return draw.pick([pad + cell, cell + pad, pad + cell + pad])
  }),
  'signed number': inNumber((cell) => (cell.startsWith('-') ? cell : `+${cell}`)),
  'exponent number': inNumber((cell) => Number(cell).toExponential()),
  'number without digit': inNumber((cell) => cell.replace(/^0\./, '.').replace(/^(\d+)$/, '$1.')),
  'float32 tail': respell('number', (cell) => String(Math.fround(Number(cell)))),
  'float32 digits': respell('number', (cell) => String(Number(Number(cell).toPrecision(7)))),
  'seventeen digits': respell('number', (cell) => Number(cell).toPrecision(17)),
  'negative zero': inNumber((cell) => (Number(cell) === 0 ? '-0.0' : cell), 1),
  'flipped sign': inNumber((cell) => (cell.startsWith('-') ? cell.slice(1) : `-${cell}`)),
  'probability out of range': inNumber((_, draw) =>
    draw.pick(['1.0000001', '-1e-9', '1.00001', '1.2', '-0.5', '2']),
  ),
  'boolean number': inNumber((_, draw) => draw.pick(['True', 'false', 'TRUE', 'yes'])),
  percentages: respell('number', (cell) => String(Number(cell) * 100)),
  'bad weight': (draw, { tables }) => {
    const weight = tables.holdout.find(({ name }) => name === 'weight')
    if (!weight) return false
    weight.cells = weight.cells.map((cell) =>
      draw.chance(0.1) ? draw.pick(['-1', '-0', '0', '1e300', '', 'nan']) : cell,
    )
    return true
  },
  'float classes': respell('class', (cell) => (isWhole(cell) ? `${cell}.0` : cell)),
  'some float classes': inClass((cell) => (isWhole(cell) ? `${cell}.0` : cell), 0.3),
  'exponent classes': inClass((cell) =>
    isWhole(cell) && /0{3}$/.test(cell)
      ? Number(cell)
          .toExponential()
          .replace(/e\+(\d)$/, 'e+0$1')
      : cell,
  ),
  'signed class': inClass((cell) => (/^\d/.test(cell) ? `+${cell}` : cell)),
  'classes without leading zeros': respell('class', (cell) => cell.replace(/^0+(?=\d)/, '')),
  'boolean spelling': inClass((cell, draw) => {
    const isTrue = /^(1|true)$/i.test(cell)
    return /^(0|1|true|false)$/i.test(cell)
      ? draw.pick(
          isTrue ? ['True', 'true', 'TRUE', '1', '1.0', 'T'] : ['False', 'false', 'FALSE', '0', '0.0', 'F'],
        )
      : cell
  }),
  'class case': inClass((cell, draw) => draw.pick([cell.toUpperCase(), cell.toLowerCase()])),
  'class in another form': inClass(decompose),
  'text in another form': inText(decompose),
  'text case': inText((cell) => cell.toUpperCase()),
  'quoted class': inClass((cell) => `"${cell}"`),
  'unknown class': inClass((_, draw) => draw.pick(['other', 'unknown', '3', '-1', 'é'])),
  'several unknown classes': inClass((_, draw) => draw.pick(['other', 'unknown', '33', '44', 'é']), 0.2),
  'class and number': inClass((cell) => `${cell}.5`),
  'float ids': respell('id', (cell) => (isWhole(cell) ? `${cell}.0` : cell)),
  'ids as numbers': respell('id', (cell) => (isWhole(cell) ? String(Number(cell)) : cell)),
  'id spelling': inCells(['id'], (cell, draw) =>
    draw.pick([` ${cell}`, `0${cell}`, `${cell}.0`, `${cell}.`, cell.toUpperCase(), `'${cell}`, `+${cell}`]),
  ),
  'time spelling': inCells(['time'], (cell, draw) =>
    draw.pick([
      cell.replace('T', ' '),
      cell.slice(0, 10),
      `${cell}Z`,
      cell.replace('Z', '+02:00'),
      '20251101',
      '45000',
      '01/02/2025',
      '2025-02-30',
      '2025-06-01T25:00:00',
      '0',
    ]),
  ),
  'missing rows': inTable((draw, table) => {
    const lost = draw.integer(0, positions(table).length - 1)
    takeRows(
      table,
      positions(table).filter((row) => row !== lost && !draw.chance(0.05)),
    )
  }),
  'no rows': inTable((_, table) => takeRows(table, [])),
  'duplicated rows': inTable((draw, table) => {
    takeRows(table, [...positions(table), draw.pick(positions(table))])
  }),
  'duplicated id': inTable((draw, table) => {
    const ids = table.find(({ role }) => role === 'id')
    if (!ids || ids.cells.length < 2) return false
    ids.cells = ids.cells.with(draw.integer(0, ids.cells.length - 1), ids.cells[0] ?? null)
    return true
  }),
  'extra rows': (draw, { tables }) => {
    const table = tables[draw.pick(['candidate', 'champion'] as const)]
    for (const { role, cells } of table)
      cells.push(role === 'id' ? 'another' : draw.pick(['', 'x', '1', '7.5']))
    return true
  },
  'repeated header': inTable(repeatHeader),
  'repeated headers': (draw, { tables }) => {
    for (const table of Object.values(tables)) repeatHeader(draw, table)
    return true
  },
  'duplicated column': inTable((draw, table) => {
    const column = draw.pick(table)
    table.push({ ...column, cells: draw.chance(0.5) ? column.cells : draw.shuffle(column.cells) })
  }),
  'misnamed column': inTable((draw, table) => {
    const column = draw.pick(table)
    const { name } = column
    column.name = draw.pick([
      ` ${name}`,
      `${name} `,
      name.toUpperCase(),
      `"${name}"`,
      `${name}\ufeff`,
      `${name}.1`,
      '',
    ])
  }),
  'missing column': inTable((draw, table) => {
    table.splice(draw.integer(0, table.length - 1), 1)
  }),
  'swapped names': inTable((draw, table) => {
    const [one, other] = [draw.pick(table), draw.pick(table)]
    const { name } = one
    one.name = other.name
    other.name = name
  }),
  'labels in the predictions': (draw, { tables }) => {
    const label = tables.holdout.find(({ name }) => name === 'label')
    if (!label) return false
    const cells = draw.chance(0.5) ? label.cells : draw.shuffle(label.cells)
    tables.candidate.push({ ...label, cells: cells.slice(0, positions(tables.candidate).length) })
    return positions(tables.candidate).length === cells.length
  },
  'probability of another class': (_, { tables }) => {
    if (!tables.candidate.some(({ name }) => name.startsWith('proba_'))) return false
    tables.candidate.push({
      name: 'proba_another',
      role: 'number',
      cells: positions(tables.candidate).map(() => '0'),
    })
    return true
  },
  'several unlikely probabilities': (draw, { tables }) => {
    const columns = tables.champion.filter(({ name }) => name.startsWith('proba_'))
    const column = columns[0]
    if (!column) return false
    column.cells = column.cells.map((cell) =>
      draw.chance(0.3) ? draw.pick(['0', '1', '1e-17', '0.5']) : cell,
    )
    return true
  },
}
