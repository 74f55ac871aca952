import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createEvent } from './event.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'event-'))
})
afterEach(() => rm(folder, { recursive: true }))

const workflow = (on: string) => ({ name: 'retrain.yml', document: parse(`on: ${on}`), calls: [] })
const all = workflow(`
  workflow_dispatch: { inputs: { reason: { required: true }, force: { type: boolean, default: false }, note: } }
  schedule: [{ cron: '23 3 * * 1' }, { cron: '0 0 * * *' }]
  repository_dispatch: { types: [model-performance-drop] }`)

/** Creates the event of a repository_dispatch with this body. */
const dispatch = async (body: unknown, to = all) => {
  const payload = join(folder, 'payload.json')
  await writeFile(payload, typeof body === 'string' ? body : JSON.stringify(body))
  return createEvent(to, { event: 'repository_dispatch', inputs: {}, payload })
}

test('a manual run has the declared inputs, as texts', async () => {
  expect(await createEvent(all, { event: 'workflow_dispatch', inputs: { reason: 'drill' } })).toEqual({
    inputs: { reason: 'drill', force: 'false', note: '' },
  })
  expect(
    await createEvent(workflow('[workflow_dispatch]'), { event: 'workflow_dispatch', inputs: {} }),
  ).toEqual({
    inputs: {},
  })
})

test('a schedule has its first cron expression', async () => {
  expect(await createEvent(all, { event: 'schedule', inputs: {} })).toEqual({ schedule: '23 3 * * 1' })
})

test('a dispatch has its type and payload', async () => {
  const client_payload = { model_name: 'fraud' }
  const event = { action: 'model-performance-drop', branch: 'main', client_payload }
  expect(await dispatch({ event_type: 'model-performance-drop', client_payload })).toEqual(event)
  const any = workflow('repository_dispatch')
  expect(await dispatch({ event_type: 'x' }, any)).toMatchObject({ action: 'x', client_payload: {} })
})

test.each([
  ['a missing input', { inputs: {} }, 'retrain.yml requires --input reason=...'],
  [
    'an unknown input',
    { inputs: { reason: 'r', x: '' } },
    'retrain.yml has no input x; its inputs: reason, force, note',
  ],
])('%s is refused', async (_, request, message) => {
  await expect(createEvent(all, { event: 'workflow_dispatch', ...request })).rejects.toThrow(message)
})

test('an event that the workflow does not have is refused', async () => {
  const request = { event: 'schedule', inputs: {} } as const
  await expect(createEvent(workflow('[push, workflow_dispatch]'), request)).rejects.toThrow(
    'retrain.yml does not start on schedule; its events: push, workflow_dispatch',
  )
})

test.each([
  ['no JSON', '{', 'cannot be read as JSON'],
  ['a body that GitHub refuses', { client_payload: {} }, `GitHub refuses it: "event_type" wasn't supplied.`],
  ['another type', { event_type: 'x' }, 'does not start on event_type x; its types: model-performance-drop'],
])('%s is refused', async (_, body, message) => {
  await expect(dispatch(body)).rejects.toThrow(message)
})
