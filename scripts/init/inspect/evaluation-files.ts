import { posix } from 'node:path'
import Papa from 'papaparse'
import { isPlainPath, type Repository } from '../repository.ts'
import { printable } from '../settings/chooser.ts'
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

/** What a repository has for a comparison on rows. */
export interface Evaluation {
  /** Undefined if they are not complete, or not unique. */
  files: EvaluationFiles | undefined
  /** Why files are not used, as a sentence with the step that fixes it. */
  problem: string | undefined
}

/** Finds a holdout and a script that scores a model as the gate asks for: it reads MODEL_URI and writes PREDICTIONS_PATH. */
export function findEvaluationFiles({ files }: Repository): Evaluation {
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
  if (!script || holdout === undefined || scripts.length > 1 || holdouts.length > 1)
    return {
      files: undefined,
      problem: describeProblem(
        holdouts,
        scripts.map(([path]) => path),
      ),
    }
  const columns = readColumns(files.get(holdout) ?? '')
  return { files: { holdout, script: script[0], columns }, problem: undefined }
}

function describeProblem(holdouts: readonly string[], scripts: readonly string[]): string | undefined {
  const found = joinNames([...holdouts, ...scripts])
  if (found === undefined) return undefined
  const unused = `${found} ${holdouts.length + scripts.length > 1 ? 'are' : 'is'} not used`
  if (scripts.length === 0)
    return `${unused}: the gate needs a scoring script, too. It reads MODEL_URI and writes PREDICTIONS_PATH, as in examples/digits.`
  if (holdouts.length === 0)
    return `${unused}: the gate needs rows with labels, too. Add them as holdout.csv or holdout.parquet.`
  // Only a person knows which belong together.
  return `${unused}: only one holdout and one scoring script can be chosen. Rename or remove the others.`
}

/** The names as part of a sentence. */
export function joinNames(names: readonly string[]): string | undefined {
  const printed = names.map(printable)
  return printed.length > 1 ? `${printed.slice(0, -1).join(', ')} and ${printed.at(-1)}` : printed[0]
}

function readColumns(text: string): string[] {
  return Papa.parse<string[]>(text, { preview: 1 }).data[0]?.map((name) => name.trim()) ?? []
}

/** The column that is named like ids, if no other is. The gate itself assumes `id`. */
export function findIdColumn(columns: readonly string[]): string | undefined {
  if (columns.includes('id')) return 'id'
  const [column, ...others] = columns.filter((name) => /(^|[_ -])id$/i.test(name))
  return others.length === 0 ? column : undefined
}

/** The column that is named like a label. */
export function findLabelColumn(columns: readonly string[]): string | undefined {
  return LABEL_NAMES.map((label) => columns.find((name) => name.toLowerCase() === label)).find(
    (name) => name !== undefined,
  )
}
