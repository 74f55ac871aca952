import { describe, expect, it } from 'vitest'
import {
  connectionTo,
  dropConnection,
  errorResponse,
  jsonResponse,
  modelResponse,
  type RequestHandler,
  startServer,
  textResponse,
  truncatedResponse,
} from '../../../../test/fakes/mlflow-server.ts'
import { UserError } from '../../../domain/core/errors.ts'
import { connectMlflow } from '../mlflow.ts'

describe('a retry', () => {
  it.each<[string, RequestHandler]>([
    ['a busy server', errorResponse('TEMPORARILY_UNAVAILABLE', 503)],
    ['a gateway', textResponse('<h1>Bad Gateway</h1>', 502)],
    [
      'two writers of one new tag at once',
      errorResponse(
        'BAD_REQUEST',
        400,
        '(sqlite3.IntegrityError) UNIQUE constraint failed: model_version_tags.name',
      ),
    ],
    ['a broken connection', dropConnection],
    ['an answer that breaks off', truncatedResponse(200)],
    ['a refusal that breaks off', truncatedResponse(400)],
    [
      'too many requests',
      jsonResponse({ error_code: 'REQUEST_LIMIT_EXCEEDED' }, 429, { 'retry-after': '0' }),
    ],
  ])('follows %s for reads and idempotent writes', async (_, answer) => {
    const reading = await startServer(answer, answer, modelResponse)
    expect((await connectMlflow(connectionTo(reading.uri)).getModel('fraud'))?.name).toBe('fraud')
    const writing = await startServer(answer, jsonResponse({}))
    await connectMlflow(connectionTo(writing.uri)).setAlias('fraud', 'champion', '2')
    expect(writing.asked.map(({ body }) => body)).toEqual(
      Array(2).fill('{"name":"fraud","alias":"champion","version":"2"}'),
    )
  })

  it('does not follow a cancelled job, even in the middle of a response', async () => {
    for (const status of [200, 400]) {
      const { asked, uri } = await startServer((_, response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' })
        response.write('{')
      })
      const cancel = new AbortController()
      const mlflow = connectMlflow({ ...connectionTo(uri), cancelled: cancel.signal })
      const asking = mlflow.createRun({ experimentId: '1', startTime: 1, tags: {} })
      setTimeout(() => cancel.abort(new UserError('cancelled')), 300)
      await expect(asking).rejects.toThrow(/^cancelled$/)
      expect(asked).toHaveLength(1)
    }
  })

  it('is limited in number', async () => {
    const { asked, uri } = await startServer(errorResponse('INTERNAL_ERROR', 500))
    await expect(connectMlflow(connectionTo(uri)).getModel('fraud')).rejects.toThrow(/server's log/)
    expect(asked).toHaveLength(3)
  })

  it('never follows the creation of a run that may have happened', async () => {
    const { asked, uri } = await startServer(dropConnection)
    await expect(
      connectMlflow(connectionTo(uri)).createRun({ experimentId: '1', startTime: 1, tags: {} }),
    ).rejects.toThrow()
    expect(asked).toHaveLength(1)
  })

  it('waits for Retry-After, unless the job is cancelled', async () => {
    const { asked, uri } = await startServer(jsonResponse({}, 429, { 'retry-after': '20' }))
    const cancel = new AbortController()
    const asking = connectMlflow({ ...connectionTo(uri), cancelled: cancel.signal }).getModel('fraud')
    setTimeout(() => cancel.abort(new UserError('cancelled')), 300)
    await expect(asking).rejects.toThrow(/^cancelled$/)
    expect(asked).toHaveLength(1)
  })
})

describe('createVersion', () => {
  const version = (number: string, mark: string) => ({
    name: 'fraud',
    version: number,
    run_id: 'r',
    source: 's',
    tags: [{ key: 'mark', value: mark }],
  })
  const create = (uri: string) =>
    connectMlflow(connectionTo(uri)).createVersion({
      model: 'fraud',
      source: 's',
      runId: 'r',
      tags: { mark: 'mine' },
      idempotencyTag: 'mark',
    })

  it('finds a version by its tag after a lost response', async () => {
    const { asked, uri } = await startServer(
      dropConnection,
      jsonResponse({ model_versions: [version('1', 'other'), version('2', 'mine')] }),
    )
    expect((await create(uri)).number).toBe('2')
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  it('retries a creation that did not happen', async () => {
    const { asked, uri } = await startServer(
      textResponse('<h1>Bad Gateway</h1>', 502),
      jsonResponse({ model_versions: [version('1', 'other')] }),
      jsonResponse({ model_version: version('2', 'mine') }),
    )
    expect((await create(uri)).number).toBe('2')
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST'])
  })
})
