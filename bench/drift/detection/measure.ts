import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readDataset } from '../../../src/adapters/tables/read-dataset.ts'
import { compareDatasets } from '../../../src/domain/drift/compare.ts'
import type { DriftPolicy, DriftSettings } from '../../../src/domain/drift/result.ts'
import type { Benchmark } from '../../benchmark.ts'
import { installEvidently } from '../evidently.ts'
import { type CheckFiles, compareDetection, runEvidently } from './detection.ts'
import { simulatePower } from './power.ts'
import type { CaseResult, DriftDetection } from './results.ts'

const RESULTS = fileURLToPath(new URL('../../drift-detection.json', import.meta.url))
const REPETITIONS = 10
const MAX_FALSE_ALARMS = 0.08

/** Measures which shifts drift-check and Evidently find, and how often they report one that is not there. */
export const measureDriftDetection: Benchmark = async ({ folder }) => {
  const output = await runEvidently(await installEvidently(), folder, REPETITIONS)
  const detection: DriftDetection = {
    ...(await compareDetection(output, checkFiles)),
    power: simulatePower((reference, current) =>
      compareDatasets(reference, current, createSettings('calibrated')),
    ),
  }
  writeFileSync(RESULTS, `${JSON.stringify(detection, null, 2)}\n`)
  return summarize(detection)
}

/** Reads both files as drift-check does, the current one with the types of the reference. */
export const checkFiles: CheckFiles = async ({ reference, current, timeColumn }, policies) => {
  const read = (path: string, types: Parameters<typeof readDataset>[1]['types']) =>
    readDataset([path], {
      input: 'data',
      workspace: '/',
      columns: undefined,
      ignored: [],
      types,
      group: undefined,
      timeColumn,
      sampleRows: 100_000,
      seed: 0,
      now: 0,
    })
  const { dataset } = await read(reference, new Map())
  const types = new Map(dataset.columns.map(({ name, type }) => [name, type] as const))
  const other = (await read(current, types)).dataset
  const results = policies.map((policy) => [policy, compareDatasets(dataset, other, createSettings(policy))])
  return Object.fromEntries(results)
}

/** The defaults of drift-check. */
export function createSettings(policy: DriftPolicy): DriftSettings {
  return {
    policy,
    sigmas: 2,
    alpha: 0.05,
    floors: { numeric: 0.1, categorical: 0.1, nulls: 0.05 },
    minDriftedColumns: 1,
    criticalColumns: [],
    extraColumns: 'warn',
  }
}

function summarize({ cases, power }: DriftDetection) {
  const of = (kind: CaseResult['kind']) => cases.filter((each) => each.kind === kind)
  const share = (some: readonly CaseResult[], count: (one: CaseResult) => number) =>
    some.reduce((sum, one) => sum + count(one), 0) / some.reduce((sum, one) => sum + one.trials, 0)
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`
  const found = share(of('shift'), ({ policies }) => policies.calibrated.found)
  const theirs = share(of('shift'), ({ evidently }) => evidently.found)
  const alarms = share(of('no-shift'), ({ policies }) => policies.calibrated.drift)
  const theirAlarms = share(of('no-shift'), ({ evidently }) => evidently.drift)
  const worst = power.cells
    .filter(({ shift }) => shift === 0)
    .reduce((most, { drift, simulations }) => Math.max(most, drift / simulations), 0)
  return [
    {
      name: 'shifts found in the column that changed',
      figure: `${percent(found)}, Evidently ${percent(theirs)}`,
      target: 'more than Evidently',
      isMet: found > theirs,
    },
    {
      name: 'false alarms on data without a shift',
      figure: `${percent(alarms)}, Evidently ${percent(theirAlarms)}`,
      target: `at most ${percent(MAX_FALSE_ALARMS)}`,
      isMet: alarms <= MAX_FALSE_ALARMS,
    },
    {
      name: 'false alarms of 20 independent columns, at the worst number of rows',
      figure: percent(worst),
      target: `at most ${percent(MAX_FALSE_ALARMS)}`,
      isMet: worst <= MAX_FALSE_ALARMS,
    },
  ]
}
