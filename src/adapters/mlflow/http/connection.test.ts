import { describe, expect, it } from 'vitest'
import { makeCertificate, startTlsServer } from '../../../../test/fakes/certificates.ts'
import { connectionTo, modelResponse, startServer } from '../../../../test/fakes/mlflow-server.ts'
import { UserError } from '../../../domain/core/errors.ts'
import { connectMlflow } from '../mlflow.ts'
import { buildMlflowEnvironment, resolveMlflowConnection } from './connection.ts'

describe('an MLflow connection', () => {
  it('keeps the path prefix, moves credentials out of the address, and sends the workspace', async () => {
    const { asked, uri } = await startServer(modelResponse)
    const address = uri.replace('http://', 'http://ada:p%40ss@')
    const mlflow = connectMlflow(
      connectionTo(`${address}/team/mlflow/`, { 'tracking-token': 'unused', workspace: 'risk' }),
    )
    expect((await mlflow.getModel('fr & aud'))?.aliases.get('champion')).toBe('3')
    expect(asked[0]?.url).toBe('/team/mlflow/api/2.0/mlflow/registered-models/get?name=fr+%26+aud')
    expect(asked[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('ada:p@ss').toString('base64')}`,
      'x-mlflow-workspace': 'risk',
    })
    expect(mlflow.base).not.toContain('p%40ss')
  })

  it('sends a token without user name and password', async () => {
    const { asked, uri } = await startServer(modelResponse)
    await connectMlflow(connectionTo(uri, { 'tracking-token': 'tok' })).getModel('fraud')
    expect(asked[0]?.headers.authorization).toBe('Bearer tok')
  })

  it('requires user name and password together, unless there is a token', () => {
    expect(() => connectionTo('http://x', { 'tracking-username': 'ada' })).toThrow(
      /^Input tracking-password: is required with a user name/,
    )
    expect(() => connectionTo('http://ada@x')).toThrow(
      /^Input tracking-password: is required with a user name/,
    )
    expect(() => connectionTo('http://x', { 'tracking-password': 'pass' })).toThrow(
      /^Input tracking-username: is required with tracking-password/,
    )
    const token = { 'tracking-username': 'ada', 'tracking-token': 'tok' }
    expect(connectionTo('http://x', token).headers.authorization).toBe('Bearer tok')
  })

  it('rejects missing or contradicting settings', () => {
    expect(() => resolveMlflowConnection({}, {})).toThrow(
      /Input tracking-uri: is required.*MLFLOW_TRACKING_URI/,
    )
    const both = { MLFLOW_TRACKING_SERVER_CERT_PATH: '/ca', MLFLOW_TRACKING_INSECURE_TLS: 'true' }
    expect(() => connectionTo('https://x', {}, both)).toThrow(UserError)
  })

  it('trusts the authority in MLFLOW_TRACKING_SERVER_CERT_PATH only', async () => {
    const certificate = makeCertificate()
    const uri = `https://localhost:${await startTlsServer(certificate, modelResponse)}`
    const ask = (env: Record<string, string>) => connectMlflow(connectionTo(uri, {}, env)).getModel('fraud')
    await expect(ask({})).rejects.toThrow(/certificate is not trusted.*MLFLOW_TRACKING_SERVER_CERT_PATH/)
    expect((await ask({ MLFLOW_TRACKING_SERVER_CERT_PATH: certificate.file }))?.name).toBe('fraud')
    expect((await ask({ MLFLOW_TRACKING_INSECURE_TLS: 'true' }))?.name).toBe('fraud')
    expect(() => ask({ MLFLOW_TRACKING_SERVER_CERT_PATH: '/nowhere.pem' })).toThrow(
      /\/nowhere.pem cannot be read/,
    )
  })

  it('rejects a variable for the proxy that names none', () => {
    const env = { HTTPS_PROXY: 'socks5://ada:hunter2@proxy:1080' }
    expect(() => connectionTo('https://mlflow.example', {}, env)).toThrow(
      /^Variable HTTPS_PROXY: "socks5:\/\/\*\*\*@proxy:1080" is no HTTP proxy/,
    )
    expect(connectionTo('http://mlflow.example', {}, env).proxy).toBeUndefined()
  })
})

describe('buildMlflowEnvironment', () => {
  it('moves credentials out of the address', () => {
    expect(buildMlflowEnvironment({ 'tracking-uri': 'https://me:p%40ss@mlflow.example/prefix/' })).toEqual({
      MLFLOW_TRACKING_URI: 'https://mlflow.example/prefix',
      MLFLOW_TRACKING_USERNAME: 'me',
      MLFLOW_TRACKING_PASSWORD: 'p@ss',
    })
  })

  it('prefers inputs to credentials in the address', () => {
    const connection = {
      'tracking-uri': 'http://me:a@mlflow:5000',
      'tracking-username': 'you',
      'tracking-password': 'b',
      'tracking-token': 't',
      workspace: 'w',
    }
    expect(buildMlflowEnvironment(connection)).toEqual({
      MLFLOW_TRACKING_URI: 'http://mlflow:5000',
      MLFLOW_TRACKING_USERNAME: 'you',
      MLFLOW_TRACKING_PASSWORD: 'b',
      MLFLOW_TRACKING_TOKEN: 't',
      MLFLOW_WORKSPACE: 'w',
    })
  })

  it('leaves out unknown variables', () => {
    expect(buildMlflowEnvironment({ 'tracking-uri': 'http://mlflow:5000' })).toEqual({
      MLFLOW_TRACKING_URI: 'http://mlflow:5000',
    })
  })
})
