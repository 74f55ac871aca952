import { requestFrom } from '../../src/domain/trigger.ts'
import { defineAction, type Main } from '../../src/runtime/action.ts'
import { plain, table } from '../../src/runtime/markdown.ts'
import { contract } from './contract.ts'
import { eventFrom } from './payload.ts'

export const main: Main<typeof contract> = async (inputs, context) => {
  const event = eventFrom(context.run.event, context.run.actor, context.event())
  const request = requestFrom(event, {
    modelName: inputs['model-name'],
    allowedModels: inputs['allowed-models'] ?? [],
    now: new Date().toISOString(),
  })
  const outputs = {
    'model-name': request.modelName,
    'model-version': request.modelVersion,
    reason: request.reason,
    source: request.source,
    'fired-at': request.firedAt,
    force: String(request.force) as 'true' | 'false',
    'dedupe-key': request.dedupeKey,
    intent: request.intent,
  }
  const rows = Object.entries(outputs).map(([name, value]) => [name, plain(value)])
  return { outputs, summary: `### Request\n\n${table(['', ''], rows)}\n` }
}

export const trigger = defineAction(contract, main)
