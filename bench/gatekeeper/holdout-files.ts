import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createRandom } from '../../src/domain/statistics/random.ts'

const CHUNK = 10_000
/** How much the label raises a score between 0 and 1. Both models share the random part, because models agree on most rows. */
const LABEL_WEIGHT = { candidate: 0.3, champion: 0.28 }

interface HoldoutFiles {
  holdout: string
  candidate: string
  champion: string
}

/** Writes a holdout with two classes, and the predictions of two models. Those of the champion are in reverse order. */
export const writeHoldoutFiles = async (folder: string, rows: number): Promise<HoldoutFiles> => {
  const { below } = createRandom('0bench00')
  const labels = Uint8Array.from({ length: rows }, () => below(2))
  const chance = Float64Array.from({ length: rows }, () => below(1_000_000) / 1_000_000)
  const id = (row: number) => `order-${String(row).padStart(8, '0')}`
  const predict = (row: number, lift: number) => {
    const score = (1 - lift) * (chance[row] ?? 0) + lift * (labels[row] ?? 0)
    return `${id(row)},${score >= 0.5 ? 1 : 0},${score.toFixed(6)}\n`
  }
  const holdout = (row: number) => `${id(row)},${labels[row]}\n`
  const columns = 'id,prediction,score\n'
  return {
    holdout: await writeCsv(folder, 'holdout.csv', 'id,label\n', rows, holdout),
    candidate: await writeCsv(folder, 'candidate.csv', columns, rows, (row) =>
      predict(row, LABEL_WEIGHT.candidate),
    ),
    champion: await writeCsv(folder, 'champion.csv', columns, rows, (row) =>
      predict(rows - 1 - row, LABEL_WEIGHT.champion),
    ),
  }
}

const writeCsv = async (
  folder: string,
  name: string,
  head: string,
  rows: number,
  line: (row: number) => string,
): Promise<string> => {
  const path = join(folder, name)
  function* lines() {
    yield head
    for (let from = 0; from < rows; from += CHUNK)
      yield Array.from({ length: Math.min(CHUNK, rows - from) }, (_, row) => line(from + row)).join('')
  }
  await pipeline(Readable.from(lines()), createWriteStream(path))
  return path
}
