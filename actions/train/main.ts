import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { errorMessage } from '../../src/domain/core/errors.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { contract } from './contract.ts'
import { captureStrategies, lookUpRun, type RunLookup } from './find-run.ts'
import { buildOutputs, buildSummary, collectNotes, findFailure, formatAllMetrics } from './report.ts'
import { type Adapters, runUserScript, systemAdapters } from './user-script.ts'

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = systemAdapters,
): Promise<Outcome<typeof contract>> => {
  // Without the job's cancellation signal, since the run is looked up after a cancelled script, too.
  const mlflow = adapters.connect(resolveMlflowConnection(inputs, context.env))
  const startedAt = adapters.now()
  const strategy = await captureStrategies[inputs.capture](inputs, context, mlflow, adapters.now)
  const { exit, printed } = await runUserScript(inputs, context, strategy, adapters)

  const isCancelled = context.cancelled.aborted
  const { lookup, fault } = await lookUpRun(strategy, printed, startedAt, isCancelled, mlflow)
  const failure = findFailure(exit, lookup, { isCancelled, startedAt, server: mlflow.base }) ?? fault
  const metricsFile = writeMetrics(lookup, context)
  for (const note of collectNotes(exit, lookup, failure === fault ? undefined : fault, metricsFile))
    context.log.warning(note)
  if (lookup?.model.note) context.log.info(lookup.model.note)
  const outputs = buildOutputs(exit, lookup, metricsFile)
  const result = { outputs, summary: buildSummary(outputs, lookup, failure) }
  return failure ? { ...result, failure } : result
}

/** @returns the path; empty without a run, or if the disk takes no file, which does not undo a training */
function writeMetrics(lookup: RunLookup | undefined, { temp, log }: Context): string {
  const metrics = formatAllMetrics(lookup)
  if (metrics === undefined) return ''
  try {
    const path = join(mkdtempSync(join(temp, 'train-')), 'metrics.json')
    writeFileSync(path, metrics)
    return path
  } catch (error) {
    log.warning(`Output metrics-file is empty, since the file cannot be written: ${errorMessage(error)}`)
    return ''
  }
}

export const train = defineAction(contract, (inputs, context) => main(inputs, context))
