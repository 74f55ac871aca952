import { expect, test } from 'vitest'
import { fakeContext, parseInputs } from '../../test/fakes/context.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'

const run = (event: string, payload: unknown, inputs: Record<string, string> = {}) =>
  main(parseInputs(contract, inputs), fakeContext({ event, payload }))

const outputs = async (...args: Parameters<typeof run>) => (await run(...args)).outputs

test('reads a minimal payload of two fields', async () => {
  const payload = {
    action: 'model-performance-drop',
    client_payload: { model_name: 'digits', trigger_reason: 'accuracy 0.8' },
  }
  expect(await outputs('repository_dispatch', payload)).toMatchObject({
    'model-name': 'digits',
    reason: 'accuracy 0.8',
    source: 'alert',
    intent: 'retrain',
    force: 'false',
  })
})

test('reads version and time of an alert, also a numeric version', async () => {
  const client_payload = {
    schema: '1',
    model_name: 'm',
    model_version: 7,
    fired_at: '2026-03-01T12:00:00Z',
    alert: { a: 1 },
  }
  expect(await outputs('repository_dispatch', { action: 'performance-alert', client_payload })).toMatchObject(
    {
      'model-version': '7',
      'fired-at': '2026-03-01T12:00:00.000Z',
      intent: 'rollback',
    },
  )
})

test('a manual run may use dashes in inputs, and force', async () => {
  const inputs = { 'model-name': 'm', reason: 'new data', force: 'true' }
  expect(await outputs('workflow_dispatch', { inputs })).toMatchObject({
    'model-name': 'm',
    reason: 'new data',
    force: 'true',
    source: 'manual',
  })
})

test('blank values count as missing in every field', async () => {
  const blank = ' \t'
  const client_payload = {
    schema: blank,
    model_name: blank,
    model_version: blank,
    trigger_reason: blank,
    source: blank,
    dispatch_id: blank,
    dedupe_key: blank,
    fired_at: blank,
  }
  const named = { 'model-name': 'digits' }
  const alert = { action: 'performance-alert', client_payload }
  const time = expect.stringMatching(/^20\d\d-/)
  expect(await outputs('repository_dispatch', alert, named)).toEqual({
    'model-name': 'digits',
    'model-version': '',
    reason: 'repository_dispatch performance-alert',
    source: 'alert',
    'fired-at': time,
    force: 'false',
    'dedupe-key': 'rollback/digits/',
    intent: 'rollback',
  })
  const inputs = { 'model-name': 'm', 'model-version': blank, reason: blank, force: blank }
  expect(await outputs('workflow_dispatch', { inputs })).toMatchObject({
    'model-version': '',
    reason: 'started by ada',
    force: 'false',
  })
})

test('a blank trigger_reason does not hide the reason', async () => {
  const inputs = { model_name: 'm', trigger_reason: ' ', reason: 'new data' }
  expect(await outputs('workflow_dispatch', { inputs })).toMatchObject({ reason: 'new data' })
})

test('rejects a force that is neither true nor false', async () => {
  const wrong = { inputs: { 'model-name': 'm', force: 'maybe' } }
  await expect(run('workflow_dispatch', wrong)).rejects.toThrow(
    'workflow_dispatch input force: is not true or false',
  )
})

test('an alert cannot force', async () => {
  const payload = {
    action: 'model-performance-drop',
    client_payload: { model_name: 'm', force: true },
    inputs: { force: 'true' },
  }
  expect(await outputs('repository_dispatch', payload)).toMatchObject({ force: 'false' })
})

test('a schedule uses the model of the workflow', async () => {
  expect(await outputs('schedule', { schedule: '1 2 * * *' }, { 'model-name': 'digits' })).toMatchObject({
    'model-name': 'digits',
    source: 'schedule',
  })
})

test('names all invalid fields of a payload at once', async () => {
  const client_payload = {
    schema: '9',
    model_name: 'a/b',
    model_version: 'v3',
    fired_at: 'yesterday',
    source: 'me',
  }
  const error = await run('repository_dispatch', { client_payload }).catch((thrown: Error) => thrown.message)
  for (const field of ['schema', 'model_name', 'model_version', 'fired_at', 'source'])
    expect(error).toContain(`client_payload ${field}: `)
  expect(error).not.toContain('[object')
})

test('rejects a payload that is not an object', async () => {
  await expect(run('repository_dispatch', { client_payload: 'digits' })).rejects.toThrow(
    /client_payload \(whole\)/,
  )
})

test('rejects an event that GitHub would not send', async () => {
  await expect(run('repository_dispatch', { action: 5 })).rejects.toThrow(
    /not have the shape of a GitHub event \(action: /,
  )
  await expect(run('schedule', [])).rejects.toThrow(/\(whole\): /)
})

test.each([
  [{ action: 'model-performance-drop' }, 'Retrain m: accuracy fell'],
  [{ action: 'performance-alert', model_version: '7' }, 'Roll back version 7 of m: accuracy fell'],
])('the summary begins with the request in one sentence: %j', async ({ action, ...more }, sentence) => {
  const client_payload = { model_name: 'm', trigger_reason: 'accuracy fell', ...more }
  const { summary } = await run('repository_dispatch', { action, client_payload })
  expect(summary?.replaceAll('&#58;', ':')).toContain(`### Request\n\n**${sentence}`)
})

test('the summary escapes hostile text', async () => {
  const client_payload = { model_name: 'm', trigger_reason: '<img src=x> | **bold** [a](http://b)' }
  const { summary } = await run('repository_dispatch', { client_payload })
  expect(summary).not.toMatch(/<img|\*\*bold|\]\(http/)
  expect(summary).toContain('img src=x')
})
