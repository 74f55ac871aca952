import { type ReadSide, readSide } from './read-side.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { compareDatasets } from '../../src/domain/drift/compare.ts'
import { countDrifted } from '../../src/domain/drift/k-of-n.ts'
import type { DataDriftResult, DriftSettings } from '../../src/domain/drift/result.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import { type EarlierCheck, readHistory } from './history.ts'
import { describeDependence, describeVerdict } from './messages.ts'
import { buildErrorOutcome, buildOutcome, type Setting, startReport } from './outcome.ts'
import { buildColumnReports } from './report.ts'
import type { Report } from './report-schema.ts'

type DriftInputs = Inputs<typeof contract>

export interface Adapters {
  now(): Date
}

export const main = async (
  inputs: DriftInputs,
  context: Context,
  adapters: Adapters = { now: () => new Date() },
): Promise<Outcome<typeof contract>> => {
  const setting: Setting = { inputs, context, now: adapters.now() }
  try {
    const earlier = inputs.history === undefined ? [] : await readHistory(inputs.history, context.workspace)
    const reference = await readSide('reference', inputs, context, setting.now.getTime())
    const current = await readSide('current', inputs, context, setting.now.getTime(), reference)
    assertComparable(inputs, reference, current)
    const result = compareDatasets(reference.dataset, current.dataset, toSettings(inputs))
    return buildOutcome(setting, buildReport(setting, { reference, current, result, earlier }), earlier)
  } catch (error) {
    // An error that the user cannot fix is none of the data.
    if (!(error instanceof UserError)) throw error
    return buildErrorOutcome(setting, error)
  }
}

/** @throws UserError if a comparison of the sides would say nothing */
function assertComparable(inputs: DriftInputs, reference: ReadSide, current: ReadSide): void {
  if (reference.sha256 === current.sha256)
    throw new UserError(
      'Inputs reference and current are the same data, so that no drift could be found. Set current to what the model gets now.',
    )
  for (const [input, side] of Object.entries({ reference, current })) {
    const { rows } = side.dataset
    if (rows < inputs['min-rows'])
      throw new UserError(
        `Input ${input}: has ${rows} ${rows === 1 ? 'row' : 'rows'}, but min-rows is ${inputs['min-rows']}. Set more data, or a smaller min-rows.`,
      )
  }
}

function toSettings(inputs: DriftInputs): DriftSettings {
  return {
    policy: inputs['drift-policy'],
    sigmas: inputs.sigmas,
    alpha: inputs.alpha,
    floors: {
      numeric: inputs['numeric-floor'],
      categorical: inputs['categorical-floor'],
      nulls: inputs['null-floor'],
    },
    minDriftedColumns: inputs['min-drifted-columns'],
    criticalColumns: inputs['critical-columns'],
    extraColumns: inputs['extra-columns'],
  }
}

interface Comparison {
  reference: ReadSide
  current: ReadSide
  result: DataDriftResult
  earlier: readonly EarlierCheck[]
}

function buildReport(setting: Setting, { reference, current, result, earlier }: Comparison): Report {
  const { inputs } = setting
  const dataDrift = result.verdict === 'drift'
  const kOfN = inputs['k-of-n'] && {
    ...inputs['k-of-n'],
    ...countDrifted(
      earlier.map((check) => check.dataDrift),
      dataDrift,
      inputs['k-of-n'].n,
    ),
  }
  const isReached = kOfN === undefined || kOfN.drifted >= kOfN.k
  const verdict = dataDrift && !isReached ? 'stable' : result.verdict
  return {
    ...startReport(setting),
    verdict,
    dataDrift,
    reason: describeVerdict(result, kOfN, inputs['show-values']),
    kOfN: kOfN ?? null,
    reference: describeSide(reference),
    current: describeSide(current),
    dependence: { ...result.dependence, sortedBy: [...result.dependence.sortedBy] },
    driftedColumns: [...result.driftedColumns],
    driftShare: result.driftShare,
    columns: buildColumnReports(result, inputs['show-values']),
    notes: [
      ...reference.notes,
      ...current.notes,
      ...describeDependence(result.dependence),
      ...(kOfN && kOfN.checks < kOfN.n
        ? [
            `Only ${kOfN.checks} of the last ${kOfN.n} checks are known: history has ${kOfN.checks - 1}. Missing ones count as not drifted.`,
          ]
        : []),
    ],
  }
}

function describeSide({ files, sha256, dataset }: ReadSide) {
  return {
    files: [...files],
    sha256,
    rows: dataset.rows,
    sampledRows: dataset.sample?.positions.length ?? dataset.rows,
  }
}

export const driftCheck = defineAction(contract, (inputs, context) => main(inputs, context))
