import * as z from 'zod'
import { UserError } from '../../src/domain/core/errors.ts'
import type { TriggerEvent } from '../../src/domain/trigger/request.ts'
import { modelName, modelVersion } from '../../src/runtime/fields.ts'

const time = z.iso.datetime({ offset: true, error: 'is not an ISO 8601 time such as 2026-03-01T12:00:00Z' })
/** Prometheus labels are strings, but a JSON sender may write a version as a number. */
const numberToText = (value: unknown) => (typeof value === 'number' ? String(value) : value)
/** Blank means missing, as for inputs of an action. */
const blankToUndefined = (value: unknown) =>
  value === null || (typeof value === 'string' && value.trim() === '') ? undefined : value
const optionalField = <T extends z.ZodType>(field: T) => z.preprocess(blankToUndefined, field.optional())

/** `client_payload`, version 1. Only model_name is required; unknown keys are ignored. */
const payload = z.object({
  schema: optionalField(
    z.preprocess(String, z.literal('1', 'is not a supported schema version; send "1", or remove it')),
  ),
  model_name: optionalField(modelName()),
  model_version: optionalField(z.preprocess(numberToText, modelVersion())),
  trigger_reason: optionalField(z.string('is not a text')),
  source: optionalField(
    z.enum(['schedule', 'manual', 'alert', 'drift'], 'is not one of schedule, manual, alert, drift'),
  ),
  dispatch_id: optionalField(z.string('is not a text').max(200, 'is longer than 200 characters')),
  dedupe_key: optionalField(z.string('is not a text').max(500, 'is longer than 500 characters')),
  fired_at: optionalField(time),
  /** Only a manual run may override the gate, so `force` of an alert is ignored. */
  force: z.undefined().catch(undefined),
})
const manualPayload = payload.extend({
  force: optionalField(z.union([z.boolean(), z.enum(['true', 'false'])], 'is not true or false')),
})

const webhookEvent = z.object({
  action: z.string().optional(),
  client_payload: z.unknown().optional(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
  schedule: z.string().optional(),
})

/** Parses the event of a workflow. @throws UserError with one line per invalid field */
export function parseEvent(name: string, actor: string, raw: unknown): TriggerEvent {
  const event = webhookEvent.safeParse(raw)
  if (!event.success)
    throw new UserError(
      `The ${name} event does not have the shape of a GitHub event (${formatIssues(event.error).join('; ')}). Start the workflow by schedule, workflow_dispatch or repository_dispatch.`,
    )
  const { action = '', inputs, client_payload, schedule = '' } = event.data
  const isManual = name === 'workflow_dispatch'
  const result = isManual
    ? manualPayload.safeParse(readDispatchInputs(inputs ?? {}))
    : payload.safeParse(client_payload ?? {})
  if (!result.success) {
    const where = isManual ? 'workflow_dispatch input' : 'client_payload'
    const lines = formatIssues(result.error).map((issue) => `${where} ${issue}`)
    const hint = isManual
      ? 'Fix these inputs and start the workflow again.'
      : 'Fix the sender and send the event again.'
    throw new UserError(`${lines.join('\n')}\n${hint}`)
  }
  return {
    name,
    type: name === 'repository_dispatch' ? action : '',
    payload: result.data,
    force: String(result.data.force) === 'true',
    actor,
    cron: schedule,
  }
}

function formatIssues({ issues }: z.ZodError): string[] {
  return issues.map(({ path, message }) => `${path.join('.') || '(whole)'}: ${message}`)
}

/** Inputs may use dashes or underscores; `reason` is an alias of trigger_reason. */
function readDispatchInputs(inputs: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(inputs).map(([key, value]) => [key.replaceAll('-', '_'), value])
  const fields: Record<string, unknown> = Object.fromEntries(entries)
  return {
    ...fields,
    trigger_reason: blankToUndefined(fields.trigger_reason) ?? fields.reason,
    source: undefined,
  }
}
