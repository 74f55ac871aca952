import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { UserError } from '../../domain/core/errors.ts'
import { buildDataset } from '../../domain/drift/collect/build-dataset.ts'
import { ColumnCollector } from '../../domain/drift/collect/column-collector.ts'
import { createSampler, type Sampler } from '../../domain/drift/collect/sampler.ts'
import type { ColumnType, Dataset } from '../../domain/drift/dataset.ts'
import { type Cell, showCell } from '../../domain/table/cells.ts'
import type { Column } from '../../domain/table/columns.ts'
import { listColumns, quote } from '../../domain/table/messages.ts'
import { isMissingWord } from '../../domain/table/missing-words.ts'
import { createTimeReader } from '../../domain/table/times.ts'
import { type DataFile, readFiles } from './table-files.ts'

export interface DatasetOptions {
  /** Name of the input, for messages. */
  input: string
  workspace: string
  /** Columns to read; all if undefined. Those that are not there are left out: a comparison reports them. */
  columns: readonly string[] | undefined
  ignored: readonly string[]
  types: ReadonlyMap<string, ColumnType>
  group: string | undefined
  timeColumn: string | undefined
  sampleRows: number
  seed: number
  /** Milliseconds since 1970. */
  now: number
}

export interface ReadDataset {
  dataset: Dataset
  notes: string[]
  /** Relative to the workspace. */
  files: string[]
  sha256: string
}

/** Cells of all sampled rows together, which need 12 bytes each. */
const MAX_SAMPLED_CELLS = 20_000_000

/**
 * Reads files as one side of a drift check, in one pass and with a memory that does not grow with the number of rows.
 * @throws UserError if a file cannot be read, changes meanwhile, or lacks the column of the group or of the time
 */
export async function readDataset(paths: readonly string[], options: DatasetOptions): Promise<ReadDataset> {
  const { input, workspace, sampleRows } = options
  const files = await listAllFiles(paths)
  const before = await describeFiles(files)
  const sha256 = await digestFiles(files)
  const seed = createHash('sha256').update(`${sha256} ${options.seed}`).digest('hex')
  const columns: { name: string; collector: ColumnCollector }[] = []
  let [group, time]: [SampleColumn<string> | undefined, SampleColumn<number> | undefined] = [
    undefined,
    undefined,
  ]
  let rows: RowColumn | undefined
  let kept = sampleRows
  const cursor = { file: 0 }
  const { files: read } = await readFiles(paths, workspace, cursor, (names) => {
    const isCompared = (name: string) =>
      name !== options.group &&
      name !== options.timeColumn &&
      !options.ignored.includes(name) &&
      (options.columns === undefined || options.columns.includes(name))
    const compared = names.filter(isCompared)
    kept = Math.min(sampleRows, Math.floor(MAX_SAMPLED_CELLS / Math.max(1, compared.length)))
    const sampler = () => createSampler(kept, seed)
    const find = (kind: 'group' | 'time-column', name: string | undefined) => {
      if (name === undefined || names.includes(name)) return name
      throw new UserError(
        `Input ${kind}: ${input} has no column ${quote(name)}. It has ${listColumns(names)}.`,
      )
    }
    const [groupName, timeName] = [find('group', options.group), find('time-column', options.timeColumn)]
    for (const name of compared)
      columns.push({ name, collector: new ColumnCollector(sampler(), isMissingWord) })
    if (groupName !== undefined) group = new SampleColumn(sampler(), showCell)
    if (timeName !== undefined) time = new SampleColumn(sampler(), createTimeReader(options.now))
    const selected: { name: string; column: Column }[] = [
      ...columns.map(({ name, collector }) => ({ name, column: collector })),
      ...(group ? [{ name: groupName ?? '', column: group }] : []),
      ...(time ? [{ name: timeName ?? '', column: time }] : []),
    ]
    if (selected[0]) {
      rows = new RowColumn(selected[0].column, sampler())
      selected[0].column = rows
    }
    return selected
  })
  const after = await describeFiles(files)
  const changed = files.find((_, index) => before[index] !== after[index])
  if (changed !== undefined)
    throw new UserError(
      `Input ${input}: ${quote(relative(workspace, changed))} changed while it was read. Check it after it is written.`,
    )
  if (columns.length === 0)
    throw new UserError(`Input ${input}: there is no column to compare. Check columns and ignore-columns.`)
  const positions = Float64Array.from(rows?.positions ?? [])
  const { dataset, notes } = buildDataset(
    {
      columns,
      positions,
      groups: (group as SampleColumn<string> | undefined)?.kept,
      times: time && Float64Array.from((time as SampleColumn<number>).kept),
      locate: (position) => locateIn(read, position),
    },
    options.types,
  )
  const limited =
    kept < sampleRows && dataset.rows > kept
      ? [`The tests use ${kept} rows of ${input}, not ${sampleRows}: it has ${columns.length} columns.`]
      : []
  return { dataset, notes: [...notes, ...limited], files: read.map(({ name }) => name), sha256 }
}

/** Positions start again in each file, and a note names only the first one. */
function locateIn(files: readonly DataFile[], position: number): string {
  const place = files[0]?.locate(position) ?? ''
  return files.length > 1 ? `${place} of one of the files` : place
}

/** Keeps the cells of the sampled rows, by their place. */
class SampleColumn<T> implements Column {
  readonly retainsText = false
  readonly invalidCells = undefined
  readonly kept: T[] = []
  readonly #sampler: Sampler
  readonly #read: (cell: Cell) => T

  constructor(sampler: Sampler, read: (cell: Cell) => T) {
    this.#sampler = sampler
    this.#read = read
  }

  add(cell: Cell): void {
    const place = this.#sampler.next()
    if (place >= 0) this.kept[place] = this.#read(cell)
  }
}

/** Counts the rows beside another column, and keeps the numbers of the sampled ones. */
class RowColumn implements Column {
  readonly retainsText = false
  readonly invalidCells = undefined
  readonly positions: number[] = []
  readonly #column: Column
  readonly #sampler: Sampler
  #row = 0

  constructor(column: Column, sampler: Sampler) {
    this.#column = column
    this.#sampler = sampler
  }

  add(cell: Cell, position: number): void {
    const place = this.#sampler.next()
    if (place >= 0) this.positions[place] = this.#row
    this.#row += 1
    this.#column.add(cell, position)
  }
}

/** The part files of folders, too. */
async function listAllFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) {
    const stats = await stat(path)
    if (!stats.isDirectory()) files.push(path)
    else for (const name of (await readdir(path)).sort()) files.push(join(path, name))
  }
  return files
}

/** Size and time of change of each file. */
async function describeFiles(files: readonly string[]): Promise<string[]> {
  return Promise.all(
    files.map(async (path) => {
      const { size, mtimeMs } = await stat(path)
      return `${size} ${mtimeMs}`
    }),
  )
}

async function digestFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of files) {
    if ((await stat(path)).isFile()) for await (const chunk of createReadStream(path)) hash.update(chunk)
  }
  return hash.digest('hex')
}
