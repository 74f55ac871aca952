import { describe, expect, it } from 'vitest'
import {
  closeServers,
  connectionTo,
  errorResponse,
  jsonResponse,
  modelResponse,
  type RequestHandler,
  startServer,
  textResponse,
} from '../../../../test/fakes/mlflow-server.ts'
import { Fault } from '../../../domain/core/errors.ts'
import { connectMlflow } from '../mlflow.ts'
import { AlreadyExists, NotFound } from './faults.ts'

describe('an unsuccessful response', () => {
  it.each<[string, RequestHandler, RegExp]>([
    [
      'unknown host',
      textResponse('Invalid Host header - possible DNS rebinding attack detected', 403, 'text/plain'),
      /registered-models\/get\?name=fraud failed \(403\): Invalid Host header.*--allowed-hosts/,
    ],
    [
      'not signed in',
      textResponse('You are not authenticated. Please see ...', 401),
      /\(401\).*tracking-username and tracking-password/,
    ],
    ['not allowed', textResponse('Permission denied', 403), /\(403\): Permission denied.*grant their user/],
    [
      'not allowed, in JSON',
      errorResponse('PERMISSION_DENIED', 403),
      /\(403\): so it is.*grant their user access/,
    ],
    [
      'a firewall',
      textResponse('<html><title>403</title><h1>Access Denied</h1>by policy</html>', 403),
      /\(403\): Access Denied by policy.*A proxy or firewall answered.* or add 127\.0\.0\.1 to NO_PROXY/,
    ],
    [
      'no such path',
      textResponse('<html><title>404</title><h1>Not Found</h1></html>', 404),
      /\(404\): Not Found.*path prefix/,
    ],
    [
      'feature off',
      textResponse('Endpoint disabled due to the mlflow server running without --serve-artifacts', 503),
      /enable it/,
    ],
    ['login page', textResponse('<html><body>Sign in</body></html>', 200), /Sign in.*login page of a proxy/],
    ['not JSON at all', jsonResponse(undefined), /unexpected response/],
    ['another form', jsonResponse({ registered_model: { name: 7 } }), /registered_model.name/],
    ['a 404 of something else', jsonResponse({ detail: 'Not Found' }, 404), /\(404\)/],
    [
      'bad parameter',
      errorResponse('INVALID_PARAMETER_VALUE', 400),
      /\(400\): so it is.*INVALID_PARAMETER_VALUE/,
    ],
  ])('%s names the next step and is not retried', async (_, answer, message) => {
    const { asked, uri } = await startServer(answer)
    const asking = connectMlflow(connectionTo(uri)).getModel('fraud')
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
    const { uri } = await startServer(textResponse('You are not authenticated', 401))
    await expect(connectMlflow(connectionTo(uri, given)).getModel('fraud')).rejects.toThrow(message)
  })

  it('has a type for a missing and an existing resource', async () => {
    const missing = await startServer(errorResponse('RESOURCE_DOES_NOT_EXIST', 404))
    expect(await connectMlflow(connectionTo(missing.uri)).getModel('fraud')).toBeUndefined()
    await expect(
      connectMlflow(connectionTo(missing.uri)).setAlias('fraud', 'champion', '1'),
    ).rejects.toBeInstanceOf(NotFound)
    expect(await connectMlflow(connectionTo(missing.uri)).getLoggedModelName('m-1')).toBe('')
    const there = await startServer(errorResponse('RESOURCE_ALREADY_EXISTS', 400))
    await connectMlflow(connectionTo(there.uri)).ensureModel('fraud')
    await expect(connectMlflow(connectionTo(there.uri)).setAlias('fraud', 'a', '1')).rejects.toBeInstanceOf(
      AlreadyExists,
    )
  })

  it('names address and proxy if nothing listens', async () => {
    const { uri } = await startServer(modelResponse)
    closeServers()
    await expect(
      connectMlflow(connectionTo(uri)).createRun({ experimentId: '1', startTime: 1, tags: {} }),
    ).rejects.toThrow(/Is http:\/\/127.0.0.1:\d+ right, is the server up.*HTTPS_PROXY/)
  })
})
