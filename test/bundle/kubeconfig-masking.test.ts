import { expect, test } from 'vitest'
import { contract } from '../../actions/helm-deploy/contract.ts'
import { collectSecrets } from '../../src/runtime/mask-secrets.ts'
import { inputVariable } from '../../src/runtime/read-inputs.ts'
import { Masker } from './masker.ts'

const key = Buffer.from(
  `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkq\n'.repeat(4)}-----END PRIVATE KEY-----\n`,
)
const config = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'production',
  clusters: [
    {
      name: 'production',
      cluster: {
        server: 'https://production.example.com:6443',
        'certificate-authority-data': 'LS0tLS1CRUdJTg==',
      },
    },
  ],
  contexts: [
    { name: 'production', context: { cluster: 'production', user: 'deployer', namespace: 'models' } },
  ],
  users: [
    {
      name: 'deployer',
      user: {
        token: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl',
        'client-key-data': key.toString('base64'),
        username: 'deployer',
        // This password equals a name. Masking it would drop every output that contains the name.
        password: 'production',
        exec: {
          command: 'aws',
          args: ['eks', 'get-token', '--cluster-name', 'production'],
          env: [
            { name: 'AWS_PROFILE', value: 'models' },
            { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
            { name: 'AWS_SESSION_TOKEN', value: 'session-t0ken' },
          ],
        },
      },
    },
    { name: 'short', user: { token: 'admin', password: 'true' } },
  ],
}

/** Creates the masks of the runner after the action registered its secrets. */
function createMasker(kubeconfig: string): Masker {
  const masker = new Masker()
  for (const secret of collectSecrets(contract, { [inputVariable('kubeconfig')]: kubeconfig }))
    masker.add(secret)
  return masker
}

test.each([
  'deployed',
  'true',
  'admin',
  'models',
  'production',
  'deployer',
  'https://production.example.com:6443',
  '/home/runner/work/_temp/rollout-evidence-production-7',
  'release production in namespace models is at revision 3',
  'apiVersion: v1, kind: Config, regional',
])('does not mask names of a kubeconfig: %s', (output) => {
  expect(createMasker(JSON.stringify(config, null, 2)).mask(output)).toBe(output)
  expect(createMasker(JSON.stringify(config)).mask(output)).toBe(output)
})

test.each([
  'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl',
  key.toString('base64'),
  'MIIEvQIBADANBgkq',
  'session-t0ken',
  Buffer.from('session-t0ken').toString('base64'),
])('masks credentials of a kubeconfig: %s', (credential) => {
  expect(createMasker(JSON.stringify(config, null, 2)).mask(`it is ${credential}!`)).toBe('it is ***!')
})
