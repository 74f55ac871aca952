import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { type Adapters, real } from './adapters.ts'
import { capturing } from './capturing.ts'
import { contract } from './contract.ts'
import { failureOf, notesOn, outputsOf, summaryOf } from './result.ts'
import { runUserScript } from './script.ts'
import { traceScript } from './trace.ts'

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  // Without the job's signal: what became of the run is asked after a cancelled script, too.
  const mlflow = adapters.connect(mlflowConnection(inputs, context.env))
  const since = adapters.now()
  const way = await capturing[inputs.capture](inputs, context, mlflow, adapters.now)
  const { end, announced } = await runUserScript(inputs, context, way, adapters)

  const cancelled = context.cancelled.aborted
  const { trace, fault } = await traceScript(way, announced, since, cancelled, mlflow)
  const failure = failureOf(end, trace, { cancelled, since, server: mlflow.base }) ?? fault
  for (const note of notesOn(end, trace, failure === fault ? undefined : fault)) context.log.warning(note)
  const result = { outputs: outputsOf(end, trace), summary: summaryOf(end, trace) }
  return failure ? { ...result, failure } : result
}

export const train = defineAction(contract, (inputs, context) => main(inputs, context))
