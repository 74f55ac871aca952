import { setTimeout as sleep } from 'node:timers/promises'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { Case } from './cases.ts'
import type { Harness } from './harness.ts'

/** The state of a case in the registry, Helm and the cluster. Except for the MLflow client, it is read without product code. */
export interface SystemState {
  champion: string | undefined
  /** The registered versions. */
  versions: readonly {
    number: string
    runId: string
    quarantineReason: string | undefined
    quarantinedAt: string | undefined
  }[]
  revisions: readonly { revision: number; status: string; description: string }[]
  /** `model.version` in the values of the deployed revision. */
  releasedVersion: string | undefined
  pods: readonly { name: string; ready: boolean; version: string | undefined }[]
  /** The holder of the lease, or the unfinished operation that it records. */
  lease: string | undefined
  pendingTags: string | undefined
  verifiedRevisions: readonly { revision: number; version: string }[]
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string }
  spec: { containers: { env?: { name: string; value?: string }[] }[] }
  status: { conditions?: { type: string; status: string }[] }
}

export async function readState(harness: Harness, { release, model, helm }: Case): Promise<SystemState> {
  const readStateObject = (kind: string) =>
    harness.kubectl('get', kind, `retrain-actions.${release}`, '--ignore-not-found', '--output', 'json')
  const [registered, versions, history, podList, configMap, lease] = await Promise.all([
    harness.mlflow.getModel(model),
    harness.mlflow.listVersions(model),
    harness.helm(helm, 'history', release, '--max', '100', '--output', 'json').catch(() => '[]'),
    harness.kubectl('get', 'pods', '--selector', `app=${release}`, '--output', 'json'),
    readStateObject('configmap'),
    readStateObject('lease'),
  ])
  const revisions = JSON.parse(history) as SystemState['revisions']
  const deployed = revisions.findLast(({ status }) => status === 'deployed')?.revision
  const values =
    deployed === undefined
      ? undefined
      : JSON.parse(
          await harness.helm(
            helm,
            'get',
            'values',
            release,
            '--revision',
            String(deployed),
            '--output',
            'json',
          ),
        )
  const data: Record<string, string> = configMap === '' ? {} : (JSON.parse(configMap).data ?? {})
  const verifiedRevisions = Object.entries(data)
    .filter(([key]) => /^revision\.\d+$/.test(key))
    .map(([, text]) => JSON.parse(text) as SystemState['verifiedRevisions'][number])
  return {
    champion: registered?.aliases.get('champion'),
    versions: versions.map(({ number, runId, tags }) => ({
      number,
      runId,
      quarantineReason: tags[versionTags.quarantined],
      quarantinedAt: tags[versionTags.quarantinedAt],
    })),
    revisions,
    releasedVersion: values?.model?.version,
    pods: (JSON.parse(podList).items as Pod[])
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata, spec, status }) => ({
        name: metadata.name,
        ready: (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
        version: spec.containers.flatMap(({ env = [] }) => env).find(({ name }) => name === 'MODEL_VERSION')
          ?.value,
      })),
    lease: describeUnreleasedLease(lease),
    pendingTags: data['pending-tags'],
    verifiedRevisions,
  }
}

interface LeaseObject {
  metadata: { annotations?: Record<string, string> }
  spec: { holderIdentity?: string }
}

function describeUnreleasedLease(text: string): string | undefined {
  if (text === '') return undefined
  const { metadata, spec } = JSON.parse(text) as LeaseObject
  return spec.holderIdentity || metadata.annotations?.['retrain-actions.github.io/operation']
}

/** Checks the final state: alias, release and pods agree, no lease is held, and all pods are ready. */
export function findInconsistencies(state: SystemState): string[] {
  const { champion, releasedVersion: released, pods } = state
  return onlyMessages([
    champion === undefined && 'the model has no champion',
    champion !== released && `champion is ${champion}, but the release has ${released}`,
    ...pods.map(
      ({ name, version }) =>
        version !== champion && `pod ${name} serves ${version}, but the champion is ${champion}`,
    ),
    ...findUnfinishedWork(state),
  ])
}

/** Checks the state after the post steps of a job: the release is verified, ready and unlocked. */
export function findUnfinishedWork(state: SystemState): string[] {
  const { pods, revisions, lease, pendingTags, verifiedRevisions } = state
  const last = revisions.at(-1)
  const deployed = revisions.findLast(({ status }) => status === 'deployed')?.revision
  return onlyMessages([
    pods.length === 0 && 'no pod serves',
    ...pods.map(({ name, ready }) => !ready && `pod ${name} is not ready`),
    // An older pending revision keeps its status and does not lock the release.
    last && last.status !== 'deployed' && `the last revision, ${last.revision}, is ${last.status}`,
    deployed !== undefined &&
      !verifiedRevisions.some(({ revision }) => revision === deployed) &&
      `revision ${deployed} is deployed, and is not verified`,
    lease !== undefined && `a lease is left: ${lease}`,
    pendingTags !== undefined && `failure tags are pending: ${pendingTags}`,
  ])
}

function onlyMessages(candidates: readonly (string | false | undefined)[]): string[] {
  return candidates.filter((each) => typeof each === 'string')
}

/** Checks what holds at any time, even after an interruption: no crashing version is recorded as good. */
export function findFalseClaims(state: SystemState, bad: readonly string[]): string[] {
  const verified = new Set(state.verifiedRevisions.map(({ version }) => version))
  return onlyMessages([
    ...bad.flatMap((version) => [
      state.champion === version && `champion is version ${version}, which never became ready`,
      verified.has(version) && `version ${version} is marked as verified, but never became ready`,
    ]),
    ...findDuplicateRuns(state),
  ])
}

function findDuplicateRuns({ versions }: SystemState): string[] {
  const runs = versions.map(({ runId }) => runId)
  const twice = [...new Set(runs.filter((run, at) => runs.indexOf(run) !== at))]
  return twice.map((run) => `run ${run} has several versions`)
}

/** Checks the outcome that the kind of the case requires, independent of the injection. */
export function findWrongOutcome(state: SystemState, { kind, runId }: Case): string[] {
  const candidate = kind === 'alert' ? '2' : state.versions.find((each) => each.runId === runId)?.number
  const isGood = kind === 'healthy' || kind === 'stuck'
  const expected = isGood ? candidate : '1'
  const quarantined = state.versions.filter((each) => each.quarantineReason).map(({ number }) => number)
  return onlyMessages([
    candidate === undefined && 'the candidate has no version',
    state.champion !== expected && `champion is ${state.champion} instead of ${expected}`,
    !isGood &&
      candidate !== undefined &&
      !quarantined.includes(candidate) &&
      `quarantine lost: version ${candidate} has none`,
    ...quarantined.map(
      (number) => (isGood || number !== candidate) && `version ${number} is in quarantine, and is good`,
    ),
    ...state.versions.map(
      ({ number, quarantineReason: why, quarantinedAt: since }) =>
        why !== undefined && since === undefined && `version ${number} is in quarantine without a time`,
    ),
  ])
}

/** Reads the state until no violation is left, for as long as Kubernetes may need. @returns the remaining violations */
export async function waitForNoViolations(
  harness: Harness,
  one: Case,
  findViolations: (state: SystemState) => readonly string[],
): Promise<string[]> {
  for (const deadline = Date.now() + 6000; ; await sleep(1000)) {
    const violations = findViolations(await readState(harness, one))
    if (violations.length === 0 || Date.now() > deadline) return [...new Set(violations)]
  }
}

/** Creates the check of the state after a final run without faults. */
export function createInvariantCheck(one: Case): (state: SystemState) => string[] {
  return (state) => [
    ...findInconsistencies(state),
    ...findFalseClaims(state, findCrashingVersions(state, one)),
    ...findWrongOutcome(state, one),
  ]
}

/** Returns the version of the candidate if its pods crash. */
export function findCrashingVersions({ versions }: SystemState, { kind, runId }: Case): string[] {
  return kind === 'crashing'
    ? versions.filter((each) => each.runId === runId).map(({ number }) => number)
    : []
}
