import { UserError } from './failure.ts'
import { oneLine } from './one-line.ts'

export type Source = 'schedule' | 'manual' | 'alert'
export type Intent = 'retrain' | 'rollback' | 'none'

/** What a workflow was asked to do, whoever asked. */
export interface Request {
  modelName: string
  modelVersion: string
  reason: string
  source: Source
  firedAt: string
  force: boolean
  dedupeKey: string
  intent: Intent
}

/** The parts of client_payload, version 1, that were valid; everything but the model's name may be missing. */
export interface Payload {
  model_name?: string | undefined
  model_version?: string | undefined
  trigger_reason?: string | undefined
  source?: Source | undefined
  dispatch_id?: string | undefined
  dedupe_key?: string | undefined
  fired_at?: string | undefined
}

export interface Event {
  name: string
  /** `event_type` of a repository_dispatch. */
  type: string
  payload: Payload
  /** Inputs of a workflow_dispatch. */
  force: boolean
  actor: string
  cron: string
}

/** What stands beside the event: names from the workflow file, and the clock. */
export interface Setting {
  modelName: string | undefined
  allowedModels: readonly string[]
  /** ISO 8601, UTC. */
  now: string
}

/** One shape for all three kinds of event. Throws UserError where the event names no model or a forbidden one. */
export function requestFrom(event: Event, setting: Setting): Request {
  const modelName = event.payload.model_name ?? setting.modelName
  if (!modelName) {
    throw new UserError(
      `The ${event.name} event names no model: send client_payload.model_name with it, or give the input model-name.`,
    )
  }
  if (setting.allowedModels.length > 0 && !setting.allowedModels.includes(modelName)) {
    throw new UserError(
      `Input allowed-models: the event names ${JSON.stringify(modelName)}, which is not one of ${setting.allowedModels.join(', ')}. Add it there if it may be retrained.`,
    )
  }
  const intent = intentOf(event)
  const modelVersion = event.payload.model_version ?? ''
  return {
    modelName,
    modelVersion,
    reason: firstSaid(event.payload.trigger_reason, defaultReason(event)),
    source: sourceOf(event),
    firedAt: new Date(event.payload.fired_at ?? setting.now).toISOString(),
    force: event.force,
    dedupeKey: firstSaid(
      event.payload.dedupe_key,
      event.payload.dispatch_id,
      [intent, modelName, modelVersion].join('/'),
    ),
    intent,
  }
}

/** The first text of which something is left on one line: a blank one says nothing, and an empty reason fails later. */
function firstSaid(...texts: readonly (string | undefined)[]): string {
  return texts.map((text) => oneLine(text ?? '')).find((line) => line !== '') ?? ''
}

function sourceOf(event: Event): Source {
  if (event.name === 'schedule') return 'schedule'
  return event.payload.source ?? (event.name === 'repository_dispatch' ? 'alert' : 'manual')
}

function intentOf(event: Event): Intent {
  if (event.name === 'repository_dispatch') return event.type === 'performance-alert' ? 'rollback' : 'retrain'
  return event.name === 'schedule' || event.name === 'workflow_dispatch' ? 'retrain' : 'none'
}

function defaultReason(event: Event): string {
  if (event.name === 'schedule') return `scheduled (${event.cron || 'no cron expression given'})`
  if (event.name === 'workflow_dispatch') return `started by ${event.actor || 'a person'}`
  return `${event.name} ${event.type}`.trim()
}
