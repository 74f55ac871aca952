import { describe, expect, test } from 'vitest'
import type { Fault } from '../../domain/core/errors.ts'
import {
  createToolError,
  findInputError,
  formatPermissionHint,
  parseMissingPermission,
} from './error-hints.ts'

/** The message of a failed call, as a user reads it. */
function messageOf(stderr: string, helmCommand?: string): string {
  const result = { code: 1, stderr, termination: 'exited' as const }
  const call = { system: 'Helm', call: 'helm x', message: stderr, hint: 'UNKNOWN', helmCommand }
  return createToolError({ namespace: 'ml' }, result, call).message
}

// Real errors of Helm 3.22, Helm 4.3 and kubectl 1.36.
const FETCH = 'failed to perform "FetchReference" on source: '
const UNTRUSTED = 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
const REFUSED = 'dial tcp 10.0.0.1:443: connect: connection refused'
const NO_HOST = 'dial tcp: lookup reg.example.com on 10.0.0.2:53: no such host'
const MANIFEST = 'https://reg.example.com/v2/charts/x/manifests/1.0.0'
const REPOSITORY =
  'looks like "https://reg.example.com/c" is not a valid chart repository or cannot be reached: '
const SCHEMA = `values don't meet the specifications of the schema(s) in the following chart(s):\nchart:\n`
const WEBHOOK =
  'Internal error occurred: failed calling webhook "validate.example.com": failed to call webhook: Post "https://hook.ml.svc:443/v?timeout=10s": '

describe.each(['upgrade', 'template', undefined])('an error of the cluster in helm %s', (command) => {
  test.each([
    [
      'create: failed to create: secrets "sh.helm.release.v1.q.v1" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=0, limited: secrets=0',
      'history-max',
    ],
    [
      'pods "a" is forbidden: exceeded quota: q, requested: requests.nvidia.com/gpu=1, used: requests.nvidia.com/gpu=1, limited: requests.nvidia.com/gpu=1',
      'raise the quota',
    ],
    [
      'create: failed to create: Secret "sh.helm.release.v1.q.v1" is invalid: data: Too long: may not be more than 1048576 bytes',
      '.helmignore',
    ],
    ['create: failed to create: Request entity too large: limit is 3145728', '.helmignore'],
    [
      'UPGRADE FAILED: cannot patch "digits" with kind Deployment: Deployment.apps "digits" is invalid: spec.selector: Invalid value: {}: field is immutable',
      'another name',
    ],
    [
      'UPGRADE FAILED: unable to build kubernetes objects from current release manifest: resource mapping not found for name: "a" namespace: "" from "": no matches for kind "Adapter" in version "x.io/v1beta1"\nensure CRDs are installed first',
      'helm mapkubeapis',
    ],
    [
      `UPGRADE FAILED: cannot patch "db" with kind StatefulSet: StatefulSet.apps "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'template' are forbidden`,
      '"kubectl delete statefulset db --namespace ml --cascade=orphan"',
    ],
    [
      'Kubernetes cluster unreachable: the server has asked for the client to provide credentials',
      'new kubeconfig',
    ],
    ['error: You must be logged in to the server (Unauthorized)', 'new kubeconfig'],
    [
      `kubernetes cluster unreachable: Get "https://10.0.0.1/version": ${REFUSED}`,
      'does not reach the cluster',
    ],
    [
      `Kubernetes cluster unreachable: Get "https://10.0.0.1/version": proxyconnect tcp: ${REFUSED}`,
      'HTTPS_PROXY names',
    ],
    [
      'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?',
      'does not reach the cluster',
    ],
    [`Unable to connect to the server: ${UNTRUSTED}`, 'certificate-authority-data'],
    [
      'Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-30T20:00:00Z is after 2026-01-01T00:00:00Z',
      'renewed',
    ],
    [
      'Unable to connect to the server: tls: failed to verify certificate: x509: certificate is valid for 10.96.0.1, not 203.0.113.7',
      'tls-server-name',
    ],
    ['Unable to connect to the server: remote error: tls: expired certificate', 'new kubeconfig'],
    [
      'Unable to connect to the server: net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      'does not reach the cluster',
    ],
    ['Unable to connect to the server: tls: first record does not look like a TLS handshake', 'without TLS'],
    ['Error from server: etcdserver: leader changed', 'Re-run'],
    [
      'UPGRADE FAILED: failed to create resource: admission webhook "validate.example.com" denied the request: no limits',
      'administrators of the policy',
    ],
    [
      `admission webhook "mutate.kyverno.svc-fail" denied the request: failed to verify image reg.example.com/x: Get "https://reg.example.com/v2/": ${UNTRUSTED}`,
      'administrators of the policy',
    ],
    [`${WEBHOOK}${UNTRUSTED}`, 'The API server cannot call this webhook'],
    [
      `${WEBHOOK}dial tcp 10.96.0.9:443: connect: connection refused`,
      'The API server cannot call this webhook',
    ],
    [
      `Error from server: error dialing backend: dial tcp 10.0.0.9:10250: connect: connection refused`,
      'kubectl get nodes',
    ],
    [
      'pods is forbidden: User "ci" cannot list resource "pods" in API group "" in the namespace "ml"',
      '{apiGroups: [""], resources: ["pods"], verbs: ["list"]}',
    ],
    [
      'failed to install CRD crds/a.yaml: 1 error occurred:\n\t* customresourcedefinitions.apiextensions.k8s.io "a" is forbidden: User "ci" cannot patch resource "customresourcedefinitions" in API group "apiextensions.k8s.io" at the cluster scope',
      'skip-crds',
    ],
  ])('%s', (stderr, hint) => {
    expect(messageOf(stderr, command)).toContain(hint)
    expect(messageOf(stderr, command)).not.toMatch(/registry|UNKNOWN/)
  })
})

describe.each(['upgrade', 'template', 'dependency'])('an error of the registry in helm %s', (command) => {
  const registry = "the chart's registry reg.example.com"
  test.each([
    [`${FETCH}Get "${MANIFEST}": ${UNTRUSTED}`, `certificate of ${registry}. Set SSL_CERT_FILE`],
    [`${FETCH}Get "${MANIFEST}": ${REFUSED}`, `does not reach ${registry}`],
    [`${FETCH}Get "${MANIFEST}": ${NO_HOST}`, `does not reach ${registry}`],
    [`Get "https://reg.example.com/v2/charts/x/tags/list": ${REFUSED}`, `does not reach ${registry}`],
    [`${FETCH}Get "${MANIFEST}": proxyconnect tcp: ${REFUSED}`, 'The proxy that HTTPS_PROXY names'],
    [
      `${FETCH}Get "${MANIFEST}": x509: certificate is valid for a.example.com, not reg.example.com`,
      'for other names',
    ],
    [`${FETCH}Get "${MANIFEST}": tls: first record does not look like a TLS handshake`, 'without TLS'],
    [`${FETCH}GET "${MANIFEST}": basic credential not found`, '"helm registry login reg.example.com"'],
    [
      `${FETCH}GET "${MANIFEST}": response status code 403: denied: requested access to the resource is denied`,
      'registry-username',
    ],
    [
      `failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://reg.example.com/token?scope=repository%3Ax%3Apull: 403 Forbidden`,
      'registry-username',
    ],
    [
      `${FETCH}GET "${MANIFEST}": response status code 429: toomanyrequests: You have reached your pull rate limit`,
      'higher limit',
    ],
    [`${FETCH}GET "${MANIFEST}": response status code 503: Service Unavailable`, 'Re-run'],
    [
      `${FETCH}reg.example.com/charts/x:1.0.0: not found`,
      `chart-version, and the dependencies in Chart.yaml: ${registry} has no such`,
    ],
    [`${REPOSITORY}Get "https://reg.example.com/c/index.yaml": ${UNTRUSTED}`, 'SSL_CERT_FILE'],
    [
      `${REPOSITORY}failed to fetch https://reg.example.com/c/index.yaml : 401 Unauthorized`,
      'set registry-username and registry-password. ',
    ],
    [
      `${REPOSITORY}failed to fetch https://reg.example.com/c/index.yaml : 404 Not Found`,
      'has no index.yaml',
    ],
    [
      `could not download https://reg.example.com/c/x-1.0.0.tgz: failed to fetch https://reg.example.com/c/x-1.0.0.tgz : 404 Not Found`,
      'has no such chart',
    ],
    [
      'manifest does not contain minimum number of descriptors (2), descriptors found: 0',
      'does not answer like a registry',
    ],
    ['could not locate a version matching provided version string 9.9.9', 'chart-version'],
    ['chart "x" version "9.9.9" not found in https://reg.example.com/c repository', 'chart-version'],
    ['repo bitnami not found', 'helm repo add'],
  ])('%s', (stderr, hint) => {
    expect(messageOf(stderr, command)).toContain(hint)
    expect(messageOf(stderr, command)).not.toMatch(/cluster|kubeconfig|UNKNOWN|\*\*\*/)
  })
})

test.each([
  [
    'error getting credentials - err: exec: "docker-credential-ecr-login": executable file not found in $PATH, out: ``',
    'pull',
    'asks docker-credential-ecr-login for the credentials of the registry',
  ],
  [
    'error storing credentials - err: exit status 1, out: `secret service is not running`',
    'registry',
    'asks a credential helper',
  ],
  [
    'the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies',
    'dependency',
    '"helm dependency update"',
  ],
  ['directory /w/common not found', 'dependency', 'a file:// repository is a folder beside the chart'],
  [
    'open /home/ci/.config/helm/registry/config.json: permission denied',
    'pull',
    'Check this path on the runner',
  ],
  ['write /tmp/x.tgz: no space left on device', 'pull', 'the space of its disk'],
  [
    'can\'t get a valid version for 1 subchart(s): "redis" (repository "https://reg.example.com", version "99")',
    'dependency',
    "the dependencies in Chart.yaml: the chart's registry reg.example.com has no such chart or version",
  ],
  [`${REPOSITORY}error converting YAML to JSON: yaml: line 3: x`, 'repo', 'does not answer like a registry'],
  ['signature verification failed: openpgp: signature made by unknown entity', 'pull', 'UNKNOWN'],
  ['cannot load Chart.lock: error converting YAML to JSON: yaml: line 1: x', 'dependency', 'UNKNOWN'],
])('an error of fetching a chart: %s', (stderr, command, hint) => {
  expect(messageOf(stderr, command)).toContain(hint)
})

test('the cluster at the port of a registry, and a registry at that of kubectl', () => {
  const registry = `${FETCH}Get "https://localhost:8080/v2/x/manifests/1": dial tcp 127.0.0.1:8080: connect: connection refused`
  expect(messageOf(registry, 'upgrade')).toContain("does not reach the chart's registry localhost:8080")
  const cluster = `Kubernetes cluster unreachable: Get "https://localhost:5000/version": ${REFUSED}`
  expect(messageOf(cluster, 'upgrade')).toContain('does not reach the cluster')
})

test.each([
  [
    `failing loading "https://raw.example.com/s.json": Get "https://raw.example.com/s.json": ${NO_HOST}`,
    'let this machine reach it',
  ],
  [
    `failing loading "https://raw.example.com/s.json": Get "https://raw.example.com/s.json": ${UNTRUSTED}`,
    'SSL_CERT_FILE',
  ],
  [
    'failing loading "https://raw.example.com/s.json": HTTP request to https://raw.example.com/s.json returned status 404 (Not Found)',
    'let this machine reach it',
  ],
])('a schema on the network: %s', (error, hint) => {
  for (const command of ['upgrade', 'template']) {
    const message = messageOf(`${SCHEMA}${error}`, command)
    expect(message).toContain("The chart's values.schema.json refers to https://raw.example.com/s.json")
    expect(message).toContain(hint)
    expect(message).not.toMatch(/cluster|kubeconfig/)
  }
})

test('a schema that refers to a file that is not in the chart', () => {
  const error = `${SCHEMA}failing loading "file:///chart/defs.json": open /chart/defs.json: no such file or directory`
  expect(messageOf(error, 'template')).toContain(
    'refers to the file /chart/defs.json, which Helm cannot read. Add',
  )
})

describe('a credential plugin', () => {
  const PARAGRAPHS =
    '\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.\n\nTo learn more about this feature, consult the documentation available at:\n      https://kubernetes.io/docs/'
  const GET = 'Get "https://10.0.0.1/version": getting credentials: '
  test.each([
    [
      `${GET}exec: executable kubelogin not found${PARAGRAPHS}`,
      'exec: executable kubelogin not found. The kubeconfig gets its credentials from kubelogin, which this machine cannot start. Install kubelogin in a step before this one (azure/use-kubelogin).',
    ],
    [
      `${GET}exec: executable tsh not found${PARAGRAPHS}`,
      'which this machine cannot start. Install tsh in a step before this one.',
    ],
    [
      `${GET}exec: fork/exec /Users/ada/bin/gke-gcloud-auth-plugin: no such file or directory`,
      'install_components: gke-gcloud-auth-plugin), and name it in the kubeconfig without /Users/ada/bin/.',
    ],
    [
      `${GET}exec: executable aws failed with exit code 255`,
      'exit code 255. aws could not log in. Log in before this step: aws-actions/configure-aws-credentials.',
    ],
    [`${GET}decoding stdout: couldn't get version/kind; json parse error`, 'Run it by hand'],
    ['exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1"', 'Create it again'],
    [
      'error: The gcp auth plugin has been removed.\nPlease use the "gke-gcloud-auth-plugin" plugin instead.',
      'plugin instead. The kubeconfig',
    ],
  ])('%s', (stderr, expected) => {
    for (const command of ['upgrade', 'history', undefined]) {
      const message = messageOf(stderr, command)
      expect(message).toContain(expected)
      expect(message).not.toMatch(/To learn more|\*\*\*/)
    }
  })

  test('what it printed itself is said once', () => {
    const klog = 'E1130 20:27:52.564692    5331 memcache.go:265] "Unhandled Error" err="couldn\'t get it"\n'
    const own = 'Unable to locate credentials. token=hunter2 Run "aws configure".\n'
    const error = `Unable to connect to the server: ${GET}exec: executable aws failed with exit code 255\n`
    for (const stderr of [own.repeat(2) + klog + own + klog + error, `${own}Error: ${error}`]) {
      const message = messageOf(stderr)
      expect(message.match(/Unable to locate credentials/g)).toHaveLength(1)
      expect(message).toContain('(Unable to locate credentials. token=*** Run "aws configure".)')
      expect(message).not.toMatch(/memcache|hunter2/)
    }
  })
})

test.each(['a.', 'a:', 'http://', 'x', '{"', 'is "'])(
  '128 KiB of %j end before the time limit of a test',
  (text) => {
    for (const command of ['upgrade', undefined]) messageOf(text.repeat((128 * 1024) / text.length), command)
  },
)

test('an unknown error has the hint of its call', () => {
  expect(messageOf('UPGRADE FAILED: context deadline exceeded')).toMatch(/exceeded\. UNKNOWN$/)
})

test('a reader sees no object, and what parses the error all of it', () => {
  const template = `{"metadata":{"labels":{"a":"b"}},"spec":{"x":"${'y'.repeat(5000)}"}}`
  const stderr = `UPGRADE FAILED: cannot patch "init" with kind Job: Job.batch "init" is invalid: spec.template: Invalid value: ${template}: field is immutable`
  const call = { system: 'Helm', call: 'helm upgrade', message: stderr, hint: 'UNKNOWN' }
  const error = createToolError({ namespace: 'ml' }, { code: 1, stderr, termination: 'exited' }, call)
  expect(error.message).toMatch(
    /^Helm: helm upgrade failed \(1\): UPGRADE FAILED: cannot patch "init" with kind Job: Job.batch "init" is invalid: spec.template: field is immutable\. Make the Job a hook /,
  )
  expect((error as Fault).detail).toBe(stderr)
})

test.each([
  [
    'Error in configuration: context was not found for specified context: nope',
    /^Input kube-context: .*"nope"/,
  ],
  [
    'Error: Kubernetes cluster unreachable: context "nope" does not exist',
    /^Input kube-context: .*get-contexts/,
  ],
  [
    'Error: create: failed to create: namespaces "ml" not found',
    /^Input namespace: .*"ml".*kubectl create namespace ml/,
  ],
  [
    'The connection to the server localhost:8080 was refused - did you specify the right host or port?',
    /^Input kubeconfig: none was found/,
  ],
  [
    'Error: Kubernetes cluster unreachable: Get "http://localhost:8080/version": dial tcp 127.0.0.1:8080: connect: connection refused',
    /^Input kubeconfig: none was found/,
  ],
  [
    'error: error loading config file "/tmp/x": couldn\'t get version/kind; json parse error: token: hunter2',
    /^Input kubeconfig: .*couldn't get version.*token: \*\*\*/,
  ],
  [
    'invalid configuration: [unable to read client-cert /home/ada/client.crt for u due to open /home/ada/client.crt: no such file or directory, unable to read client-key /x for u]',
    /^Input kubeconfig: .*"\/home\/ada\/client.crt".*--flatten/,
  ],
])('%s', (stderr, message) => {
  expect(findInputError(stderr, 'ml')?.message).toMatch(message)
})

test.each([
  'Error: UPGRADE FAILED: namespaces "of-the-chart" not found',
  'error: the server does not allow this',
])('no input causes: %s', (stderr) => {
  expect(findInputError(stderr, 'ml')).toBeUndefined()
})

describe('a missing permission', () => {
  test.each([
    [
      'Error from server (Forbidden): pods is forbidden: User "ci" cannot list resource "pods" in API group "" in the namespace "ml"',
      'Add to the Role of the kubeconfig\'s user in namespace ml: {apiGroups: [""], resources: ["pods"], verbs: ["list"]}',
    ],
    [
      'Error: query: failed to query with labels: secrets is forbidden: User "system:serviceaccount:a:b" cannot list resource "secrets" in API group "" in the namespace "a"',
      'Add to the Role of the kubeconfig\'s user in namespace a: {apiGroups: [""], resources: ["secrets"], verbs: ["list"]}',
    ],
    [
      'deployments.apps "x" is forbidden: User "ci" cannot patch resource "deployments" in API group "apps" in the namespace "ml"',
      'Add to the Role of the kubeconfig\'s user in namespace ml: {apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"]}',
    ],
    [
      'namespaces is forbidden: User "ci" cannot create resource "namespaces" in API group "" at the cluster scope',
      'This permission is for the whole cluster, so no Role has it. Ask an administrator to create the object, or to add to a ClusterRole of the kubeconfig\'s user: {apiGroups: [""], resources: ["namespaces"], verbs: ["create"]}',
    ],
  ])('%s', (stderr, hint) => {
    const missing = parseMissingPermission(stderr)
    expect(missing && formatPermissionHint(missing)).toBe(hint)
  })
  test('another error names no permission', () => {
    expect(parseMissingPermission('connection refused')).toBeUndefined()
  })
})
