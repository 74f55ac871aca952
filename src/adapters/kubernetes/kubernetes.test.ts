import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cureOf, missingRight } from './forbidden.ts'
import { pod, podTemplate, selectorText } from './objects.ts'
import { declaredVersion, fieldOf, imageTag, versionFromText } from './pod-version.ts'
import { reachOf, removeKubeconfig, toolEnvironment } from './reach.ts'
import { servingWorkload, workloadsIn } from './workload.ts'

describe('a refusal of the API server', () => {
  test.each([
    [
      'Error from server (Forbidden): pods is forbidden: User "ci" cannot list resource "pods" in API group "" in the namespace "ml"',
      'Add to the Role that the kubeconfig\'s user has in namespace ml: {apiGroups: [""], resources: ["pods"], verbs: ["list"]}',
    ],
    [
      'Error: query: failed to query with labels: secrets is forbidden: User "system:serviceaccount:a:b" cannot list resource "secrets" in API group "" in the namespace "a"',
      'Add to the Role that the kubeconfig\'s user has in namespace a: {apiGroups: [""], resources: ["secrets"], verbs: ["list"]}',
    ],
    [
      'deployments.apps "x" is forbidden: User "ci" cannot patch resource "deployments" in API group "apps" in the namespace "ml"',
      'Add to the Role that the kubeconfig\'s user has in namespace ml: {apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"]}',
    ],
  ])('%s', (said, cure) => {
    const right = missingRight(said)
    expect(right && cureOf(right)).toBe(cure)
  })
  test('another error names no right', () => {
    expect(missingRight('connection refused')).toBeUndefined()
  })
})

describe('the version that a pod names', () => {
  const one = pod.parse({
    kind: 'Pod',
    metadata: { name: 'a', labels: { version: '5' }, annotations: { 'ml/version': '6' } },
    spec: {
      initContainers: [{ name: 'fetch', image: 'x', env: [{ name: 'FETCHED', value: '7' }] }],
      containers: [
        { name: 'serve', image: 'host:5000/digits:v8@sha256:abc', env: [{ name: 'TWICE', value: '1' }] },
        { name: 'side', image: 'x', env: [{ name: 'TWICE', value: '2' }, { name: 'SECRET' }] },
      ],
    },
  })
  test.each([
    ['env:FETCHED', '7'],
    ['env:TWICE', undefined],
    ['env:SECRET', undefined],
    ['env:MISSING', undefined],
    ['label:version', '5'],
    ['annotation:ml/version', '6'],
    ['image-tag', 'v8'],
  ])('%s', (text, version) => {
    const where = versionFromText(text)
    expect(where.from !== 'http' && declaredVersion(one, where)).toBe(version)
  })
  test('the image of the default container, where a mesh has put its own before it', () => {
    const containers = [
      { name: 'istio-proxy', image: 'istio/proxyv2:1.30.0', env: [] },
      { name: 'serve', image: 'digits:8', env: [] },
    ]
    const annotations = { 'kubectl.kubernetes.io/default-container': 'serve' }
    const template = podTemplate.parse({ metadata: { annotations }, spec: { containers } })
    expect(declaredVersion(template, { from: 'image-tag' })).toBe('8')
    expect(declaredVersion(podTemplate.parse({ spec: { containers } }), { from: 'image-tag' })).toBe('1.30.0')
  })
  test.each([
    ['digits', undefined],
    ['host:5000/digits', undefined],
    ['digits:1@sha256:abc', '1'],
  ])('the tag of %s', (image, tag) => expect(imageTag(image)).toBe(tag))
  test('an address and a field of its answer', () => {
    const http = { from: 'http', port: '8080', path: '/health?x=1', field: 'model.version' }
    expect(versionFromText('http:8080/health?x=1#model.version')).toEqual(http)
    expect(fieldOf('{"model":{"version":"007"}}', 'model.version')).toBe('007')
    expect(fieldOf('{"model":{"version":7}}', 'model.version')).toBe('7')
    for (const answer of ['{"model":null}', '{"model":{"version":{}}}', 'no JSON', '[]'])
      expect(fieldOf(answer, 'model.version')).toBeUndefined()
    expect(fieldOf('{}', 'constructor.name')).toBeUndefined()
  })
})

describe('the workload of a release', () => {
  const deployment = (name: string) =>
    `---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n`
  const service = '---\napiVersion: v1\nkind: Service\nmetadata:\n  name: digits\n'
  test('is the only one', () => {
    const found = workloadsIn(`${service}${deployment('digits')}---\n# an empty document\n`)
    expect(servingWorkload(found, 'r', undefined)).toEqual({
      kind: 'deployment',
      name: 'digits',
      namespace: undefined,
    })
  })
  test('must be named where there are several', () => {
    const found = workloadsIn(deployment('a') + deployment('b'))
    expect(() => servingWorkload(found, 'r', undefined)).toThrow(
      /several workloads.*deployment\/a, deployment\/b/,
    )
    expect(servingWorkload(found, 'r', 'Deployment/b').name).toBe('b')
    expect(() => servingWorkload(found, 'r', 'deployment/c')).toThrow(/has no deployment\/c/)
  })
  test('must be there', () => {
    expect(() => servingWorkload(workloadsIn(service), 'r', undefined)).toThrow(
      /no Deployment, StatefulSet or DaemonSet/,
    )
  })
})

test('a selector as kubectl reads it', () => {
  expect(
    selectorText({
      matchLabels: { app: 'digits', tier: 'model' },
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['x', 'y'] },
        { key: 'b', operator: 'NotIn', values: ['z'] },
        { key: 'c', operator: 'Exists', values: [] },
        { key: 'd', operator: 'DoesNotExist', values: [] },
      ],
    }),
  ).toBe('app=digits,tier=model,a in (x,y),b notin (z),c,!d')
})

describe('how tools reach the cluster', () => {
  const job = () => ({ env: { PATH: '/bin' }, temp: mkdtempSync(join(tmpdir(), 'reach-')) })
  const text = 'apiVersion: v1\nkind: Config'

  test('a text is written for this user only, and removed, by whoever knows the inputs', () => {
    const at = job()
    const inputs = { namespace: 'ml', kubeconfig: text }
    const reach = reachOf(inputs, at)
    const path = reach.helmFlags[1] ?? ''
    expect(readFileSync(path, 'utf8')).toBe(`${text}\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    reachOf(inputs, at)
    removeKubeconfig(inputs, at.temp)
    expect(readdirSync(at.temp)).toEqual([])
    expect(() => reach.close()).not.toThrow()
  })
  test('a path is used as it is, and never removed', () => {
    const at = job()
    const kubeconfig = reachOf({ namespace: 'ml', kubeconfig: text }, at).helmFlags[1] ?? ''
    const reach = reachOf({ namespace: 'ml', kubeconfig, 'kube-context': 'rig' }, at)
    expect(reach.kubectlFlags).toEqual(['--kubeconfig', kubeconfig, '--namespace', 'ml', '--context', 'rig'])
    expect(reach.helmFlags).toEqual([
      '--kubeconfig',
      kubeconfig,
      '--namespace',
      'ml',
      '--kube-context',
      'rig',
    ])
    reach.close()
    expect(existsSync(kubeconfig)).toBe(true)
  })
  test('a path that leads nowhere is an error of the input', () => {
    expect(() => reachOf({ namespace: 'ml', kubeconfig: '/nowhere/kc' }, job())).toThrow(
      /^Input kubeconfig: there is no file "\/nowhere\/kc"/,
    )
  })
  test('what is no path is not repeated: it may be a kubeconfig in base64', () => {
    const given = Buffer.from(text.repeat(9)).toString('base64')
    const refused = () => reachOf({ namespace: 'ml', kubeconfig: given }, job())
    expect(refused).toThrow(/^Input kubeconfig: looks like base64/)
    expect(refused).not.toThrow(given.slice(0, 20))
  })
  test('nor is a kubeconfig that has lost its line breaks', () => {
    const refused = () =>
      reachOf(
        { namespace: 'ml', kubeconfig: 'apiVersion: v1 kind: Config users: - token: s3cret-s3cret' },
        job(),
      )
    expect(refused).toThrow(/^Input kubeconfig: is not the path of a file; .* with its line breaks/)
    expect(refused).not.toThrow('s3cret')
  })
  test.each([
    ['insecure-skip-tls-verify: true', 1],
    ['"insecure-skip-tls-verify":true', 1],
    ['insecure-skip-tls-verify: false', 0],
  ])('a kubeconfig that trusts whoever answers is used with a warning: %s', (line, times) => {
    const said: string[] = []
    const at = { ...job(), log: { warning: (words: string) => void said.push(words) } }
    reachOf({ namespace: 'ml', kubeconfig: `${text}\n${line}` }, at)
    expect(said).toHaveLength(times)
  })
  test("without one it is kubectl's own", () => {
    expect(reachOf({ namespace: 'ml' }, job()).kubectlFlags).toEqual(['--namespace', 'ml'])
  })
  test("a cloud's own plugin finds what it needs", () => {
    const env = {
      PATH: '/bin',
      HOME: '/home/runner',
      AWS_PROFILE: 'x',
      AWS_WEB_IDENTITY_TOKEN_FILE: 'x',
      GOOGLE_APPLICATION_CREDENTIALS: 'x',
      CLOUDSDK_CONFIG: 'x',
      AZURE_CONFIG_DIR: 'x',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'x',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
      HTTPS_PROXY: 'x',
      KUBECONFIG: 'x',
      GOGC: '50',
    }
    expect(toolEnvironment(env)).toMatchObject(env)
  })
  test('tools get no inputs, no plugins, and no other cluster', () => {
    const env = {
      PATH: '/bin',
      INPUT_KUBECONFIG: 'x',
      STATE_rollout: 'x',
      HELM_KUBECONTEXT: 'other',
      HELM_PLUGINS: '/p',
    }
    expect(toolEnvironment({ ...env, HELM_DRIVER: 'configmap' })).toEqual({
      PATH: '/bin',
      HELM_DRIVER: 'configmap',
      HELM_PLUGINS: '',
      GOGC: 'off',
      GOMEMLIMIT: '256MiB',
    })
  })
})
