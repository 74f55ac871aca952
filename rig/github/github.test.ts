import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type GitHub, startGitHub, type WorkflowStart } from './index.ts'

const files = {
  'ci.yml': 'on: push',
  'every.yml': 'on: [push, repository_dispatch]',
  'retrain.yml':
    'on: { schedule: [{ cron: "0 5 * * 1" }], repository_dispatch: { types: [model-performance-drop] } }',
  'rollback.yaml': 'on: { repository_dispatch: { types: performance-alert } }',
  'notes.md': 'on: repository_dispatch',
}

describe('the fake GitHub', () => {
  let folder = ''
  let github: GitHub
  let started: WorkflowStart[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'github-'))
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const onStart = async (start: WorkflowStart) => void started.push(start)
    github = await startGitHub({
      repository: 'shop/digits',
      token: 'sesame',
      workflows: folder,
      files: folder,
      onStart,
    })
  })
  beforeEach(() => {
    started = []
  })
  afterAll(async () => {
    await github.close()
    await rm(folder, { recursive: true })
  })

  type Call = { path?: string; method?: string; authorization?: string | null; body?: unknown; raw?: string }
  const call = async (options: Call = {}) => {
    const {
      path = '/repos/shop/digits/dispatches',
      method = 'POST',
      authorization = 'Bearer sesame',
    } = options
    const response = await fetch(`${github.url}${path}`, {
      method,
      headers: authorization === null ? {} : { authorization },
      ...(method === 'POST' && {
        body: options.raw ?? JSON.stringify(options.body ?? { event_type: 'any' }),
      }),
    })
    const text = await response.text()
    return { status: response.status, message: text === '' ? '' : JSON.parse(text).message }
  }
  const payload = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, i) => [`key${i}`, i]))

  it('starts only the workflows that list the event type, with the payload of GitHub', async () => {
    const body = { event_type: 'model-performance-drop', client_payload: { model_name: 'digits' } }
    expect(await call({ body })).toEqual({ status: 204, message: '' })
    await github.idle()
    expect(started.map(({ workflow }) => workflow)).toEqual(['every.yml', 'retrain.yml'])
    expect(started[1]?.payload).toMatchObject({
      action: 'model-performance-drop',
      branch: 'main',
      client_payload: { model_name: 'digits' },
    })
  })

  it('accepts a single type outside a list', async () => {
    await call({ body: { event_type: 'performance-alert' } })
    expect(started.map(({ workflow }) => workflow)).toEqual(['every.yml', 'rollback.yaml'])
  })

  const invalid: [string, unknown, string][] = [
    [
      'an unknown top-level key',
      { event_type: 'x', receiver: 'r', alerts: [] },
      '"receiver" is not a permitted key.\n"alerts" is not',
    ],
    ['no event type', { client_payload: {} }, `"event_type" wasn't supplied.`],
    ['an empty event type', { event_type: '' }, `"event_type" can't be blank.`],
    [
      'an event type of 101 characters',
      { event_type: 'x'.repeat(101) },
      '"event_type" is too long (maximum is 100 characters).',
    ],
    [
      'an event type that is not text',
      { event_type: 5 },
      "For 'event_type', Invalid input: expected string, received number.",
    ],
    [
      '11 keys',
      { event_type: 'x', client_payload: payload(11) },
      'No more than 10 properties are allowed; 11 were supplied.',
    ],
    [
      '65,536 characters',
      { event_type: 'x', client_payload: { k: 'a'.repeat(65_536 - 8) } },
      'client_payload is too large (65536 characters',
    ],
    [
      'a payload that is a list',
      { event_type: 'x', client_payload: [1] },
      "For 'client_payload', Invalid input",
    ],
    ['a body that is a list', [], 'For the request body, an object is expected.'],
  ]
  it.each(invalid)('rejects %s', async (_case, body, message) => {
    const answer = await call({ body })
    expect(answer.status).toBe(422)
    expect(answer.message).toContain(`Invalid request.\n\n${message}`)
    expect(started).toEqual([])
  })

  it('accepts requests exactly at the limits', async () => {
    const body = { event_type: 'x'.repeat(100), client_payload: payload(10) }
    expect((await call({ body })).status).toBe(204)
    const full = { event_type: 'x', client_payload: { k: 'a'.repeat(65_535 - 8) } }
    expect((await call({ body: full })).status).toBe(204)
  })

  it.each([
    ['without a token', { authorization: null }, 401, 'Requires authentication'],
    ['with a wrong token', { authorization: 'Bearer guess' }, 401, 'Bad credentials'],
    ['with Basic authentication', { authorization: 'Basic sesame' }, 401, 'Bad credentials'],
    ['for another repository', { path: '/repos/shop/other/dispatches' }, 404, 'Not Found'],
    ['for another operation', { method: 'GET' }, 404, 'Not Found'],
    ['that is not JSON', { raw: '{' }, 400, 'Problems parsing JSON'],
  ])('rejects a call %s', async (_case, options, status, message) => {
    expect(await call(options)).toEqual({ status, message })
    expect(started).toEqual([])
  })

  describe('serves files of the default branch', () => {
    const accept = 'application/vnd.github.raw+json'
    const get = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(`${github.url}/repos/shop/digits/contents/${path}`, { headers })
      return {
        status: response.status,
        type: response.headers.get('content-type'),
        text: await response.text(),
      }
    }

    it('as bytes if the request accepts them, otherwise as JSON', async () => {
      const authorization = 'Bearer sesame'
      expect(await get('ci.yml', { authorization, accept })).toEqual({
        status: 200,
        type: 'application/vnd.github.raw+json; charset=utf-8',
        text: 'on: push',
      })
      const { text } = await get('ci.yml', { authorization })
      expect(JSON.parse(text)).toMatchObject({ type: 'file', encoding: 'base64', content: btoa('on: push') })
    })

    it.each([
      ['not a missing file', 'none.yml', 'Bearer sesame', 404, 'Not Found'],
      ['not a file outside the tree', '..%2F..%2Fetc%2Fpasswd', 'Bearer sesame', 404, 'Not Found'],
      ['not without a token', 'ci.yml', undefined, 401, 'Requires authentication'],
    ])('but %s', async (_case, path, authorization, status, message) => {
      const answer = await get(path, { accept, ...(authorization && { authorization }) })
      expect(answer.status).toBe(status)
      expect(JSON.parse(answer.text)).toMatchObject({ message, status: String(status) })
    })
  })
})
