import { expect, test } from 'vitest'
import { type Event, requestFrom } from './trigger.ts'

const event = (changes: Partial<Event>): Event => ({
  name: 'repository_dispatch',
  type: 'model-performance-drop',
  payload: { model_name: 'digits' },
  force: false,
  actor: 'ada',
  cron: '',
  ...changes,
})
const setting = { modelName: undefined, allowedModels: [], now: '2026-03-01T12:00:00.000Z' }

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
  [
    'a sender that says who it is',
    event({ payload: { model_name: 'm', source: 'manual' } }),
    { source: 'manual' },
  ],
] as const)('%s', (_, given, expected) => {
  expect(requestFrom(given, setting)).toMatchObject(expected)
})

test('a schedule cannot claim another source', () => {
  expect(
    requestFrom(event({ name: 'schedule', payload: { model_name: 'm', source: 'alert' } }), setting).source,
  ).toBe('schedule')
})

test('the model of the event goes before the one of the workflow', () => {
  expect(requestFrom(event({}), { ...setting, modelName: 'other' }).modelName).toBe('digits')
  expect(requestFrom(event({ payload: {} }), { ...setting, modelName: 'other' }).modelName).toBe('other')
})

test('no model at all, and a model that is not allowed, are refused with the cure', () => {
  expect(() => requestFrom(event({ payload: {} }), setting)).toThrow(
    /names no model: send client_payload.model_name/,
  )
  expect(() => requestFrom(event({}), { ...setting, allowedModels: ['fraud'] })).toThrow(
    /"digits", which is not one of fraud/,
  )
})

test('a reason is one bounded line', () => {
  const payload = { model_name: 'm', trigger_reason: `low\n::add-mask::x\u2028${'y'.repeat(900)}` }
  const { reason } = requestFrom(event({ payload }), setting)
  expect(reason).toMatch(/^low ::add-mask::x y+…$/)
  expect(reason).toHaveLength(500)
})

test('a reason of blanks is none, and a key of blanks is not the key of all that have one', () => {
  const blank = '\u0000 \u2028'
  const payload = { model_name: 'm', trigger_reason: blank, dedupe_key: blank, dispatch_id: blank }
  const request = requestFrom(event({ payload }), setting)
  expect(request.reason).toBe('repository_dispatch model-performance-drop')
  expect(request.dedupeKey).toBe('retrain/m/')
  expect(requestFrom(event({ payload: { ...payload, dispatch_id: 'd' } }), setting).dedupeKey).toBe('d')
})

test('two alerts about one thing have one key, and the sender may set it', () => {
  const key = (payload: Event['payload']) => requestFrom(event({ payload }), setting).dedupeKey
  expect(key({ model_name: 'm', model_version: '3' })).toBe(
    key({ model_name: 'm', model_version: '3', trigger_reason: 'again' }),
  )
  expect(key({ model_name: 'm', model_version: '3' })).not.toBe(key({ model_name: 'm', model_version: '4' }))
  expect(key({ model_name: 'm', dispatch_id: 'd', dedupe_key: 'k' })).toBe('k')
})

test('a time is told in UTC, and a key on one line', () => {
  const payload = { model_name: 'm', fired_at: '2026-03-01T12:00:00+02:00', dedupe_key: 'a\n::error::b' }
  expect(requestFrom(event({ payload }), setting)).toMatchObject({
    firedAt: '2026-03-01T10:00:00.000Z',
    dedupeKey: 'a ::error::b',
  })
})

test('an event without a time happened now', () => {
  expect(requestFrom(event({}), setting).firedAt).toBe(setting.now)
})
