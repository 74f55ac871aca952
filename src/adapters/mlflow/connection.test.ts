import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { at, model, servers, serverWith } from '../../../test/fakes/mlflow-server.ts'
import { UserError } from '../../domain/failure.ts'
import { mlflowConnection } from './connection.ts'
import { connectMlflow } from './mlflow.ts'

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
    servers.push(server)
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
