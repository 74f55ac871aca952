import { expect, test } from 'vitest'
import { defineContract } from './contract.ts'
import { text } from './fields.ts'
import { collectSecrets } from './mask-secrets.ts'
import { inputVariable } from './read-inputs.ts'

const contract = defineContract({
  name: 'sample',
  description: 'A sample.',
  connections: ['mlflow', 'cluster'],
  inputs: {},
  outputs: { out: text().describe('o') },
  permissions: {},
  example: {},
})
const secrets = (name: string, value: string) => collectSecrets(contract, { [inputVariable(name)]: value })
const base64 = (value: string) => Buffer.from(value).toString('base64')

test('masks a secret as a whole, by line, in base64 and URL-encoded', () => {
  const value = 'first line/1\nsecond line'
  expect(secrets('tracking-password', value)).toEqual(
    expect.arrayContaining([value, 'first line/1', 'second line', base64(value), encodeURIComponent(value)]),
  )
})

test('masks a secret from an environment variable', () => {
  expect(collectSecrets(contract, { MLFLOW_TRACKING_TOKEN: 'tok-123456' })).toContain('tok-123456')
})

test('masks the password of an address, but not the address', () => {
  const found = secrets('tracking-uri', 'https://ada:p%40ssw0rd@mlflow.example.com/x')
  expect(found).toEqual(expect.arrayContaining(['p%40ssw0rd', 'p@ssw0rd']))
  expect(found.join()).not.toContain('mlflow.example.com')
})

test('masks a password with an unescaped % as it is', () => {
  expect(secrets('tracking-uri', 'https://ada:100%sure@mlflow.example.com')).toContain('100%sure')
})

test('masks the credentials of a kubeconfig, but not its other values', () => {
  const key = base64('-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----')
  const kubeconfig = `apiVersion: v1\nusers:\n- name: ci\n  user:\n    token: "eyJhbGciOi"\n    client-key-data: ${key}\n`
  const found = secrets('kubeconfig', kubeconfig)
  expect(found).toEqual(expect.arrayContaining(['eyJhbGciOi', key, 'MIIEvQIBADAN', base64(kubeconfig)]))
  expect(found).not.toContain('apiVersion: v1')
})

test('masks the credentials of a kubeconfig in JSON on one line', () => {
  const kubeconfig = JSON.stringify({
    users: [{ name: 'ci', user: { token: 'eyJhbGciOi', password: 'pa55word' } }],
  })
  const found = secrets('kubeconfig', kubeconfig)
  expect(found).toEqual(expect.arrayContaining(['eyJhbGciOi', 'pa55word', base64(kubeconfig)]))
})

test('masks a password with blanks and the variables of a plugin, but not the authority', () => {
  const found = secrets(
    'kubeconfig',
    'clusters: [{cluster: {certificate-authority-data: QUFBQUFBQUE=}}]\nusers:\n- user:\n    password: "correct horse battery"\n' +
      '    exec:\n      command: aws\n      env:\n      - name: AWS_SECRET_ACCESS_KEY\n        value: wJalrXUtn\n',
  )
  expect(found).toEqual(expect.arrayContaining(['correct horse battery', 'wJalrXUtn']))
  expect(found.join()).not.toMatch(/QUFBQUFBQUE|AWS_SECRET_ACCESS_KEY|aws/)
})

test('masks what looks like a credential in a kubeconfig that is not YAML', () => {
  const long = 'A1b2'.repeat(20)
  const found = secrets(
    'kubeconfig',
    `users: [\n  token: abcdefgh\n  data: ${long}\n  name: digits-production\n`,
  )
  expect(found).toEqual(expect.arrayContaining(['abcdefgh', long]))
  expect(found.join()).not.toContain('digits-production')
})

test('masks a kubeconfig in base64 as a whole', () => {
  const given = base64('apiVersion: v1\nkind: Config\n'.repeat(20))
  expect(secrets('kubeconfig', given)).toContain(given)
})

test('masks flags and variables of a plugin by their names', () => {
  const exec = {
    command: 'get-token',
    args: ['login', '--client-secret=c1ient-s3cret', '--access-token', 'tok-en-123', '--region', 'eu-west-1'],
    env: [
      { name: 'AWS_PROFILE', value: 'production' },
      { name: 'AAD_SERVICE_PRINCIPAL_CLIENT_SECRET', value: 'aad-s3cret' },
      { name: 'GOOGLE_APPLICATION_CREDENTIALS', value: '/home/runner/key.json' },
    ],
  }
  const found = secrets('kubeconfig', JSON.stringify({ users: [{ name: 'ci', user: { exec } }] }))
  expect(found).toEqual(
    expect.arrayContaining(['c1ient-s3cret', 'tok-en-123', 'aad-s3cret', base64('tok-en-123')]),
  )
  expect(found.join()).not.toMatch(/production|eu-west-1|login|key\.json|get-token/)
})

test('masks neither the path of a kubeconfig nor short values', () => {
  expect(secrets('kubeconfig', '/home/runner/.kube/config')).toEqual([])
  expect(secrets('tracking-password', 'abc')).toEqual([])
})
