import { describe, expect, it } from 'vitest'
import { makeCertificate, startTlsServer } from '../../../../test/fakes/certificates.ts'
import {
  connectionTo,
  jsonResponse,
  modelResponse,
  type RequestHandler,
  startServer,
} from '../../../../test/fakes/mlflow-server.ts'
import { connectMlflow } from '../mlflow.ts'

const redirect =
  (status: number, to: (url: string) => string): RequestHandler =>
  (request, response) =>
    void response.writeHead(status, { location: to(request.url ?? '') }).end()
const credentials = { 'tracking-username': 'ada', 'tracking-password': 'hunter2' }
const read = (uri: string, given = {}) => connectMlflow(connectionTo(uri, given)).getModel('fraud')
const write = (uri: string, given = {}) =>
  connectMlflow(connectionTo(uri, given)).createRun({ experimentId: '1', startTime: 1, tags: {} })

describe('a redirect that may change the request', () => {
  it.each([301, 302, 303])('(%d) is named with its target, of a read and of a write', async (status) => {
    const moved = redirect(status, (url) => `https://me:pw@mlflow.example/ml${url}`)
    for (const ask of [read, write]) {
      const { asked, uri } = await startServer(moved)
      const asking = ask(`${uri}/team`)
      await expect(asking).rejects.toThrow(
        `failed (${status}): redirected to https://mlflow.example/ml/team. Give that address as tracking-uri.`,
      )
      expect(asked).toHaveLength(1)
    }
  })

  it('is not followed on the same server either, where a write would become a read', async () => {
    const { asked, uri } = await startServer(redirect(301, (url) => `/ml${url}`))
    await expect(write(uri)).rejects.toThrow(`redirected to ${uri}/ml. Give that address`)
    expect(asked.map(({ method }) => method)).toEqual(['POST'])
  })

  it('names a login page, without its query', async () => {
    const { uri } = await startServer(redirect(302, () => 'https://login.example/oauth2/start?rd=secret'))
    const asking = read(uri)
    await expect(asking).rejects.toThrow(
      /redirected to https:\/\/login\.example\/oauth2\/start\. Is that the login page of a proxy\?/,
    )
    await expect(asking).rejects.not.toThrow('secret')
  })

  it('is named for a file, too', async () => {
    const { uri } = await startServer(redirect(302, () => 'https://login.example/'))
    const reading = connectMlflow(connectionTo(uri)).readArtifact(
      { kind: 'run', runId: 'r', path: '' },
      'a b.csv',
    )
    await expect(reading).rejects.toThrow('redirected to https://login.example/.')
  })
})

describe('a redirect that keeps the request', () => {
  it.each([307, 308])('(%d) is followed on the same server, with credentials', async (status) => {
    const { asked, uri } = await startServer(
      redirect(status, (url) => `/ml${url}`),
      jsonResponse({ run: { info: { run_id: 'r' } } }),
    )
    expect((await write(uri, credentials)).id).toBe('r')
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'POST'])
    expect(asked[1]?.body).toBe(asked[0]?.body)
    expect(asked[1]?.headers.authorization).toBe(asked[0]?.headers.authorization)
  })

  it('is followed to another server without credentials only', async () => {
    const target = await startServer(modelResponse)
    const { uri } = await startServer(redirect(308, (url) => `${target.uri}${url}`))
    expect((await read(uri))?.name).toBe('fraud')
    await expect(read(uri, credentials)).rejects.toThrow(`redirected to ${target.uri}. Give that address`)
    expect(target.asked).toHaveLength(1)
  })

  it('is not followed from https to http, where a proxy does not know its scheme', async () => {
    const certificate = makeCertificate()
    const target = await startServer(modelResponse)
    for (const status of [301, 308]) {
      const port = await startTlsServer(
        certificate,
        redirect(status, (url) => `${target.uri}${url}`),
      )
      const env = { MLFLOW_TRACKING_SERVER_CERT_PATH: certificate.file }
      const asking = connectMlflow(connectionTo(`https://localhost:${port}`, {}, env)).getModel('fraud')
      await expect(asking).rejects.toThrow(/redirected to http:.* is not encrypted: .*X-Forwarded-Proto/)
    }
    expect(target.asked).toEqual([])
  })

  it('ends in a circle', async () => {
    const { asked, uri } = await startServer(redirect(307, (url) => url))
    await expect(read(uri)).rejects.toThrow('The server redirects in a circle')
    expect(asked).toHaveLength(6)
  })
})
