import * as z from 'zod'
import { UserError } from '../../src/domain/failure.ts'
import type { Event } from '../../src/domain/trigger.ts'
import { modelName, modelVersion } from '../../src/runtime/fields.ts'

const time = z.iso.datetime({ offset: true, error: 'is not an ISO 8601 time such as 2026-03-01T12:00:00Z' })
/** Prometheus writes labels as strings, but a sender of plain JSON may write a version as a number. */
const versionLike = z.preprocess(
  (value) => (typeof value === 'number' ? String(value) : value),
  modelVersion(),
)
/** Blanks are nothing, as in an action's own inputs. */
const given = (value: unknown) =>
  value === null || (typeof value === 'string' && value.trim() === '') ? undefined : value
const maybe = <T extends z.ZodType>(field: T) => z.preprocess(given, field.optional())

/** `client_payload`, version 1. Only model_name is required of a sender; unknown keys are left alone, not refused. */
const payload = z.object({
  schema: maybe(
    z.preprocess(
      String,
      z.literal('1', 'is not a version that this release reads; send "1", or leave it out'),
    ),
  ),
  model_name: maybe(modelName()),
  model_version: maybe(versionLike),
  trigger_reason: maybe(z.string('is not a text')),
  source: maybe(z.enum(['schedule', 'manual', 'alert'], 'is not one of schedule, manual, alert')),
  dispatch_id: maybe(z.string('is not a text').max(200, 'is longer than 200 characters')),
  dedupe_key: maybe(z.string('is not a text').max(500, 'is longer than 500 characters')),
  fired_at: maybe(time),
})

/** The form of a person, who alone may override the gate. */
const personal = payload.extend({
  force: maybe(z.union([z.boolean(), z.enum(['true', 'false'])], 'is not true or false')),
})
/** What an alert says of force counts for nothing. */
const impersonal = payload.extend({
  force: z
    .unknown()
    .optional()
    .transform(() => undefined),
})

const webhook = z.object({
  action: z.string().optional(),
  client_payload: z.unknown().optional(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
  schedule: z.string().optional(),
})

/** Reads a workflow's event; throws one UserError that names every bad field of its payload, a line each. */
export function eventFrom(name: string, actor: string, raw: unknown): Event {
  const read = webhook.safeParse(raw)
  if (!read.success) throw notAnEvent(name, read.error)
  const body = read.data
  const inputs = body.inputs ?? {}
  const fields = name === 'workflow_dispatch' ? fromInputs(inputs) : (body.client_payload ?? {})
  const result = (name === 'workflow_dispatch' ? personal : impersonal).safeParse(fields)
  if (!result.success) {
    const where = name === 'workflow_dispatch' ? 'workflow_dispatch input' : 'client_payload'
    const lines = result.error.issues.map(
      (issue) => `${where} ${issue.path.join('.') || '(whole)'}: ${issue.message}`,
    )
    const cure =
      name === 'workflow_dispatch'
        ? 'Start the workflow again with these mended.'
        : 'Mend the sender of the event, then send it again.'
    throw new UserError(`${lines.join('\n')}\n${cure}`)
  }
  return {
    name,
    type: name === 'repository_dispatch' ? (body.action ?? '') : '',
    payload: result.data,
    force: String(result.data.force) === 'true',
    actor,
    cron: body.schedule ?? '',
  }
}

function notAnEvent(name: string, error: z.ZodError): UserError {
  const wrong = error.issues
    .map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
    .join('; ')
  return new UserError(
    `The ${name} event is not in the form in which GitHub sends it (${wrong}). Start the workflow by a schedule, by hand or by a repository_dispatch.`,
  )
}

/** A person's form may name the same things with dashes or underscores; `reason` is what people call trigger_reason. */
function fromInputs(inputs: Record<string, unknown>): Record<string, unknown> {
  const fields = Object.entries(inputs).map(([key, value]) => [key.replaceAll('-', '_'), value] as const)
  const known = Object.fromEntries(fields)
  return { ...known, trigger_reason: given(known.trigger_reason) ?? known.reason, source: undefined }
}
