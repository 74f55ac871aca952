import { describe, expect, it } from 'vitest'
import {
  type Answer,
  at,
  closeAll,
  error,
  json,
  model,
  serverWith,
  text,
} from '../../../test/fakes/mlflow-server.ts'
import { Fault } from '../../domain/failure.ts'
import { AlreadyExists, NotFound } from './failures.ts'
import { connectMlflow } from './mlflow.ts'

describe('a refusal', () => {
  it.each<[string, Answer, RegExp]>([
    [
      'unknown host',
      text('Invalid Host header - possible DNS rebinding attack detected', 403, 'text/plain'),
      /registered-models\/get\?name=fraud failed \(403\): Invalid Host header.*--allowed-hosts/,
    ],
    [
      'not signed in',
      text('You are not authenticated. Please see ...', 401),
      /\(401\).*tracking-username and tracking-password/,
    ],
    ['not allowed', text('Permission denied', 403), /\(403\): Permission denied.*grant their user/],
    [
      'no such path',
      text('<html><title>404</title><h1>Not Found</h1></html>', 404),
      /\(404\): Not Found.*path prefix/,
    ],
    [
      'feature off',
      text('Endpoint disabled due to the mlflow server running without --serve-artifacts', 503),
      /switch it on/,
    ],
    ['login page', text('<html><body>Sign in</body></html>', 200), /Sign in.*login page of a proxy/],
    ['not JSON at all', json(undefined), /not of the known form/],
    ['another form', json({ registered_model: { name: 7 } }), /registered_model.name/],
    ['a 404 of something else', json({ detail: 'Not Found' }, 404), /\(404\)/],
    ['bad parameter', error('INVALID_PARAMETER_VALUE', 400), /\(400\): so it is.*INVALID_PARAMETER_VALUE/],
  ])('for %s says what to do, and is not asked again', async (_, answer, message) => {
    const { asked, uri } = await serverWith(answer)
    const asking = connectMlflow(at(uri)).model('fraud')
    await expect(asking).rejects.toThrow(message)
    await expect(asking).rejects.toBeInstanceOf(Fault)
    expect(asked).toHaveLength(1)
  })

  it.each([
    [
      { 'tracking-username': 'ada', 'tracking-password': 'no' },
      /does not accept .*: check tracking-username and/,
    ],
    [{ 'tracking-token': 'no' }, /does not accept .*: check tracking-token.* reads no tokens/],
  ])('of the credentials given says to check them, not to give some: %#', async (given, message) => {
    const { uri } = await serverWith(text('You are not authenticated', 401))
    await expect(connectMlflow(at(uri, given)).model('fraud')).rejects.toThrow(message)
  })

  it('that something is missing or there already has a type', async () => {
    const missing = await serverWith(error('RESOURCE_DOES_NOT_EXIST', 404))
    expect(await connectMlflow(at(missing.uri)).model('fraud')).toBeUndefined()
    await expect(connectMlflow(at(missing.uri)).setAlias('fraud', 'champion', '1')).rejects.toBeInstanceOf(
      NotFound,
    )
    const there = await serverWith(error('RESOURCE_ALREADY_EXISTS', 400))
    await connectMlflow(at(there.uri)).ensureModel('fraud')
    await expect(connectMlflow(at(there.uri)).setAlias('fraud', 'a', '1')).rejects.toBeInstanceOf(
      AlreadyExists,
    )
  })

  it('because nobody listens names the address and the proxy', async () => {
    const { uri } = await serverWith(model)
    closeAll()
    await expect(
      connectMlflow(at(uri)).createRun({ experimentId: '1', startTime: 1, tags: {} }),
    ).rejects.toThrow(/Is http:\/\/127.0.0.1:\d+ right, is the server up.*HTTPS_PROXY/)
  })
})
