import { UserError } from '../core/errors.ts'
import { oneLine } from '../core/text.ts'

export type Source = 'schedule' | 'manual' | 'alert' | 'drift'
export type Intent = 'retrain' | 'rollback' | 'none'

/** client_payload, version 1, validated. Only the model name is required. */
export interface TriggerPayload {
  model_name?: string | undefined
  model_version?: string | undefined
  trigger_reason?: string | undefined
  source?: Source | undefined
  dispatch_id?: string | undefined
  dedupe_key?: string | undefined
  fired_at?: string | undefined
}

export interface TriggerEvent {
  name: string
  /** `event_type` of a repository_dispatch. */
  type: string
  payload: TriggerPayload
  /** Inputs of a workflow_dispatch. */
  force: boolean
  actor: string
  cron: string
}

/** Inputs of the workflow file and the clock. */
export interface TriggerContext {
  modelName: string | undefined
  allowedModels: readonly string[]
  /** ISO 8601, UTC. */
  now: string
}

/**
 * The request of an event, in one shape for all kinds of events.
 * @throws UserError if the event names no model, or a model that is not allowed
 */
export function resolveRequest(event: TriggerEvent, context: TriggerContext) {
  const { payload } = event
  const modelName = payload.model_name ?? context.modelName
  if (!modelName)
    throw new UserError(
      `The ${event.name} event names no model: send client_payload.model_name, or set the input model-name.`,
    )
  if (context.allowedModels.length > 0 && !context.allowedModels.includes(modelName))
    throw new UserError(
      `Input allowed-models: the event names ${JSON.stringify(modelName)}, which is not one of ${context.allowedModels.join(', ')}. Add it there if it may be retrained.`,
    )
  const intent = resolveIntent(event)
  const modelVersion = payload.model_version ?? ''
  const incident = [intent, modelName, modelVersion].join('/')
  return {
    modelName,
    modelVersion,
    reason: firstNonBlank(payload.trigger_reason, defaultReason(event)),
    source: resolveSource(event),
    firedAt: new Date(payload.fired_at ?? context.now).toISOString(),
    force: event.force,
    dedupeKey: firstNonBlank(payload.dedupe_key, payload.dispatch_id, incident),
    intent,
  }
}

/** A blank reason or key counts as missing. */
function firstNonBlank(...texts: readonly (string | undefined)[]): string {
  return texts.map((text) => oneLine(text ?? '')).find((line) => line !== '') ?? ''
}

function resolveSource(event: TriggerEvent): Source {
  if (event.name === 'schedule') return 'schedule'
  return event.payload.source ?? (event.name === 'repository_dispatch' ? 'alert' : 'manual')
}

function resolveIntent(event: TriggerEvent): Intent {
  if (event.name === 'repository_dispatch') return event.type === 'performance-alert' ? 'rollback' : 'retrain'
  return event.name === 'schedule' || event.name === 'workflow_dispatch' ? 'retrain' : 'none'
}

function defaultReason(event: TriggerEvent): string {
  if (event.name === 'schedule') return `scheduled (${event.cron || 'no cron expression given'})`
  if (event.name === 'workflow_dispatch') return `started by ${event.actor || 'an unknown user'}`
  return `${event.name} ${event.type}`.trim()
}
