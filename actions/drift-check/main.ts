import { compareDatasets } from '../../src/domain/drift/compare.ts'
import { estimateAccuracy } from '../../src/domain/drift/estimate.ts'
import type { DataDriftResult, DriftSettings } from '../../src/domain/drift/result.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { type Attempt, attempt } from './attempt.ts'
import { buildReport, type CheckEvidence, type Comparison, toSettings } from './check-report.ts'
import { contract } from './contract.ts'
import { type EarlierCheck, readHistory } from './history.ts'
import { buildOutcome } from './outcome.ts'
import { connectSources, type Sources } from './performance/connect.ts'
import { evaluatePerformance } from './performance/evaluate-performance.ts'
import { assertComparable, assertKnownColumns, readSide, selectCompared } from './read-side.ts'

type DriftInputs = Inputs<typeof contract>

export interface Adapters {
  now(): Date
  /** Connections to MLflow and Prometheus. */
  connect(inputs: DriftInputs, context: Context): Sources
  compare(
    reference: Parameters<typeof compareDatasets>[0],
    current: Parameters<typeof compareDatasets>[1],
    settings: DriftSettings,
  ): DataDriftResult
}

const realAdapters: Adapters = {
  now: () => new Date(),
  connect: connectSources,
  compare: compareDatasets,
}

export const main = async (
  inputs: DriftInputs,
  context: Context,
  adapters: Adapters = realAdapters,
): Promise<Outcome<typeof contract>> => {
  const now = adapters.now()
  // One part that cannot be read makes the verdict an error, but the other parts are reported all the same.
  const history = await attempt(() => readEarlier(inputs, context))
  const data = await attempt(() => compareData(inputs, context, adapters, now.getTime()))
  const performance = await attempt(() => comparePerformance(inputs, context, adapters))
  context.cancelled.throwIfAborted()
  const evidence: CheckEvidence = {
    earlier: history.value ?? [],
    data: data.value,
    performance: performance.value,
    errors: [data, performance, history].flatMap(({ error }: Attempt<unknown>) => (error ? [error] : [])),
  }
  const report = buildReport(evidence, inputs, { checkedAt: now.toISOString(), runUrl: context.run.url })
  return buildOutcome(inputs, context, report, evidence)
}

function readEarlier(inputs: DriftInputs, context: Context): Promise<EarlierCheck[]> | [] {
  return inputs.history === undefined ? [] : readHistory(inputs.history, context.workspace)
}

async function compareData(
  inputs: DriftInputs,
  context: Context,
  { compare }: Adapters,
  now: number,
): Promise<Comparison | undefined> {
  if (!inputs.reference || !inputs.current) return undefined
  const reference = await readSide('reference', inputs, context, now)
  assertKnownColumns(inputs, reference)
  const current = await readSide('current', inputs, context, now, reference)
  assertComparable(inputs, reference, current)
  const result = compare(
    selectCompared(reference.dataset, inputs),
    selectCompared(current.dataset, inputs),
    toSettings(inputs),
  )
  return { reference, current, result, estimate: estimate(inputs, reference, current) }
}

function estimate(inputs: DriftInputs, reference: Comparison['reference'], current: Comparison['current']) {
  if (!inputs.estimate) return undefined
  return estimateAccuracy(reference.dataset, current.dataset, {
    target: inputs['estimate-target'] ?? '',
    score: inputs['estimate-score'] ?? '',
    prediction: inputs['estimate-prediction'],
  })
}

async function comparePerformance(inputs: DriftInputs, context: Context, { connect }: Adapters) {
  if (inputs['performance-source'] === undefined) return undefined
  return evaluatePerformance(inputs, { workspace: context.workspace, ...connect(inputs, context) })
}

export const driftCheck = defineAction(contract, (inputs, context) => main(inputs, context))
