import { expect, test } from 'vitest'
import { redact } from './redaction.ts'

const PASSWORD = 'hunter2'
const BASE64 = 'YWRhOmh1bnRlcjI='
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig'

test.each([
  ['password=hunter2 next', 'password=*** next'],
  ['MLFLOW_TRACKING_TOKEN: abcdef', 'MLFLOW_TRACKING_TOKEN: ***'],
  ['{"api_key": "a b c", "x": 1}', '{"api_key": ***, "x": 1}'],
  ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer ***'],
  ['Authorization: Basic swordfish', 'Authorization: Basic ***'],
  [`"authorization":"Bearer ${JWT}"`, '"authorization":"Bearer ***"'],
  ['Authorization:[Bearer swordfish]', 'Authorization:[Bearer ***]'],
  [`sent basic ${BASE64} to it`, 'sent basic *** to it'],
  ['bearer abcdef0123456789', 'bearer ***'],
  ['at https://user:pw@host/path', 'at https://***@host/path'],
  [
    'Get "https://ada:p%40ss@charts.example.com/index.yaml"',
    'Get "https://***@charts.example.com/index.yaml"',
  ],
  ['postgresql://mlflow:hunter2@db:5432/mlflow', 'postgresql://***@db:5432/mlflow'],
  ['AKIAABCDEFGHIJKLMNOP', '***'],
  [`AIza${'b'.repeat(35)}`, '***'],
  [`ya29.${'c'.repeat(40)}`, '***'],
  [`ghp_${'a'.repeat(36)}`, '***'],
  [`npm_${'a'.repeat(36)} hf_${'b'.repeat(30)} glpat-${'c'.repeat(20)}`, '*** *** ***'],
  [JWT, '***'],
  ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----', '***'],
  ['client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo=', 'client-key-data: ***'],
  ['password: swordfish', 'password: ***'],
  ['password: swordfish for user ada', 'password: *** for user ada'],
  ['password: correct-horse-battery is wrong', 'password: *** is wrong'],
  ['password:hunter2', 'password:***'],
  ["passwd = 'must be set'", 'passwd = ***'],
  ['token: "not found"', 'token: ***'],
  ['json parse error: token: hunter2', 'json parse error: token: ***'],
  ['password: must\nuser: ada', 'password: ***\nuser: ada'],
  ['token=expired', 'token=***'],
  ['DB_PASSWORD=hunter2;', 'DB_PASSWORD=***;'],
  ["Namespace(api_key='hunter2', port=8000)", 'Namespace(api_key=***, port=8000)'],
  ['--password hunter2 --username ada', '--password *** --username ada'],
  ['vllm serve --api-key swordfish', 'vllm serve --api-key ***'],
  ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG', 'aws_secret_access_key = ***'],
  ['AccountName=a;AccountKey=abc123==;EndpointSuffix=x', 'AccountName=a;AccountKey=***;EndpointSuffix=x'],
  [
    'https://a.blob.core.windows.net/c?sv=2024&sig=abc%2Fdef&se=1',
    'https://a.blob.core.windows.net/c?sv=2024&sig=***&se=1',
  ],
  [
    'https://s3/x?X-Amz-Credential=AK&X-Amz-Signature=0a1b',
    'https://s3/x?X-Amz-Credential=***&X-Amz-Signature=***',
  ],
  ['{"auth":"YWRhOmh1bnRlcjI=","email":"a@b"}', '{"auth":***,"email":"a@b"}'],
  ['.dockerconfigjson: eyJhdXRocyI6e319', '.dockerconfigjson: ***'],
  [String.raw`err="{\"token\":\"hunter2\",\"a\":1}"`, String.raw`err="{\"token\":***,\"a\":1}"`],
  [
    '{"name":"DB_PASSWORD","value":"hunter2"},{"name":"PORT","value":"1"}',
    '{"name":"DB_PASSWORD","value":***},{"name":"PORT","value":"1"}',
  ],
  [
    'v1.EnvVar{Name:"API_TOKEN", Value:"hunter2", ValueFrom:nil}',
    'v1.EnvVar{Name:"API_TOKEN", Value:***, ValueFrom:nil}',
  ],
  ['- name: DB_PASSWORD\n  value: hunter2\n', '- name: DB_PASSWORD\n  value: ***\n'],
  ['{"data":{"password":"aHVudGVyMg=="}}', '{"data":{"password":***}}'],
  ['passphrase: hunter2', 'passphrase: ***'],
  ['client_secret=hunter2&grant_type=client_credentials', 'client_secret=***&grant_type=client_credentials'],
  ['X-Api-Key: hunter2', 'X-Api-Key: ***'],
  ['access_token:abc.def', 'access_token:***'],
  ['secret:hunter2:more', 'secret:***'],
  ['id-token: 0123456789abcdef', 'id-token: ***'],
  ['SECRET_KEY: a1 b2', 'SECRET_KEY: *** b2'],
  ['signature: 3045022100', 'signature: ***'],
  ['password: exchange', 'password: ***'],
])('is masked: %s', (text, expected) => {
  expect(redact(text)).toBe(expected)
  expect(redact(expected)).toBe(expected)
})

// Of Helm 3.22 and 4.3, kubectl 1.36, their plugins, the kubelet and programs in pods.
test.each([
  'failed to perform "FetchReference" on source: GET "http://127.0.0.1:41002/v2/charts/x/manifests/1.0.0": basic credential not found',
  'pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
  'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=repository%3Aa%3Apull&service=ghcr.io: 403 Forbidden',
  'failed to authorize: failed to fetch oauth token: Post "https://auth.example.com/token": dial tcp: lookup auth.example.com: no such host',
  'failed to fetch oauth token: 401 Unauthorized',
  'GET "http://127.0.0.1:41003/token?scope=repository%3Acharts%2Fx%3Apull&service=reg": response status code 401: Unauthorized',
  'Get "https://127.0.0.1:41009/version": getting credentials: exec: executable kubelogin not found',
  'getting credentials: exec: fork/exec /Users/ada/google-cloud-sdk/bin/gke-gcloud-auth-plugin: no such file or directory',
  'getting credentials: exec: executable aws failed with exit code 255',
  "getting credentials: decoding stdout: couldn't get version/kind; json parse error",
  'getting credentials: exec plugin is configured to use API version client.authentication.k8s.io/v1beta1, plugin returned version client.authentication.k8s.io/v1',
  'exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1"',
  "exec plugin didn't return a token or cert/key pair",
  'ERROR: (gcloud.config.config-helper) There was a problem refreshing your current auth tokens: Reauthentication failed.',
  'getting credentials: retrieving token: exchange with the issuer failed',
  'cannot create secret: data[a b]: Invalid value: "a b": a valid config key must consist of letters',
  'Unable to locate credentials. You can configure credentials by running "aws configure".',
  'failed to retrieve credentials: operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403',
  'get credentials: NoCredentialProviders: no valid providers in chain. Deprecated.',
  'failed to get token: AADSTS700016: Application with identifier was not found',
  'failed to get token: rpc error: code = Unauthenticated desc = no',
  'oauth2: cannot fetch token: 401 Unauthorized',
  'could not get token: unauthorized_client: the client is not allowed',
  'You must be logged in to the server (the server has asked for the client to provide credentials)',
  'invalid bearer token, service account token has expired',
  'Unable to authenticate the request: invalid bearer token',
  'error: no Auth Provider found for name "oidc"',
  'Please use the "gke-gcloud-auth-plugin" kubectl/client-go credential plugin instead.',
  'It looks like you are trying to use a client-go credential plugin that is not installed.',
  'level=WARN msg="using --password via the CLI is insecure. Use --password-stdin"',
  'WARNING: Using --password via the CLI is insecure. Use --password-stdin.',
  'unknown flag: --token',
  'execution error at (redis/templates/secret.yaml:3:4): auth.password: must be set',
  'execution error at (redis/templates/secret.yaml:3:4): global.redis.password: is required',
  "values don't meet the specifications of the schema(s): at '/auth/password': got number, want string",
  "at '/auth/existingSecret': additional properties 'x' not allowed",
  "redis: at '': missing property 'token'",
  'secrets "db" not found',
  "Error: couldn't find key password in Secret ml/db",
  'MountVolume.SetUp failed for volume "db-secret" : secret "db" not found',
  'MountVolume.SetUp failed for volume "token" : references non-existent secret key: password',
  'MountVolume.SetUp failed for volume "kube-api-access-x" : failed to fetch token: serviceaccounts "a" is forbidden',
  'Unable to attach or mount volumes: unmounted volumes=[secret], unattached volumes=[]: timed out waiting for the condition',
  'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.',
  'spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.name: Required value',
  'spec.template.spec.volumes[0].secret.secretName: Invalid value: "A_B": a lowercase RFC 1123 subdomain must consist of lower case',
  'spec.template.spec.imagePullSecrets[0].name: Required value',
  'spec.automountServiceAccountToken: Invalid value: "string": must be of type boolean',
  'unknown field "spec.template.spec.secretName"',
  'secrets is forbidden: User "ci" cannot list resource "secrets" in API group "" in the namespace "ml"',
  'secrets "sh.helm.release.v1.q.v1" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=0',
  '{"ImagePullSecrets":null,"ServiceAccountToken":{"audience":"a"},"Secrets":[]}',
  '{"imagePullSecrets":[{"name":"regcred"}],"secretName":"db","automountServiceAccountToken":false}',
  'ImagePullSecrets:[]core.LocalObjectReference(nil), AutomountServiceAccountToken:(*bool)(nil), Secret:(*core.SecretVolumeSource)(nil)',
  'Post "http://token-service:8080/v1": dial tcp 10.96.0.9:8080: connect: connection refused',
  'x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "ca")',
  'docker-pullable://registry.example.com@sha256:0123456789abcdef',
  'oci://registry.example.com/charts/secret-server@sha256:0123456789abcdef',
  'Www-Authenticate: Basic realm="Registry"',
  'failed to verify signature: no matching signatures',
  'ModuleNotFoundError: No module named pandas',
  'tokens per second: high',
  'max_num_batched_tokens=8192, max_tokens: 512',
  'tokenizer: loading vocab.json',
  "OSError: Can't load tokenizer for 'a'. tokenizer_config.json: not found",
  'Token: expired',
  'secretRef: db, tokenFile=/var/run/secrets/token, password_file: /run/pw',
])('is no secret: %s', (text) => {
  expect(redact(text)).toBe(text)
})

test('a password is masked wherever it stands in words that stay', () => {
  for (const name of ['password', 'DB_PASSWORD', 'api-key', 'token', 'client_secret'])
    for (const sign of ['=', ': ', ' = ', ':'])
      for (const value of [PASSWORD, `"${PASSWORD}"`, `'${PASSWORD}'`, BASE64])
        for (const [before, after] of [
          ['Error: UPGRADE FAILED: ', ''],
          ['getting credentials: exec: executable aws failed: ', ': no access'],
          ['{', ', "ImagePullSecrets":null}'],
          ['see https://example.com/a ', ' not found\nsecrets "db" not found'],
        ] as const) {
          const masked = redact(`${before}${name}${sign}${value}${after}`)
          expect(masked).toBe(`${before}${name}${sign}***${after}`)
        }
})

test.each(['x', 'token', 'name: "token" ', 'password: a ', '--token ', 'Authorization: '])(
  'a hostile text of %s ends before the time limit of a test',
  (text) => {
    redact(text.repeat(Math.ceil((512 * 1024) / text.length)))
  },
)
