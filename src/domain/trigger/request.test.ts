import { expect, test } from 'vitest'
import { resolveRequest, type TriggerEvent } from './request.ts'

const event = (changes: Partial<TriggerEvent>): TriggerEvent => ({
  name: 'repository_dispatch',
  type: 'model-performance-drop',
  payload: { model_name: 'digits' },
  force: false,
  actor: 'ada',
  cron: '',
  ...changes,
})
const context = { modelName: undefined, allowedModels: [], now: '2026-03-01T12:00:00.000Z' }

test.each([
  [
    'an alert',
    event({}),
    { source: 'alert', intent: 'retrain', reason: 'repository_dispatch model-performance-drop' },
  ],
  ['a performance alert', event({ type: 'performance-alert' }), { source: 'alert', intent: 'rollback' }],
  [
    'a schedule',
    event({ name: 'schedule', cron: '1 2 * * *' }),
    { source: 'schedule', intent: 'retrain', reason: 'scheduled (1 2 * * *)' },
  ],
  [
    'a person',
    event({ name: 'workflow_dispatch', force: true }),
    { source: 'manual', intent: 'retrain', force: true, reason: 'started by ada' },
  ],
  ['a push', event({ name: 'push' }), { intent: 'none' }],
  ['a drift check', event({ payload: { model_name: 'm', source: 'manual' } }), { source: 'manual' }],
  ['a drift check', event({ payload: { model_name: 'm', source: 'drift' } }), { source: 'drift' }],
] as const)('%s', (_, given, expected) => {
  expect(resolveRequest(given, context)).toMatchObject(expected)
})

test('a schedule cannot claim another source', () => {
  expect(
    resolveRequest(event({ name: 'schedule', payload: { model_name: 'm', source: 'alert' } }), context)
      .source,
  ).toBe('schedule')
})

test('the model of the event wins over the one of the workflow', () => {
  expect(resolveRequest(event({}), { ...context, modelName: 'other' }).modelName).toBe('digits')
  expect(resolveRequest(event({ payload: {} }), { ...context, modelName: 'other' }).modelName).toBe('other')
})

test('rejects a missing model and a model that is not allowed, with a fix', () => {
  expect(() => resolveRequest(event({ payload: {} }), context)).toThrow(
    /names no model: send client_payload.model_name/,
  )
  expect(() => resolveRequest(event({}), { ...context, allowedModels: ['fraud'] })).toThrow(
    /"digits", which is not one of fraud/,
  )
})

test('a reason is one bounded line', () => {
  const payload = { model_name: 'm', trigger_reason: `low\n::add-mask::x\u2028${'y'.repeat(900)}` }
  const { reason } = resolveRequest(event({ payload }), context)
  expect(reason).toMatch(/^low ::add-mask::x y+…y+$/)
  expect(reason).toHaveLength(500)
})

test('a blank reason or key counts as missing', () => {
  const blank = '\u0000 \u2028'
  const payload = { model_name: 'm', trigger_reason: blank, dedupe_key: blank, dispatch_id: blank }
  const request = resolveRequest(event({ payload }), context)
  expect(request.reason).toBe('repository_dispatch model-performance-drop')
  expect(request.dedupeKey).toBe('retrain/m/')
  expect(resolveRequest(event({ payload: { ...payload, dispatch_id: 'd' } }), context).dedupeKey).toBe('d')
})

test('alerts about the same model share one key, unless the sender sets it', () => {
  const key = (payload: TriggerEvent['payload']) => resolveRequest(event({ payload }), context).dedupeKey
  expect(key({ model_name: 'm', model_version: '3' })).toBe(
    key({ model_name: 'm', model_version: '3', trigger_reason: 'again' }),
  )
  expect(key({ model_name: 'm', model_version: '3' })).not.toBe(key({ model_name: 'm', model_version: '4' }))
  expect(key({ model_name: 'm', dispatch_id: 'd', dedupe_key: 'k' })).toBe('k')
})

test('the time is in UTC, and the key on one line', () => {
  const payload = { model_name: 'm', fired_at: '2026-03-01T12:00:00+02:00', dedupe_key: 'a\n::error::b' }
  expect(resolveRequest(event({ payload }), context)).toMatchObject({
    firedAt: '2026-03-01T10:00:00.000Z',
    dedupeKey: 'a ::error::b',
  })
})

test('an event without a time gets the current time', () => {
  expect(resolveRequest(event({}), context).firedAt).toBe(context.now)
})
