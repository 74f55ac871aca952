import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { buildSmokeTestPod, type SmokeTestPod, smokeTestSelector } from './smoke-test-pod.ts'

interface Shape {
  metadata: { name: string; namespace?: string; labels: Record<string, string>; annotations: object }
  spec: Record<string, unknown>
}
const names = {
  podName: 'fraud-smoke-test-8-bcdfg',
  release: 'fraud',
  runId: '77-1',
  activeDeadlineSeconds: 90,
}
const labels = {
  app: 'fraud',
  part: 'server',
  'azure.workload.identity/use': 'true',
  'app.kubernetes.io/managed-by': 'Helm',
}
const deployment = (template: object = {}, spec: object = {}, kind = 'Deployment') => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'fraud' },
  spec: {
    selector: { matchLabels: { app: 'fraud' } },
    ...spec,
    template: { metadata: { labels }, spec: { containers: [{ name: 'serve', image: 'x' }] }, ...template },
  },
})
const service = (selector: object, kind = 'Service') => ({
  kind,
  metadata: { name: 's' },
  spec: { selector },
})
const buildPod = (objects: readonly unknown[], kind = 'deployment', namespace?: string): SmokeTestPod =>
  buildSmokeTestPod(
    objects.map((each) => stringify(each)).join('---\n'),
    { kind, name: 'fraud', namespace },
    names,
  )
const pod = (...args: Parameters<typeof buildPod>) => buildPod(...args).object as unknown as Shape

const ownLabels = {
  'app.kubernetes.io/managed-by': 'retrain-actions',
  'retrain-actions.github.io/smoke-test': 'fraud',
  'retrain-actions.github.io/run-id': '77-1',
}
const preservedLabels = { 'azure.workload.identity/use': 'true' }

describe('the labels of the pod', () => {
  test.each<[string, readonly unknown[], object]>([
    ["lack the workload's own selector", [deployment()], { part: 'server' }],
    ["lack a Service's selector", [deployment(), service({ part: 'server' })], {}],
    [
      'lack the key of a match expression',
      [
        deployment(
          {},
          { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['fraud'] }] } },
        ),
      ],
      { part: 'server' },
    ],
    [
      'lack the keys of both forms of a selector',
      [
        deployment(
          {},
          {
            selector: {
              matchLabels: { app: 'fraud' },
              matchExpressions: [{ key: 'part', operator: 'Exists' }],
            },
          },
        ),
      ],
      {},
    ],
    [
      "lack a disruption budget's selector",
      [deployment(), service({ matchLabels: { part: 'server' } }, 'PodDisruptionBudget')],
      {},
    ],
    [
      "lack another workload's selector",
      [
        deployment(),
        { ...deployment({}, { selector: { matchLabels: { part: 'server' } } }), metadata: { name: 'other' } },
      ],
      {},
    ],
    [
      "keep a network policy's selector",
      [deployment(), { kind: 'NetworkPolicy', spec: { podSelector: { matchLabels: { part: 'server' } } } }],
      { part: 'server' },
    ],
    [
      'keep labels that no object selects',
      [deployment(), service({}), { kind: 'Service', spec: {} }, null],
      { part: 'server' },
    ],
  ])('%s', (_title, objects, others) => {
    expect(pod(objects).metadata.labels).toEqual({ ...preservedLabels, ...others, ...ownLabels })
  })

  test('are only our own if the template has none', () => {
    expect(pod([deployment({ metadata: null })]).metadata.labels).toEqual(ownLabels)
  })

  test('match the selector of the smoke test pods', () => {
    const { labels } = pod([deployment()]).metadata
    for (const selector of [smokeTestSelector('fraud'), smokeTestSelector('fraud', '77-1')])
      for (const [key = '', value] of selector.split(',').map((each) => each.split('=')))
        expect(labels[key]).toBe(value)
    expect(smokeTestSelector('fraud', '77-2')).not.toBe(smokeTestSelector('fraud', '77-1'))
  })
})

describe('the spec of the pod', () => {
  const spec = {
    serviceAccountName: 'model',
    terminationGracePeriodSeconds: 10,
    restartPolicy: 'Always',
    nodeSelector: { gpu: 'big' },
    readinessGates: [{ conditionType: 'target-health.elbv2.k8s.aws/x' }],
    initContainers: [
      { name: 'fetch', image: 'x' },
      { name: 'proxy', image: 'x', restartPolicy: 'Always' },
    ],
    containers: [
      {
        name: 'serve',
        image: 'x',
        env: [{ name: 'MODEL_VERSION', value: '8' }],
        ports: [{ name: 'http', containerPort: 8080 }, { containerPort: 9090 }],
        readinessProbe: { httpGet: { path: '/health', port: 'http' } },
      },
      { name: 'sidecar', image: 'z', ports: [{ name: 'metrics', containerPort: 9100 }] },
    ],
    volumes: [{ name: 'config', configMap: { name: 'fraud' } }],
  }

  test("is the template's, with a deadline and a readiness gate that never opens", () => {
    expect(pod([deployment({ spec })]).spec).toEqual({
      ...spec,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 90,
      readinessGates: [{ conditionType: 'retrain-actions.github.io/never-ready' }],
    })
  })

  test('names the ports of the containers', () => {
    expect([...buildPod([deployment({ spec })]).ports]).toEqual([
      ['http', 8080],
      ['metrics', 9100],
    ])
  })

  test("has an empty volume for a StatefulSet's PersistentVolumeClaim, and a note about it", () => {
    const claims = {
      volumeClaimTemplates: [{ metadata: { name: 'cache' } }, { metadata: { name: 'config' } }],
    }
    const { object, notes } = buildPod([deployment({ spec }, claims, 'StatefulSet')], 'statefulset')
    expect((object as unknown as Shape).spec.volumes).toEqual([
      ...spec.volumes,
      { name: 'cache', emptyDir: {} },
    ])
    expect(notes).toEqual([expect.stringContaining('an empty volume cache')])
  })

  test('is parsed as Kubernetes does: octal modes, and dates as text', () => {
    const text = stringify(deployment()).replace(
      '        - name: serve',
      '        - name: serve\n          args: [2026-01-02, 12:30]',
    )
    const volume =
      '      volumes:\n        - name: keys\n          secret: { secretName: k, defaultMode: 0400 }\n'
    const { object } = buildSmokeTestPod(
      text + volume,
      { kind: 'deployment', name: 'fraud', namespace: undefined },
      names,
    )
    const read = (object as unknown as Shape).spec as { volumes: unknown; containers: { args: unknown }[] }
    expect(read.volumes).toEqual([{ name: 'keys', secret: { secretName: 'k', defaultMode: 0o400 } }])
    expect(read.containers[0]?.args).toEqual(['2026-01-02', '12:30'])
  })
})

test('annotations of Helm and Prometheus are dropped, others are kept', () => {
  const annotations = {
    'helm.sh/hook': 'pre-upgrade',
    'prometheus.io/scrape': 'true',
    'sidecar.istio.io/inject': 'true',
    'checksum/config': 'abc',
  }
  expect(pod([deployment({ metadata: { labels, annotations } })]).metadata.annotations).toEqual({
    'sidecar.istio.io/inject': 'true',
    'checksum/config': 'abc',
  })
})

test('the pod has its own name and no owner', () => {
  const { metadata } = pod([deployment()])
  expect(metadata.name).toBe(names.podName)
  expect(Object.keys(metadata)).toEqual(['name', 'labels', 'annotations'])
})

test('the template is that of the serving workload', () => {
  const other = { ...deployment({ spec: { containers: [{ name: 'other' }] } }), metadata: { name: 'other' } }
  const daemon = deployment({ spec: { containers: [{ name: 'daemon' }] } }, {}, 'DaemonSet')
  expect(pod([other, daemon, deployment()]).spec.containers).toEqual([{ name: 'serve', image: 'x' }])
  expect(() => buildPod([other])).toThrow(/^Input verify: deployment\/fraud has no readable pod template/)
})

describe('a ConfigMap or Secret that the pod uses', () => {
  const config = (data: object, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', ...more },
    data,
  })
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { key: 'x' } }
  const container = { name: 'serve', envFrom: [{ secretRef: { name: 'keys' } }] }
  const volumes = [{ name: 'v', configMap: { name: 'settings' } }]
  const reader = deployment({ spec: { containers: [container], volumes } })
  const notes = (objects: readonly unknown[], before: readonly unknown[]) => {
    const [next, last] = [objects, before].map((all) => all.map((each) => stringify(each)).join('---\n'))
    return buildSmokeTestPod(
      next ?? '',
      { kind: 'deployment', name: 'fraud', namespace: undefined },
      names,
      last,
    ).notes
  }

  test('gets a note if only the rollout creates or changes it', () => {
    const expected = [expect.stringContaining('ConfigMap settings'), expect.stringContaining('Secret keys')]
    expect(notes([reader, config({ a: '1' }), secret], [])).toEqual(expected)
    expect(notes([reader, config({ a: '1' }), secret], [config({ a: '2' }), secret])).toEqual([expected[0]])
  })

  test('gets no note if it is unchanged, not in the release, or not used', () => {
    const before = config({ a: '1' }, { labels: { 'helm.sh/chart': 'fraud-1.0.0' } })
    expect(notes([reader, config({ a: '1' }), secret], [before, secret])).toEqual([])
    expect(notes([reader], [])).toEqual([])
    expect(notes([deployment(), config({ a: '1' })], [])).toEqual([])
  })
})
