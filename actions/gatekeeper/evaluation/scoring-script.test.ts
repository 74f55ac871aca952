import { expect, it } from 'vitest'
import { createScoringEnvironment } from './scoring-script.ts'

const WITHHELD = [
  'MLFLOW_TRACKING_URI',
  'mlflow_tracking_password',
  'DATABRICKS_HOST',
  'INPUT_TRACKING-TOKEN',
  'STATE_done',
  'ACTIONS_RUNTIME_URL',
  'ACTIONS_ID_TOKEN_REQUEST_URL',
  'GITHUB_TOKEN',
  'GITHUB_OUTPUT',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STATE',
  'GITHUB_STEP_SUMMARY',
  'GH_TOKEN',
  'KUBECONFIG',
  'KUBE_CONTEXT',
  'HELM_REGISTRY_CONFIG',
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AZURE_CLIENT_ID',
  'ARM_CLIENT_ID',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'CLOUDSDK_CORE_PROJECT',
  'SSH_AUTH_SOCK',
  'DOCKER_CONFIG',
  'VAULT_ADDR',
  'DB_PASSWORD',
  'pgpasswd',
  'GPG_PASSPHRASE',
  'MY_SECRET_THING',
  'some_credentials',
  'WANDB_API_KEY',
  'OPENAI_APIKEY',
  'SIGNING_KEY',
  'PRIVATEKEY',
  'NPM_AUTH',
  'AZURE_DEVOPS_EXT_PAT',
  'CACHE_KEY',
  'ENCRYPTIONKEY',
  'DB_PASS',
  'SSHPASS',
  'PASS_PROD',
  'MYSQL_PWD',
  'DB_PWD_PROD',
  'PWD_PROD',
  'REDISPWD',
  'CREDS',
  'PROD_CREDS_JSON',
  'AzureWebJobsConnectionString',
  'STORAGE_CONNECTION_STRING',
  'PGPASSFILE',
  'PGHOST',
  'SENTRY_DSN',
  'DSN_PROD',
]
const PASSED_ON = [
  'PATH',
  'HOME',
  'GITHUB_WORKSPACE',
  'GITHUB_REPOSITORY',
  'RUNNER_TEMP',
  'PYTHONPATH',
  'VIRTUAL_ENV',
  'HTTPS_PROXY',
  'PIP_INDEX_URL',
  'KEYBOARD',
  'PWD',
  'OLDPWD',
  'BYPASS',
  'PASSIVE',
  'PAGER',
  'OMP_NUM_THREADS',
  'AUTHOR',
  'COMPASS',
]

it('passes the job’s environment without credentials', () => {
  const job = Object.fromEntries([...WITHHELD, ...PASSED_ON].map((name) => [name, `the ${name}`]))
  const kept = createScoringEnvironment({ ...job, ABSENT: undefined }, {})
  expect(Object.keys(kept).sort()).toEqual([...PASSED_ON, 'PYTHONUNBUFFERED'].sort())
  expect(kept.PATH).toBe('the PATH')
})

it.each<[string, boolean]>([
  ['postgres://me:secret@db:5432/prod', false],
  ['--url=redis://:secret@cache', false],
  ['a https://token@example.com/simple b', false],
  ['https://example.com/simple', true],
  ['https://example.com/@scope/name?mail=a@b', true],
  ['http://proxy:3128', true],
  ['me@example.com', true],
])('variable %o is kept: %o', (value, kept) => {
  expect('DATABASE' in createScoringEnvironment({ DATABASE: value }, {})).toBe(kept)
})

it('overrides the job’s variables with the given ones', () => {
  const given = { MODEL_URI: '/new', PREDICTIONS_PATH: '/there' }
  expect(createScoringEnvironment({ MODEL_URI: '/old', PYTHONUNBUFFERED: '' }, given)).toEqual({
    ...given,
    PYTHONUNBUFFERED: '',
  })
})
