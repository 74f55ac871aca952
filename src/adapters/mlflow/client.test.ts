import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Fault, UserError } from '../../domain/failure.ts'
import { type MlflowConnection, mlflowConnection } from './connection.ts'
import { AlreadyExists, NotFound } from './failures.ts'
import { connectMlflow } from './mlflow.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

const open: { close(): void; closeAllConnections(): void }[] = []
const closeAll = () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
}
afterEach(closeAll)

/** A server that gives these answers one after the other, the last one for ever. */
async function serverWith(...answers: Answer[]) {
  const asked: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[] = []
  const listener: RequestListener = async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    answers[Math.min(asked.length, answers.length) - 1]?.(request, response, body)
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  open.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return { asked, listener, uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const json =
  (body: unknown, status = 200, headers = {}): Answer =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body))
const text =
  (body: string, status: number, type = 'text/html'): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': type }).end(body)
const error = (code: string, status: number, message = 'so it is') =>
  json({ error_code: code, message }, status)
/** Promises more than it sends. */
const breakOff =
  (status: number): Answer =>
  (request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"error_code"', () => request.socket.destroy())
  }
const hangUp: Answer = (request) => void request.socket.destroy()
const model = json({ registered_model: { name: 'fraud', aliases: [{ alias: 'champion', version: '3' }] } })

const at = (uri: string, given = {}, env = {}): MlflowConnection =>
  mlflowConnection({ 'tracking-uri': uri, ...given }, env)

describe('an MLflow connection', () => {
  it('keeps the path prefix, takes credentials out of the address, and names the workspace', async () => {
    const { asked, uri } = await serverWith(model)
    const address = uri.replace('http://', 'http://ada:p%40ss@')
    const mlflow = connectMlflow(
      at(`${address}/team/mlflow/`, { 'tracking-token': 'unused', workspace: 'risk' }),
    )
    expect((await mlflow.model('fr & aud'))?.aliases.get('champion')).toBe('3')
    expect(asked[0]?.url).toBe('/team/mlflow/api/2.0/mlflow/registered-models/get?name=fr+%26+aud')
    expect(asked[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('ada:p@ss').toString('base64')}`,
      'x-mlflow-workspace': 'risk',
    })
    expect(mlflow.base).not.toContain('p%40ss')
  })

  it('sends a token where there is no user name and password', async () => {
    const { asked, uri } = await serverWith(model)
    await connectMlflow(at(uri, { 'tracking-token': 'tok' })).model('fraud')
    expect(asked[0]?.headers.authorization).toBe('Bearer tok')
  })

  it('asks for the other half of a user name and password, unless a token does without', () => {
    expect(() => at('http://x', { 'tracking-username': 'ada' })).toThrow(
      /^Input tracking-password: is required with a user name/,
    )
    expect(() => at('http://ada@x')).toThrow(/^Input tracking-password: is required with a user name/)
    expect(() => at('http://x', { 'tracking-password': 'pass' })).toThrow(
      /^Input tracking-username: is required with tracking-password/,
    )
    const token = { 'tracking-username': 'ada', 'tracking-token': 'tok' }
    expect(at('http://x', token).headers.authorization).toBe('Bearer tok')
  })

  it('says what is missing or contradictory', () => {
    expect(() => mlflowConnection({}, {})).toThrow(/Input tracking-uri: is required.*MLFLOW_TRACKING_URI/)
    const both = { MLFLOW_TRACKING_SERVER_CERT_PATH: '/ca', MLFLOW_TRACKING_INSECURE_TLS: 'true' }
    expect(() => at('https://x', {}, both)).toThrow(UserError)
  })

  it('trusts the authority that MLflow is told of, and nothing without it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost']
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert]
    execFileSync('openssl', [...request, ...names], { stdio: 'ignore' })
    const { listener } = await serverWith(model)
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener).listen(
      0,
      '127.0.0.1',
    )
    open.push(server)
    await new Promise((resolve) => server.once('listening', resolve))
    const uri = `https://localhost:${(server.address() as AddressInfo).port}`
    const ask = (env: Record<string, string>) => connectMlflow(at(uri, {}, env)).model('fraud')
    await expect(ask({})).rejects.toThrow(/certificate is not trusted here.*MLFLOW_TRACKING_SERVER_CERT_PATH/)
    expect((await ask({ MLFLOW_TRACKING_SERVER_CERT_PATH: cert }))?.name).toBe('fraud')
    expect((await ask({ MLFLOW_TRACKING_INSECURE_TLS: 'true' }))?.name).toBe('fraud')
    await expect(ask({ MLFLOW_TRACKING_SERVER_CERT_PATH: '/nowhere.pem' })).rejects.toThrow(
      /\/nowhere.pem cannot be read/,
    )
  })
})

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
