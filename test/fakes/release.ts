import { readFileSync } from 'node:fs'
import type { UpgradeRequest } from '../../src/adapters/helm/arguments.ts'
import type {
  PreviousVersionSpec,
  Release,
  SmokeTestSpec,
  UpgradeDiff,
} from '../../src/adapters/kubernetes/release/release.ts'
import type { LogsAndEvents } from '../../src/adapters/kubernetes/rollout/evidence.ts'
import type { ExistingHookPods } from '../../src/adapters/kubernetes/rollout/hooks.ts'
import type { WatchFailure, WatchResult } from '../../src/adapters/kubernetes/rollout/watch-rollout.ts'
import type { UpgradeBaseline } from '../../src/adapters/kubernetes/rollout/watch-upgrade.ts'
import type { PreviousStart } from '../../src/adapters/kubernetes/smoke-test/previous-version.ts'
import type { SmokeTest } from '../../src/adapters/kubernetes/smoke-test/smoke-test.ts'
import type { OtherRelease } from '../../src/domain/registry/champion-release.ts'
import type { Revision } from '../../src/domain/release/revision-history.ts'
import type { RollbackObstacle } from '../../src/domain/release/rollback-target.ts'
import type { VerifiedRevision } from '../../src/domain/release/verified-revisions.ts'
import type { ProbeResponse } from '../../src/domain/rollout/golden-requests.ts'
import type { WorkloadStatus } from '../../src/domain/rollout/workload-status.ts'
import { fakeLeaseStore, fakeOutbox } from './lease-store.ts'
import { pod, workloadStatus } from './workload-status.ts'

export type FakeRelease = ReturnType<typeof fakeRelease>

/** A release in memory. Its pods are ready unless they serve one of the broken versions. */
export function fakeRelease(versions: readonly string[], broken: readonly string[] = []) {
  const revisions: (Revision & { version: string })[] = []
  const verifiedRevisions = new Map<number, VerifiedRevision>()
  const calls: string[] = []
  const obstacles = new Map<number, RollbackObstacle[]>()
  const add = (version: string, rollbackOf?: number) => {
    for (const each of revisions) each.status = 'superseded'
    const revision = (revisions.at(-1)?.revision ?? 0) + 1
    const isRollback = rollbackOf !== undefined
    revisions.push({ revision, updated: `t${revision}`, status: 'deployed', isRollback, rollbackOf, version })
  }
  const observation = (version: string) =>
    workloadStatus([
      pod({ name: `pod-${version}`, ready: !broken.includes(version), version, containers: [] }),
    ])
  const previousStart: PreviousStart = { kind: 'started', beside: true }
  /** The results of a smoke test. */
  const candidate: {
    refused?: WatchFailure
    end?: WatchFailure
    notes?: readonly string[]
    answer: (path: string) => ProbeResponse | WatchFailure
  } = { answer: () => ({ kind: 'response', status: 200, body: '{"label": 3}', durationMs: 7 }) }
  const release = {
    name: 'digits',
    lease: fakeLeaseStore(),
    outbox: fakeOutbox(),
    history: async () => revisions.map((each) => ({ ...each })),
    async readLive() {
      const deployed = revisions.findLast(({ status }) => status === 'deployed')
      if (!deployed) return undefined
      const { pods } = observation(deployed.version)
      return {
        revision: deployed.revision,
        releaseModel: 'fraud',
        releaseVersion: deployed.version,
        workload: 'deployment/digits',
        pods,
        rolloutComplete: pods.every(({ ready }) => ready),
        versionFrom: 'env:MODEL_VERSION',
      }
    },
    readVerifiedRevisions: async () => [...verifiedRevisions.values()],
    async recordVerifiedRevision(verified: VerifiedRevision) {
      calls.push(`verified ${verified.revision}`)
      verifiedRevisions.set(verified.revision, verified)
    },
    checkPermissions: async (): Promise<boolean> => true,
    readServerVersion: async () => 'v1.33.1',
    hasNamespace: async (): Promise<true | undefined> => true,
    async createNamespace(mode?: 'dry-run') {
      calls.push(`create namespace${mode ? `, ${mode}` : ''}`)
      return true
    },
    renderObjects: async ({ valuesFiles }: UpgradeRequest) => renderDeployment(readModel(valuesFiles)),
    async compare({ valuesFiles }: UpgradeRequest): Promise<UpgradeDiff> {
      const { version } = readModel(valuesFiles)
      const same = revisions.at(-1)?.version === version
      return {
        isUnchanged: same,
        predictedVersion: { kind: 'known', version },
        omitsReplicas: false,
        workload: 'deployment/digits',
      }
    },
    async startSmokeTest(
      _order: UpgradeRequest,
      { version, runId: run }: SmokeTestSpec,
    ): Promise<SmokeTest | WatchFailure> {
      calls.push(`smoke test ${version} of run ${run}`)
      return (
        candidate.refused ?? {
          kind: 'started',
          notes: candidate.notes ?? [],
          waitUntilReady: async () =>
            candidate.end ?? { kind: 'verified', observation: observation(version) },
          sendRequest: async ({ path }) => candidate.answer(path),
        }
      )
    },
    async startPreviousVersion(
      _request: UpgradeRequest,
      { version, candidate, revision }: PreviousVersionSpec,
    ): Promise<PreviousStart> {
      calls.push(`compare ${candidate} with ${version} of revision ${revision}`)
      return previousStart
    },
    async deleteSmokeTestPods(run?: string) {
      calls.push(`delete smoke test pods of run ${run}`)
    },
    async upgrade({ valuesFiles }: UpgradeRequest) {
      calls.push('upgrade')
      add(readModel(valuesFiles).version)
      return revisions.length
    },
    listOtherReleases: async (): Promise<OtherRelease[]> => [],
    async readModelVersion(revision: number) {
      return revisions.find((each) => each.revision === revision)?.version
    },
    /** By revision; a test adds some. */
    async findRollbackObstacles(revision: number): Promise<RollbackObstacle[]> {
      return obstacles.get(revision) ?? []
    },
    deleteStuckRollbacks: async (): Promise<number[]> => [],
    async rollback(revision: number) {
      calls.push(`rollback ${revision}`)
      add(revisions.find((each) => each.revision === revision)?.version ?? '', revision)
    },
    async uninstall() {
      calls.push('uninstall')
      revisions.length = 0
    },
    async watch(version: string | undefined, deadline: number): Promise<WatchResult> {
      calls.push(`watch ${version}`)
      const seen = observation(revisions.at(-1)?.version ?? '')
      // Verification needs more than one poll.
      if (deadline <= Date.now())
        return { kind: 'failed', observation: seen, diagnosis: { reason: 'Timeout', message: 'too late' } }
      if (seen.pods.every(({ ready }) => ready)) return { kind: 'verified', observation: seen }
      return {
        kind: 'failed',
        observation: seen,
        diagnosis: {
          reason: 'CrashLoopBackOff',
          pod: seen.pods[0]?.name ?? '',
          container: 'serve',
          exitCode: 3,
          message: 'Error',
        },
      }
    },
    async isHealthy(version: string | undefined, _revision?: number) {
      const { pods } = observation(revisions.findLast(({ status }) => status === 'deployed')?.version ?? '')
      return pods.every((each) => each.ready && (version === undefined || each.version === version))
    },
    watchUpgrade: (_before: UpgradeBaseline, _version: string, _deadline: number, ended: AbortSignal) =>
      new Promise<WatchFailure | undefined>((resolve) => {
        ended.addEventListener('abort', () => resolve(undefined))
      }),
    findExistingHookPods: async (): Promise<ExistingHookPods | undefined> => new Set(),
    observeHooks: async (_revision: number, _left: ExistingHookPods): Promise<WorkloadStatus[]> => [],
    async collectLogsAndEvents(): Promise<LogsAndEvents> {
      calls.push('evidence')
      const log = {
        pod: 'pod-8',
        container: 'serve',
        previous: false,
        text: 'loading\nUnpicklingError: invalid load key\npassword=hunter2 is wrong\n',
      }
      return { logs: [log], events: [], gaps: [] }
    },
    describeOtherWorkloads: async (): Promise<string[]> => [],
    close: () => void calls.push('close'),
  } satisfies Release
  for (const version of versions) add(version)
  return {
    release,
    calls,
    revisions,
    verifiedRevisions,
    obstacles,
    candidate,
    deployByOtherJob: (version: string) => add(version),
  }
}

/** What a chart renders that puts both model values into its pods. */
export function renderDeployment(model: { version: string; mlflowUri?: string }): string {
  const env = [
    { name: 'MODEL_VERSION', value: model.version },
    { name: 'MLFLOW_URI', value: model.mlflowUri ?? '' },
  ]
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'digits' },
    spec: { replicas: 1, template: { spec: { containers: [{ name: 'serve', image: 'digits:1', env }] } } },
  })
}

export function readModel(files: unknown): { version: string; mlflowUri?: string } {
  return JSON.parse(readFileSync(String((files as string[]).at(-1)), 'utf8')).model
}
