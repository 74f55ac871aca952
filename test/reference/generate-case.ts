import { gzipSync } from 'node:zlib'
import { type Column, createDataset, type Dataset, FILES, type FileName } from './dataset.ts'
import { type Draw, generate } from './draw.ts'
import {
  BYTE_DEFECTS,
  createCsvFormat,
  createParquet,
  type FileContent,
  TEXT_DEFECTS,
  writeCsv,
} from './file-format.ts'
import { TABLE_DEFECTS } from './table-defects.ts'

/** A holdout, the predictions of two models, and the policy that compares them. */
export interface ReferenceCase {
  /** The same seed gives the same case. */
  seed: number
  /** What is odd about its files, for messages. */
  defects: readonly string[]
  policy: Dataset['policy']
  files: Record<FileName, FileContent>
}

const BYTE_ORDER_MARK = '\ufeff'

/** An otherwise sound case with at most two defects of tables and files. */
export function generateCase(seed: number): ReferenceCase {
  return generate(seed, (draw) => {
    const dataset = createDataset(draw)
    const defects: string[] = []
    const count = draw.pick([0, 1, 1, 2])
    let inText = 0
    for (let nth = 0; nth < count; nth += 1) {
      if (draw.chance(0.3)) inText += 1
      else {
        const name = draw.pick(Object.keys(TABLE_DEFECTS))
        if (TABLE_DEFECTS[name]?.(draw, dataset)) defects.push(name)
      }
    }
    const broken = draw.pick(FILES)
    const files = Object.fromEntries(
      FILES.map((file) => {
        const columns = arrange(draw, dataset.tables[file])
        const written = file === broken && inText > 0 ? writeBroken(draw, columns) : writeSound(draw, columns)
        if (written.defect !== undefined) defects.push(`${written.defect} (${file})`)
        return [file, written.content] as const
      }),
    ) as Record<FileName, FileContent>
    return { seed, defects, policy: dataset.policy, files }
  })
}

/** Rows and columns in the order in which another program might write them. */
function arrange(draw: Draw, columns: readonly Column[]): Column[] {
  const rows = columns[0]?.cells.length ?? 0
  const order = draw.chance(0.4) ? draw.shuffle([...Array(rows).keys()]) : [...Array(rows).keys()]
  const arranged = columns.map((column) => ({
    ...column,
    cells: order.map((row) => column.cells[row] ?? null),
  }))
  return draw.chance(0.2) ? draw.shuffle(arranged) : arranged
}

interface Written {
  content: FileContent
  defect?: string
}

function writeSound(draw: Draw, columns: readonly Column[]): Written {
  if (draw.chance(0.3)) return { content: createParquet(draw, columns) }
  const text = writeCsv(columns, createCsvFormat(draw))
  const bytes = Buffer.from(draw.chance(0.15) ? BYTE_ORDER_MARK + text : text)
  return { content: { kind: 'bytes', bytes: draw.chance(0.15) ? gzipSync(bytes) : bytes } }
}

function writeBroken(draw: Draw, columns: readonly Column[]): Written {
  const format = createCsvFormat(draw)
  const text = writeCsv(columns, format)
  const defect = draw.pick([...Object.keys(TEXT_DEFECTS), ...Object.keys(BYTE_DEFECTS)])
  const bytes =
    BYTE_DEFECTS[defect]?.(draw, text) ??
    Buffer.from(TEXT_DEFECTS[defect]?.(draw, text, format.newline) ?? text)
  return { content: { kind: 'bytes', bytes }, defect }
}
