import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fakeContext } from './context.ts'
import { CANDIDATE_RUN, CHAMPION_RUN, championVersion, runGate } from './gatekeeper.ts'
import { fakeMlflow, fakeRun } from './mlflow.ts'

const ROWS = Array.from({ length: 400 }, (_, row) => row)

/** A file of the workspace: one cell for each row and column. */
type Columns = Readonly<Record<string, (row: number) => string | number>>

export interface Files {
  holdout: Columns
  candidate: Columns
  champion: Columns
}

function toCsv(columns: Columns): string {
  const names = Object.keys(columns)
  const lines = ROWS.map((row) => [row, ...names.map((name) => columns[name]?.(row))].join(','))
  return `${['id', ...names].join(',')}\n${lines.join('\n')}\n`
}

/** What the two runs logged: values by metric. */
export type LoggedValues = Partial<Record<'candidate' | 'champion', Readonly<Record<string, number>>>>

/** Runs the gate on files of predictions, with a policy of these keys. */
export async function evaluateFiles(files: Files, keys: Record<string, unknown>, logged: LoggedValues = {}) {
  const context = fakeContext({ workspace: mkdtempSync(join(tmpdir(), 'validity-')) })
  for (const [name, columns] of Object.entries(files))
    writeFileSync(join(context.workspace, `${name}.csv`), toCsv(columns))
  const policy = JSON.stringify({
    predictions: { candidate: 'candidate.csv', champion: 'champion.csv' },
    holdout: { path: 'holdout.csv' },
    ...keys,
  })
  const runs = [
    fakeRun(CANDIDATE_RUN, { metrics: new Map(Object.entries(logged.candidate ?? {})) }),
    fakeRun(CHAMPION_RUN, { metrics: new Map(Object.entries(logged.champion ?? {})) }),
  ]
  const mlflow = fakeMlflow({ runs, versions: [championVersion], aliases: { champion: '1' } })
  const { outputs } = await runGate(mlflow, { metric: '', policy }, context)
  const report = JSON.parse(readFileSync(outputs.report ?? '', 'utf8'))
  return { verdict: outputs.verdict, reason: outputs.reason ?? '', notes: report.notes.join('\n') as string }
}

export const REFRESH = { kind: 'refresh', margin: 0.03 }
/** Whether a model is wrong on a row: 5 % or 20 % of them. */
export const GOOD = (row: number) => row % 20 === 3
export const BAD = (row: number) => row % 5 === 3
export const isYes = (row: number) => row % 3 === 0
/** A column of one of two answers, wrong on some rows. */
export const answers =
  (no: string, yes: string, isWrong: (row: number) => boolean = () => false) =>
  (row: number) =>
    isYes(row) === isWrong(row) ? no : yes

export const classFiles = (
  labels: readonly [string, string],
  candidate: readonly [string, string],
  champion: readonly [string, string],
  isWrong = { candidate: GOOD, champion: GOOD },
): Files => ({
  holdout: { label: answers(...labels) },
  candidate: { prediction: answers(...candidate, isWrong.candidate) },
  champion: { prediction: answers(...champion, isWrong.champion) },
})
