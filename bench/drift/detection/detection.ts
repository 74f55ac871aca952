import { fileURLToPath } from 'node:url'
import { run } from '../../../rig/process/command.ts'
import type { DataDriftResult, DriftPolicy } from '../../../src/domain/drift/result.ts'
import type { CaseKind, CaseResult, DriftDetection, MethodResult } from './results.ts'

/** Checks the two files of a trial with the defaults of drift-check. */
export type CheckFiles = (
  files: { reference: string; current: string; timeColumn: string | undefined },
  policies: readonly DriftPolicy[],
) => Promise<Readonly<Record<DriftPolicy, DataDriftResult>>>

const POLICIES: readonly DriftPolicy[] = ['calibrated', 'two-sigma', 'evidently']

/** The output of evidently_check.py. */
export interface EvidentlyOutput {
  evidently: string
  pandas: string
  cases: readonly Case[]
}

interface Case {
  name: string
  kind: CaseKind
  description: string
  column: string | null
  timeColumn: string | null
  trials: readonly Trial[]
}

interface Trial {
  reference: string
  current: string
  evidently: { driftedColumns: readonly string[]; datasetDrift: boolean } | { error: string }
}

/** Draws all cases into a folder and checks them with Evidently, in its Python: about 25 s a repetition. */
export async function runEvidently(
  python: string,
  folder: string,
  repetitions: number,
): Promise<EvidentlyOutput> {
  const script = fileURLToPath(new URL('./evidently_check.py', import.meta.url))
  return JSON.parse(await run([python, script, folder, String(repetitions)]))
}

/** Checks the same files with drift-check. */
export async function compareDetection(
  { evidently, pandas, cases }: EvidentlyOutput,
  check: CheckFiles,
): Promise<Pick<DriftDetection, 'versions' | 'cases'>> {
  const results: CaseResult[] = []
  for (const each of cases) results.push(await checkCase(each, check))
  return { versions: { evidently, pandas }, cases: results }
}

async function checkCase(
  { name, kind, description, column, timeColumn, trials }: Case,
  check: CheckFiles,
): Promise<CaseResult> {
  const results: Readonly<Record<DriftPolicy, DataDriftResult>>[] = []
  for (const { reference, current } of trials)
    results.push(await check({ reference, current, timeColumn: timeColumn ?? undefined }, POLICIES))
  const count = (columns: readonly (readonly string[])[]): MethodResult => ({
    drift: columns.filter((drifted) => drifted.length > 0).length,
    found: columns.filter((drifted) => column !== null && drifted.includes(column)).length,
  })
  const byPolicy = (policy: DriftPolicy) => count(results.map((result) => result[policy].driftedColumns))
  const evidently = trials.map((trial) => trial.evidently)
  return {
    name,
    kind,
    description,
    trials: trials.length,
    policies: {
      calibrated: byPolicy('calibrated'),
      'two-sigma': byPolicy('two-sigma'),
      evidently: byPolicy('evidently'),
    },
    inconclusive: results.filter(({ calibrated }) => calibrated.verdict === 'inconclusive').length,
    evidently: {
      ...count(evidently.map((result) => ('error' in result ? [] : result.driftedColumns))),
      dataset: evidently.filter((result) => 'datasetDrift' in result && result.datasetDrift).length,
      errors: evidently.filter((result) => 'error' in result).length,
    },
  }
}
