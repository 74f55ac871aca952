import type { Failure } from './scenario.ts'
import { CHART, RELEASE, type Site } from './site.ts'

const CRASH = 'echo loading; echo "no module named pandas" >&2; exit 3'
const CRASHED = /pandas|exit code|CrashLoop|back-?off/i
const NOTHING_FETCHED = 'echo "version 2 has no MLmodel file" >&2; exit 2'
const HOUR = 'sleep 3600'

const crashing = {
  timeout: '60s',
  changed: { serve: CRASH },
  cause: CRASHED,
}

/** Deployments that must not stay. */
export const BAD_DEPLOYS: readonly Failure[] = [
  {
    ...crashing,
    name: 'crash-loop-5m',
    what: 'server crashes at once, timeout 5 m',
    timeout: '5m',
  },
  {
    name: 'init-exits-5m',
    what: 'init container finds no model, timeout 5 m',
    timeout: '5m',
    changed: { init: NOTHING_FETCHED },
    cause: /MLmodel|exit code|CrashLoop|fetch-model/i,
  },
  { ...crashing, name: 'crash-loop', what: 'server crashes at once' },
  {
    name: 'init-exits',
    what: 'init container finds no model',
    timeout: '60s',
    changed: { init: NOTHING_FETCHED },
    cause: /MLmodel|exit code|CrashLoop|fetch-model/i,
  },
  {
    name: 'crash-late',
    what: 'server crashes after 5 s of loading',
    timeout: '60s',
    changed: { serve: 'echo loading; sleep 5; echo "weights are truncated" >&2; exit 1' },
    cause: /truncated|exit code|CrashLoop|back-?off/i,
  },
  {
    name: 'out-of-memory',
    what: 'model does not fit into the memory limit',
    timeout: '60s',
    changed: { serve: `echo loading; exec python3 -c 'b"x" * (200 << 20)'` },
    cause: /OOM|memory|137/i,
  },
  {
    name: 'image-missing',
    what: 'image is not in the registry',
    timeout: '60s',
    changed: async ({ images }) => ({ image: images.missing(), pullPolicy: 'IfNotPresent' }),
    cause: /image|pull/i,
  },
  {
    name: 'image-invalid',
    what: 'image name is none',
    timeout: '60s',
    changed: { image: 'Retrain Actions::1' },
    cause: /image|invalid reference/i,
  },
  {
    name: 'secret-missing',
    what: 'Secret is missing',
    timeout: '60s',
    changed: { secret: 'not-there' },
    cause: /secret|CreateContainerConfig/i,
  },
  {
    name: 'never-ready',
    what: 'server runs and never becomes ready',
    timeout: '60s',
    changed: { serve: `echo "waiting for features" >&2; exec ${HOUR}` },
    cause: /readiness|features|not ready.*probe/i,
  },
  {
    name: 'liveness-kills',
    what: 'liveness probe kills it while it loads',
    timeout: '60s',
    changed: {
      serve: `echo loading; trap 'exit 143' TERM; sleep 30 & wait; touch /tmp/ready; ${HOUR}`,
      liveness: 'test -f /tmp/ready',
    },
    cause: /liveness|143|CrashLoop|back-?off/i,
  },
  {
    name: 'quota',
    what: 'quota leaves no room for a second pod',
    timeout: '60s',
    prepare: (site) => site.apply(quota(1)),
    cause: /quota/i,
  },
  {
    name: 'unschedulable',
    what: 'no node fits',
    timeout: '60s',
    changed: async ({ nodeLabel }) => ({ nodeSelector: { [nodeLabel]: 'yes' } }),
    cause: /node|schedul/i,
  },
  {
    name: 'sidecar-crashes',
    what: 'sidecar crashes, the server is fine',
    timeout: '60s',
    changed: { sidecar: 'echo "port 9000 is taken" >&2; exit 1' },
    cause: /sidecar|port 9000|exit code|CrashLoop|back-?off/i,
  },
  {
    name: 'hook-fails',
    what: 'pre-upgrade hook fails',
    timeout: '60s',
    changed: { hook: 'echo "migration 7 failed" >&2; exit 1' },
    cause: /hook|migration/i,
  },
  {
    ...crashing,
    name: 'hook-hangs',
    what: 'server crashes, and a post-upgrade hook waits for it',
    changed: { serve: CRASH, hook: HOUR, hookOn: 'post-upgrade' },
  },
  {
    name: 'wrong-version',
    what: 'pods are ready, and serve another version than asked for',
    timeout: '60s',
    usual: {
      serve: `cd /tmp; echo '{"version": "1"}' > health; touch ready; exec python3 -m http.server 8080`,
    },
    inputs: { 'version-from': 'http:8080/health#version' },
    cause: /version 1|WrongVersion/i,
  },
  {
    name: 'dies-soon',
    what: 'ready for 6 s, then crashes (`minReadySeconds: 15`)',
    timeout: '60s',
    usual: { minReadySeconds: 15 },
    changed: { serve: 'touch /tmp/ready; sleep 6; echo "cache is corrupt" >&2; exit 1' },
    cause: /corrupt|exit code|CrashLoop|back-?off/i,
  },
  {
    ...crashing,
    name: 'max-unavailable',
    what: 'server crashes, 1 replica with `maxUnavailable: 1`',
    usual: { maxUnavailable: 1 },
  },
  {
    ...crashing,
    name: 'failed-before',
    what: 'server crashes, after an earlier try that failed and was rolled back',
    prepare: failBefore,
  },
  {
    ...crashing,
    name: 'rollback-0',
    what: 'server crashes, and the pipeline goes on to `helm rollback 0`',
    afterwards: 'rollback',
  },
  { ...crashing, name: 'first-install', what: 'first install, server crashes', first: true },
  {
    name: 'cancelled',
    what: 'job cancelled while new pods start',
    timeout: '60s',
    changed: { serve: HOUR },
    cause: /cancelled/i,
    cancelled: 5000,
  },
]

/** A namespace may have so many pods. */
export function quota(pods: number): object {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'bench' },
    spec: { hard: { pods: String(pods) } },
  }
}

/** Leaves the history [version 1, version 2 failed, rollback to version 1]. */
async function failBefore({ helm }: Site): Promise<void> {
  const changed = ['--set-json', `serve=${JSON.stringify(CRASH)}`, '--set-string', 'model.version=2']
  const cameUp = await helm(
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
  if (cameUp) throw new Error('a deployment whose server crashes came up')
  await helm('rollback', RELEASE, '1', '--wait', '--timeout', '60s')
}
