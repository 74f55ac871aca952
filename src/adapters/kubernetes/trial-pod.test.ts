import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type TrialPod, trialPod, trialsOf } from './trial-pod.ts'

interface Shape {
  metadata: { name: string; namespace?: string; labels: Record<string, string>; annotations: object }
  spec: Record<string, unknown>
}
const names = { pod: 'fraud-verify-8-bcdfg', release: 'fraud', run: '77-1', seconds: 90 }
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
const made = (objects: readonly unknown[], kind = 'deployment', namespace?: string): TrialPod =>
  trialPod(objects.map((each) => stringify(each)).join('---\n'), { kind, name: 'fraud', namespace }, names)
const pod = (...args: Parameters<typeof made>) => made(...args).object as unknown as Shape

const own = {
  'app.kubernetes.io/managed-by': 'retrain-actions',
  'retrain-actions/verify': 'fraud',
  'retrain-actions/run': '77-1',
}
const kept = { 'azure.workload.identity/use': 'true' }

describe('its labels', () => {
  test.each<[string, readonly unknown[], object]>([
    ["lack the workload's own selector", [deployment()], { part: 'server' }],
    ["lack a Service's selector", [deployment(), service({ part: 'server' })], {}],
    [
      'lack what an expression looks at',
      [
        deployment(
          {},
          { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['fraud'] }] } },
        ),
      ],
      { part: 'server' },
    ],
    [
      'lack those of both forms of a selector',
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
      "lack a disruption budget's",
      [deployment(), service({ matchLabels: { part: 'server' } }, 'PodDisruptionBudget')],
      {},
    ],
    [
      'lack what another workload of the release looks for',
      [
        deployment(),
        { ...deployment({}, { selector: { matchLabels: { part: 'server' } } }), metadata: { name: 'other' } },
      ],
      {},
    ],
    [
      'keep what a network policy looks for',
      [deployment(), { kind: 'NetworkPolicy', spec: { podSelector: { matchLabels: { part: 'server' } } } }],
      { part: 'server' },
    ],
    [
      'keep what nobody looks for',
      [deployment(), service({}), { kind: 'Service', spec: {} }, null],
      { part: 'server' },
    ],
  ])('%s', (_title, objects, others) => {
    expect(pod(objects).metadata.labels).toEqual({ ...kept, ...others, ...own })
  })

  test('are ours alone where the template has none', () => {
    expect(pod([deployment({ metadata: null })]).metadata.labels).toEqual(own)
  })

  test('are those by which it is found again', () => {
    const { labels } = pod([deployment()]).metadata
    for (const selector of [trialsOf('fraud'), trialsOf('fraud', '77-1')])
      for (const [key = '', value] of selector.split(',').map((each) => each.split('=')))
        expect(labels[key]).toBe(value)
    expect(trialsOf('fraud', '77-2')).not.toBe(trialsOf('fraud', '77-1'))
  })
})

describe('its spec', () => {
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

  test("is the template's, but ends by itself and is never ready to a Service", () => {
    expect(pod([deployment({ spec })]).spec).toEqual({
      ...spec,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 90,
      readinessGates: [{ conditionType: 'retrain-actions/never' }],
    })
  })

  test('tells the ports that containers name', () => {
    expect([...made([deployment({ spec })]).ports]).toEqual([
      ['http', 8080],
      ['metrics', 9100],
    ])
  })

  test("has an empty volume for a StatefulSet's claim, and says so", () => {
    const claims = {
      volumeClaimTemplates: [{ metadata: { name: 'cache' } }, { metadata: { name: 'config' } }],
    }
    const { object, notes } = made([deployment({ spec }, claims, 'StatefulSet')], 'statefulset')
    expect((object as unknown as Shape).spec.volumes).toEqual([
      ...spec.volumes,
      { name: 'cache', emptyDir: {} },
    ])
    expect(notes).toEqual([expect.stringContaining('an empty volume cache')])
  })

  test('is read as Kubernetes reads it: octal modes, and dates as texts', () => {
    const text = stringify(deployment()).replace(
      '        - name: serve',
      '        - name: serve\n          args: [2026-01-02, 12:30]',
    )
    const volume =
      '      volumes:\n        - name: keys\n          secret: { secretName: k, defaultMode: 0400 }\n'
    const { object } = trialPod(
      text + volume,
      { kind: 'deployment', name: 'fraud', namespace: undefined },
      names,
    )
    const read = (object as unknown as Shape).spec as { volumes: unknown; containers: { args: unknown }[] }
    expect(read.volumes).toEqual([{ name: 'keys', secret: { secretName: 'k', defaultMode: 0o400 } }])
    expect(read.containers[0]?.args).toEqual(['2026-01-02', '12:30'])
  })
})

test("annotations of Helm and of Prometheus's are not taken over, others are", () => {
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

test('its name is ours, and it has no owner', () => {
  const { metadata } = pod([deployment()])
  expect(metadata.name).toBe(names.pod)
  expect(Object.keys(metadata)).toEqual(['name', 'labels', 'annotations'])
})

test('the workload that serves is taken, not another one', () => {
  const other = { ...deployment({ spec: { containers: [{ name: 'other' }] } }), metadata: { name: 'other' } }
  const daemon = deployment({ spec: { containers: [{ name: 'daemon' }] } }, {}, 'DaemonSet')
  expect(pod([other, daemon, deployment()]).spec.containers).toEqual([{ name: 'serve', image: 'x' }])
  expect(() => made([other])).toThrow(/^Input verify: deployment\/fraud has no pod template/)
})

describe('a ConfigMap or Secret that the pod names', () => {
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
    return trialPod(next ?? '', { kind: 'deployment', name: 'fraud', namespace: undefined }, names, last)
      .notes
  }

  test('and that only the rollout brings, or changes, is told', () => {
    const told = [expect.stringContaining('ConfigMap settings'), expect.stringContaining('Secret keys')]
    expect(notes([reader, config({ a: '1' }), secret], [])).toEqual(told)
    expect(notes([reader, config({ a: '1' }), secret], [config({ a: '2' }), secret])).toEqual([told[0]])
  })

  test('is nothing to tell of where it stays as it is, is not of the release, or is named by nobody', () => {
    const before = config({ a: '1' }, { labels: { 'helm.sh/chart': 'fraud-1.0.0' } })
    expect(notes([reader, config({ a: '1' }), secret], [before, secret])).toEqual([])
    expect(notes([reader], [])).toEqual([])
    expect(notes([deployment(), config({ a: '1' })], [])).toEqual([])
  })
})
