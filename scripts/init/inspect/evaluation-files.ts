import { posix } from 'node:path'
import Papa from 'papaparse'
import { isPlainPath, type Repository } from '../repository.ts'
import { TEST_FILE } from './training-scripts.ts'

/** Files with which the gate can evaluate both models on the same rows. */
export interface EvaluationFiles {
  /** Path of the table of labelled rows. */
  holdout: string
  /** Path of the script that writes predictions of one model. */
  script: string
  columns: readonly string[]
}

const LABEL_NAMES = ['label', 'target', 'y', 'class']

/** Finds a holdout and a script that scores a model as the gate asks for: it reads MODEL_URI and writes PREDICTIONS_PATH. */
export function findEvaluationFiles({ files }: Repository): EvaluationFiles | undefined {
  const scripts = [...files].filter(
    ([path, text]) =>
      path.endsWith('.py') &&
      isPlainPath(path) &&
      !TEST_FILE.test(path) &&
      /\bMODEL_URI\b/.test(text) &&
      /\bPREDICTIONS_PATH\b/.test(text),
  )
  const holdouts = [...files.keys()].filter((path) =>
    /^(.*[-_])?holdout([-_].*)?\.(csv|parquet)$/i.test(posix.basename(path)),
  )
  const [script] = scripts
  const [holdout] = holdouts
  // With several, only a person knows which belong together.
  if (!script || holdout === undefined || scripts.length > 1 || holdouts.length > 1) return undefined
  return { holdout, script: script[0], columns: readColumns(files.get(holdout) ?? '') }
}

function readColumns(text: string): string[] {
  return Papa.parse<string[]>(text, { preview: 1 }).data[0]?.map((name) => name.trim()) ?? []
}

/** The column that is named like a label. */
export function findLabelColumn(columns: readonly string[]): string | undefined {
  return LABEL_NAMES.map((label) => columns.find((name) => name.toLowerCase() === label)).find(
    (name) => name !== undefined,
  )
}
