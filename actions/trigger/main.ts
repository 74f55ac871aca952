import { resolveRequest } from '../../src/domain/trigger/request.ts'
import { defineAction, type Main } from '../../src/runtime/action.ts'
import { escapeMarkdown, formatHeadline, formatTable } from '../../src/runtime/markdown.ts'
import { contract } from './contract.ts'
import { parseEvent } from './event-payload.ts'

export const main: Main<typeof contract> = async (inputs, context) => {
  const event = parseEvent(context.run.event, context.run.actor, context.event())
  const request = resolveRequest(event, {
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
  const rows = Object.entries(outputs).map(([name, value]) => [name, escapeMarkdown(value)])
  const table = formatTable(['', ''], rows)
  return { outputs, summary: `${formatHeadline('Request', describeRequest(request))}\n\n${table}\n` }
}

function describeRequest({
  intent,
  modelName,
  modelVersion,
  reason,
  source,
}: ReturnType<typeof resolveRequest>): string {
  const version = modelVersion && ` version ${modelVersion} of`
  const action = { retrain: 'Retrain', rollback: `Roll back${version}`, none: 'Nothing to do for' }[intent]
  return `${action} ${modelName}: ${reason} (source: ${source}).`
}

export const trigger = defineAction(contract, main)
