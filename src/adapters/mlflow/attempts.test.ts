import { describe, expect, it } from 'vitest'
import {
  type Answer,
  at,
  breakOff,
  error,
  hangUp,
  json,
  model,
  serverWith,
  text,
} from '../../../test/fakes/mlflow-server.ts'
import { UserError } from '../../domain/failure.ts'
import { connectMlflow } from './mlflow.ts'

describe('another attempt', () => {
  it.each<[string, Answer]>([
    ['a busy server', error('TEMPORARILY_UNAVAILABLE', 503)],
    ['a gateway', text('<h1>Bad Gateway</h1>', 502)],
    [
      'two writers of one new tag at once',
      error('BAD_REQUEST', 400, '(sqlite3.IntegrityError) UNIQUE constraint failed: model_version_tags.name'),
    ],
    ['a broken connection', hangUp],
    ['an answer that breaks off', breakOff(200)],
    ['a refusal that breaks off', breakOff(400)],
    ['too many requests', json({ error_code: 'REQUEST_LIMIT_EXCEEDED' }, 429, { 'retry-after': '0' })],
  ])('is made for reads and last-write-wins writes after %s', async (_, answer) => {
    const reading = await serverWith(answer, answer, model)
    expect((await connectMlflow(at(reading.uri)).model('fraud'))?.name).toBe('fraud')
    const writing = await serverWith(answer, json({}))
    await connectMlflow(at(writing.uri)).setAlias('fraud', 'champion', '2')
    expect(writing.asked.map(({ body }) => body)).toEqual(
      Array(2).fill('{"name":"fraud","alias":"champion","version":"2"}'),
    )
  })

  it('is not made after a cancelled job, whose word stands, also in the middle of an answer', async () => {
    for (const status of [200, 400]) {
      const { asked, uri } = await serverWith((_, response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' })
        response.write('{')
      })
      const cancel = new AbortController()
      const mlflow = connectMlflow({ ...at(uri), cancelled: cancel.signal })
      const asking = mlflow.createRun({ experimentId: '1', startTime: 1, tags: {} })
      setTimeout(() => cancel.abort(new UserError('cancelled')), 300)
      await expect(asking).rejects.toThrow(/^cancelled$/)
      expect(asked).toHaveLength(1)
    }
  })

  it('is not made for ever', async () => {
    const { asked, uri } = await serverWith(error('INTERNAL_ERROR', 500))
    await expect(connectMlflow(at(uri)).model('fraud')).rejects.toThrow(/server's log/)
    expect(asked).toHaveLength(3)
  })

  it('is never made for a run whose creation may have happened', async () => {
    const { asked, uri } = await serverWith(hangUp)
    await expect(
      connectMlflow(at(uri)).createRun({ experimentId: '1', startTime: 1, tags: {} }),
    ).rejects.toThrow()
    expect(asked).toHaveLength(1)
  })

  it('waits as long as it is asked to, and not when the job is cancelled', async () => {
    const { asked, uri } = await serverWith(json({}, 429, { 'retry-after': '20' }))
    const cancel = new AbortController()
    const asking = connectMlflow({ ...at(uri), cancelled: cancel.signal }).model('fraud')
    setTimeout(() => cancel.abort(new UserError('cancelled')), 300)
    await expect(asking).rejects.toThrow(/^cancelled$/)
    expect(asked).toHaveLength(1)
  })
})

describe('the creation of a version', () => {
  const version = (number: string, mark: string) => ({
    name: 'fraud',
    version: number,
    run_id: 'r',
    source: 's',
    tags: [{ key: 'mark', value: mark }],
  })
  const create = (uri: string) =>
    connectMlflow(at(uri)).createVersion({
      model: 'fraud',
      source: 's',
      runId: 'r',
      tags: { mark: 'mine' },
      mark: 'mark',
    })

  it('whose answer was lost is found by its mark, and not made twice', async () => {
    const { asked, uri } = await serverWith(
      hangUp,
      json({ model_versions: [version('1', 'other'), version('2', 'mine')] }),
    )
    expect((await create(uri)).number).toBe('2')
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  it('that did not happen is tried once more', async () => {
    const { asked, uri } = await serverWith(
      text('<h1>Bad Gateway</h1>', 502),
      json({ model_versions: [version('1', 'other')] }),
      json({ model_version: version('2', 'mine') }),
    )
    expect((await create(uri)).number).toBe('2')
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST'])
  })
})
