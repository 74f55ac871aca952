import { readFileSync } from 'node:fs'
import type { UpgradeOrder } from '../../src/adapters/helm/arguments.ts'
import type { Traces } from '../../src/adapters/kubernetes/evidence.ts'
import type { HookPodsLeft } from '../../src/adapters/kubernetes/hooks.ts'
import { leaseIn } from '../../src/adapters/kubernetes/lease.ts'
import type { Change, Release, TrialAim } from '../../src/adapters/kubernetes/release.ts'
import type { Trial } from '../../src/adapters/kubernetes/trial.ts'
import type { BeforeHelm } from '../../src/adapters/kubernetes/under-helm.ts'
import type { WatchEnd, WatchFailed } from '../../src/adapters/kubernetes/watch.ts'
import type { Revision } from '../../src/domain/history.ts'
import type { Lease } from '../../src/domain/lease.ts'
import type { Mark } from '../../src/domain/marks.ts'
import type { Observation } from '../../src/domain/rollout.ts'
import type { Heard } from '../../src/domain/verify.ts'
import { look, pod } from './rollout.ts'

export type FakeRelease = ReturnType<typeof releaseWith>

/** A release in memory whose pods serve a version unless it is one of the broken ones. */
export function releaseWith(versions: readonly string[], broken: readonly string[] = []) {
  const revisions: (Revision & { version: string })[] = []
  const marks = new Map<number, Mark>()
  const calls: string[] = []
  const add = (version: string, description = 'Upgrade complete') => {
    for (const each of revisions) each.status = 'superseded'
    const revision = (revisions.at(-1)?.revision ?? 0) + 1
    revisions.push({ revision, updated: `t${revision}`, status: 'deployed', chart: '', description, version })
  }
  const observation = (version: string) =>
    look([pod({ name: `pod-${version}`, ready: !broken.includes(version), version, containers: [] })])
  let held: string | undefined
  /** What becomes of a candidate's pod beside the release. */
  const candidate: {
    refused?: WatchFailed
    end?: WatchFailed
    notes?: readonly string[]
    answer: (path: string) => Heard | WatchFailed
  } = { answer: () => ({ kind: 'answer', status: 200, body: '{"label": 3}', milliseconds: 7 }) }
  const release = {
    name: 'digits',
    lease: {
      // As text, like the real one: what its schema does not know is lost on the way.
      read: async () => leaseIn(held),
      async swap(before: Lease | undefined, next: Lease | undefined) {
        if (leaseIn(held)?.id !== before?.id) return false
        held = next && JSON.stringify(next)
        return true
      },
    },
    history: async () => revisions.map((each) => ({ ...each })),
    async live() {
      const deployed = revisions.findLast(({ status }) => status === 'deployed')
      if (!deployed) return undefined
      const { pods } = observation(deployed.version)
      return {
        revision: deployed.revision,
        releaseModel: 'fraud',
        releaseVersion: deployed.version,
        workload: 'deployment/digits',
        pods,
        settled: pods.every(({ ready }) => ready),
        proof: 'env:MODEL_VERSION',
      }
    },
    marks: async () => [...marks.values()],
    async mark(mark: Mark) {
      calls.push(`mark ${mark.revision}`)
      marks.set(mark.revision, mark)
    },
    checkRights: async () => undefined,
    async compare({ valuesFiles }: UpgradeOrder): Promise<Change> {
      const { version } = readModel(valuesFiles)
      const same = revisions.at(-1)?.version === version
      return { same, foretold: { kind: 'named', version }, leavesReplicas: false }
    },
    async trial(_order: UpgradeOrder, { version, run }: TrialAim): Promise<Trial | WatchFailed> {
      calls.push(`trial ${version} of run ${run}`)
      return (
        candidate.refused ?? {
          kind: 'begun',
          notes: candidate.notes ?? [],
          up: async () => candidate.end ?? { kind: 'proven', observation: observation(version) },
          ask: async ({ path }) => candidate.answer(path),
        }
      )
    },
    async endTrials(run?: string) {
      calls.push(`end trials of run ${run}`)
    },
    async upgrade({ valuesFiles }: UpgradeOrder) {
      calls.push('upgrade')
      add(readModel(valuesFiles).version)
      return revisions.length
    },
    async versionIn(revision: number) {
      return revisions.find((each) => each.revision === revision)?.version
    },
    async rollback(revision: number) {
      calls.push(`rollback ${revision}`)
      add(revisions.find((each) => each.revision === revision)?.version ?? '', `Rollback to ${revision}`)
    },
    async uninstall() {
      calls.push('uninstall')
      revisions.length = 0
    },
    async watch(version: string | undefined, deadline: number): Promise<WatchEnd> {
      calls.push(`watch ${version}`)
      const seen = observation(revisions.at(-1)?.version ?? '')
      // Proof takes more than one look.
      if (deadline <= Date.now())
        return { kind: 'failed', observation: seen, diagnosis: { reason: 'Timeout', said: 'too late' } }
      if (seen.pods.every(({ ready }) => ready)) return { kind: 'proven', observation: seen }
      return {
        kind: 'failed',
        observation: seen,
        diagnosis: {
          reason: 'CrashLoopBackOff',
          pod: seen.pods[0]?.name ?? '',
          container: 'serve',
          exitCode: 3,
          said: 'Error',
        },
      }
    },
    async isFoundGood(version: string | undefined, _revision?: number) {
      const { pods } = observation(revisions.findLast(({ status }) => status === 'deployed')?.version ?? '')
      return pods.every((each) => each.ready && (version === undefined || each.version === version))
    },
    watchUnderHelm: (_before: BeforeHelm, _version: string, _deadline: number, ended: AbortSignal) =>
      new Promise<WatchFailed | undefined>((resolve) => {
        ended.addEventListener('abort', () => resolve(undefined))
      }),
    hookPods: async (): Promise<HookPodsLeft | undefined> => new Set(),
    hooks: async (_revision: number, _left: HookPodsLeft): Promise<Observation[]> => [],
    async traces(): Promise<Traces> {
      calls.push('evidence')
      const log = {
        pod: 'pod-8',
        container: 'serve',
        previous: false,
        text: 'loading\npassword=hunter2 is wrong\n',
      }
      return { logs: [log], events: [], gaps: [] }
    },
    bystanders: async (): Promise<string[]> => [],
    apiServer: async () => ({ address: 'https://10.0.0.1:6443', context: 'ci' }),
    close: () => void calls.push('close'),
  } satisfies Release
  for (const version of versions) add(version)
  return { release, calls, revisions, marks, candidate, deployElsewhere: (version: string) => add(version) }
}

function readModel(files: unknown): { version: string } {
  return JSON.parse(readFileSync(String((files as string[]).at(-1)), 'utf8')).model
}
