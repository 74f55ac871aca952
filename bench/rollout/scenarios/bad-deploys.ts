import { waitForNewPod } from '../observe.ts'
import { CHART, RELEASE, type TrialNamespace } from '../trial-namespace.ts'
import type { FailureScenario } from './scenario.ts'

const CRASH_SCRIPT = 'echo loading; echo "no module named pandas" >&2; exit 3'
const CRASH_PATTERN = /pandas|exit code|CrashLoop|back-?off/i
const MISSING_MODEL_SCRIPT = 'echo "version 2 has no MLmodel file" >&2; exit 2'
const SLEEP_ONE_HOUR = 'sleep 3600'
const SERVE_DESPITE_SIGTERM = "trap '' TERM; touch /tmp/ready; while :; do sleep 1; done"

const crashDefaults = {
  timeout: '60s',
  newValues: { serve: CRASH_SCRIPT },
  causePattern: CRASH_PATTERN,
}

/** Deployments that must be rolled back. */
export const BAD_DEPLOYS: readonly FailureScenario[] = [
  {
    ...crashDefaults,
    name: 'crash-loop-5m',
    description: 'server crashes at once, timeout 5 m',
    timeout: '5m',
  },
  {
    name: 'init-exits-5m',
    description: 'init container finds no model, timeout 5 m',
    timeout: '5m',
    newValues: { init: MISSING_MODEL_SCRIPT },
    causePattern: /MLmodel|exit code|CrashLoop|fetch-model/i,
  },
  { ...crashDefaults, name: 'crash-loop', description: 'server crashes at once' },
  {
    name: 'init-exits',
    description: 'init container finds no model',
    timeout: '60s',
    newValues: { init: MISSING_MODEL_SCRIPT },
    causePattern: /MLmodel|exit code|CrashLoop|fetch-model/i,
  },
  {
    name: 'crash-late',
    description: 'server crashes after 5 s of loading',
    timeout: '60s',
    newValues: { serve: 'echo loading; sleep 5; echo "weights are truncated" >&2; exit 1' },
    causePattern: /truncated|exit code|CrashLoop|back-?off/i,
  },
  {
    name: 'out-of-memory',
    description: 'model does not fit into the memory limit',
    timeout: '60s',
    newValues: { serve: `echo loading; exec python3 -c 'b"x" * (200 << 20)'` },
    causePattern: /OOM|memory|137/i,
  },
  {
    name: 'image-missing',
    description: 'image is not in the registry',
    timeout: '60s',
    newValues: async ({ images }) => ({ image: images.missingImage(), pullPolicy: 'IfNotPresent' }),
    causePattern: /image|pull/i,
  },
  {
    name: 'image-invalid',
    description: 'image name is none',
    timeout: '60s',
    newValues: { image: 'Retrain Actions::1' },
    causePattern: /image|invalid reference/i,
  },
  {
    name: 'secret-missing',
    description: 'Secret is missing',
    timeout: '60s',
    newValues: { secret: 'not-there' },
    causePattern: /secret|CreateContainerConfig/i,
  },
  {
    name: 'never-ready',
    description: 'server runs and never becomes ready',
    timeout: '60s',
    newValues: { serve: `echo "waiting for features" >&2; exec ${SLEEP_ONE_HOUR}` },
    causePattern: /readiness|features|not ready.*probe/i,
  },
  {
    name: 'liveness-kills',
    description: 'liveness probe kills it while it loads',
    timeout: '60s',
    newValues: {
      serve: `echo loading; trap 'exit 143' TERM; sleep 30 & wait; touch /tmp/ready; ${SLEEP_ONE_HOUR}`,
      liveness: 'test -f /tmp/ready',
    },
    causePattern: /liveness|143|CrashLoop|back-?off/i,
  },
  {
    name: 'quota',
    description: 'quota leaves no room for a second pod',
    timeout: '60s',
    prepare: (cluster) => cluster.apply(createQuota(1)),
    causePattern: /quota/i,
  },
  {
    name: 'unschedulable',
    description: 'no node fits',
    timeout: '60s',
    newValues: async ({ nodeLabel }) => ({ nodeSelector: { [nodeLabel]: 'yes' } }),
    causePattern: /node|schedul/i,
  },
  {
    name: 'sidecar-crashes',
    description: 'sidecar crashes, the server is fine',
    timeout: '60s',
    newValues: { sidecar: 'echo "port 9000 is taken" >&2; exit 1' },
    causePattern: /sidecar|port 9000|exit code|CrashLoop|back-?off/i,
  },
  {
    name: 'hook-fails',
    description: 'pre-upgrade hook fails',
    timeout: '60s',
    newValues: { hook: 'echo "migration 7 failed" >&2; exit 1' },
    causePattern: /hook|migration/i,
  },
  {
    ...crashDefaults,
    name: 'hook-hangs',
    description: 'server crashes, and a post-upgrade hook waits for it',
    newValues: { serve: CRASH_SCRIPT, hook: SLEEP_ONE_HOUR, hookOn: 'post-upgrade' },
  },
  {
    name: 'wrong-version',
    description: 'pods are ready, and serve another version than asked for',
    timeout: '60s',
    baseValues: {
      serve: `cd /tmp; echo '{"version": "1"}' > health; touch ready; exec python3 -m http.server 8080`,
    },
    inputs: { 'version-from': 'http:8080/health#version' },
    causePattern: /version 1|WrongVersion/i,
  },
  {
    name: 'dies-soon',
    description: 'ready for 6 s, then crashes (`minReadySeconds: 15`)',
    timeout: '60s',
    baseValues: { minReadySeconds: 15 },
    newValues: { serve: 'touch /tmp/ready; sleep 6; echo "cache is corrupt" >&2; exit 1' },
    causePattern: /corrupt|exit code|CrashLoop|back-?off/i,
  },
  {
    ...crashDefaults,
    name: 'max-unavailable',
    description: 'server crashes, 1 replica with `maxUnavailable: 1`',
    baseValues: { maxUnavailable: 1 },
  },
  {
    ...crashDefaults,
    name: 'failed-before',
    description: 'server crashes, after an earlier try that failed and was rolled back',
    prepare: failOnceBefore,
  },
  {
    ...crashDefaults,
    name: 'rollback-0',
    description: 'server crashes, and the pipeline goes on to `helm rollback 0`',
    onFailure: 'rollback',
  },
  {
    ...crashDefaults,
    name: 'first-install',
    description: 'first install, server crashes',
    isFirstInstall: true,
  },
  {
    name: 'evicted',
    description: 'node evicts the new pod',
    timeout: '60s',
    // The kubelet would overwrite the status of a pod that it runs.
    newValues: async ({ nodeLabel }) => ({ nodeSelector: { [nodeLabel]: 'yes' } }),
    during: evictNewPod,
    causePattern: /evicted|low on resource/i,
  },
  {
    name: 'terminating',
    description: 'old pod does not end for 90 s (strategy `Recreate`)',
    timeout: '60s',
    baseValues: { recreate: true, gracePeriod: 90, serve: SERVE_DESPITE_SIGTERM },
    causePattern: /being deleted|terminating/i,
  },
  {
    name: 'volume-missing',
    description: 'Secret of a volume is missing',
    timeout: '60s',
    newValues: { volumeSecret: 'not-there' },
    causePattern: /secret|FailedMount/i,
  },
  {
    name: 'job-in-the-way',
    description: 'Job that is no hook changes with the version',
    timeout: '60s',
    baseValues: { job: 'echo "$MODEL_VERSION"' },
    causePattern: /immutable/i,
  },
  {
    ...crashDefaults,
    name: 'api-gone',
    description: 'server crashes, and the API version of an object of version 1 is gone',
    setUp: (cluster) => applyDefinition(cluster, ['v1beta1', 'v1']),
    baseValues: { objects: createGadget('v1beta1') },
    prepare: (cluster) => applyDefinition(cluster, ['v1']),
    newValues: { serve: CRASH_SCRIPT, objects: createGadget('v1') },
    causePattern: /no matches for kind|v1beta1|pandas|CrashLoop/i,
    cleanUp: ({ kubectl, namespace }) => kubectl('delete', 'crd', `gadgets.${namespace}.example.com`),
  },
  {
    name: 'mlflow-unreachable',
    description: 'server loads its model itself, and MLflow does not answer',
    timeout: '60s',
    newValues: {
      serve: `echo loading; exec python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:9/")'`,
    },
    causePattern: /refused|exit code|CrashLoop|back-?off/i,
  },
  {
    name: 'wrong-architecture',
    description: 'image is for another architecture',
    timeout: '60s',
    newValues: {
      serve: String.raw`printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0\1\0\0\0' > /tmp/server; chmod +x /tmp/server; exec /tmp/server`,
    },
    causePattern: /exec format|exit code|CrashLoop|back-?off/i,
  },
  {
    name: 'cancelled',
    description: 'job cancelled while new pods start',
    timeout: '60s',
    newValues: { serve: SLEEP_ONE_HOUR },
    causePattern: /cancelled/i,
    cancelAfterMs: 5000,
  },
]

/** Ends the first new pod as the kubelet does on a node without memory. */
async function evictNewPod(cluster: TrialNamespace): Promise<void> {
  await waitForNewPod(cluster)
  const pod = await cluster.kubectl('get', 'pods', '--selector', 'model-version=2', '--output', 'name')
  const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }
  const name = pod.trim().split('\n')[0] ?? ''
  await cluster.kubectl('patch', name, '--subresource', 'status', '--patch', JSON.stringify({ status }))
}

/** A CustomResourceDefinition that only this trial uses, with these versions. */
async function applyDefinition(
  { kubectl, namespace, apply }: TrialNamespace,
  versions: readonly string[],
): Promise<void> {
  const group = `${namespace}.example.com`
  const name = `gadgets.${group}`
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  await apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget' },
      versions: versions.map((version) => ({
        name: version,
        served: true,
        storage: version === 'v1',
        schema,
      })),
    },
  })
  await kubectl('wait', `crd/${name}`, '--for', 'condition=Established', '--timeout', '60s')
}

/** A template of an object of that definition. */
function createGadget(version: string): string {
  const apiVersion = `{{ .Release.Namespace }}.example.com/${version}`
  return JSON.stringify({ apiVersion, kind: 'Gadget', metadata: { name: 'gadget' } })
}

/** Limits the number of pods in a namespace. */
export function createQuota(pods: number): object {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'bench' },
    spec: { hard: { pods: String(pods) } },
  }
}

/** Leaves the history [version 1, version 2 failed, rollback to version 1]. */
async function failOnceBefore({ helm }: TrialNamespace): Promise<void> {
  const changed = ['--set-json', `serve=${JSON.stringify(CRASH_SCRIPT)}`, '--set-string', 'model.version=2']
  const succeeded = await helm(
    'upgrade',
    RELEASE,
    CHART,
    '--reuse-values',
    ...changed,
    '--wait',
    '--timeout',
    '3s',
  ).then(
    () => true,
    () => false,
  )
  if (succeeded) throw new Error('a deployment whose server crashes succeeded')
  await helm('rollback', RELEASE, '1', '--wait', '--timeout', '60s')
}
