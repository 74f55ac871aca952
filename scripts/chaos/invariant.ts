import { setTimeout as sleep } from 'node:timers/promises'
import { ledger } from '../../src/domain/ledger.ts'
import type { Case } from './stories.ts'
import type { World } from './world.ts'

/** What the registry, Helm and the cluster hold of a case, read past all our code but the MLflow client. */
export interface State {
  champion: string | undefined
  /** Registered versions: of which run each is, and why it is in quarantine. */
  versions: readonly { number: string; runId: string; quarantined: string | undefined }[]
  revisions: readonly { revision: number; status: string; description: string }[]
  /** `model.version` in the values of the deployed revision. */
  released: string | undefined
  pods: readonly { name: string; ready: boolean; version: string | undefined }[]
  /** Keys of the release's ConfigMap, and which versions it calls proven. */
  lease: string | undefined
  proven: readonly string[]
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string }
  spec: { containers: { env?: { name: string; value?: string }[] }[] }
  status: { conditions?: { type: string; status: string }[] }
}

export async function stateOf(world: World, { release, model, helm }: Case): Promise<State> {
  const [registered, all, history, list, marks] = await Promise.all([
    world.mlflow.model(model),
    world.mlflow.versions(model),
    world.helm(helm, 'history', release, '--max', '100', '--output', 'json').catch(() => '[]'),
    world.kubectl('get', 'pods', '--selector', `app=${release}`, '--output', 'json'),
    world.kubectl('get', 'configmap', `retrain-actions.${release}`, '--ignore-not-found', '--output', 'json'),
  ])
  const revisions = JSON.parse(history) as State['revisions']
  const deployed = revisions.findLast(({ status }) => status === 'deployed')?.revision
  const values =
    deployed === undefined
      ? undefined
      : JSON.parse(
          await world.helm(
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
  const data: Record<string, string> = marks === '' ? {} : (JSON.parse(marks).data ?? {})
  const proven = Object.entries(data)
    .filter(([key]) => /^v\d+$/.test(key))
    .map(([, text]) => JSON.parse(text).version as string)
  return {
    champion: registered?.aliases.get('champion'),
    versions: all.map(({ number, runId, tags }) => ({
      number,
      runId,
      quarantined: tags[ledger.quarantined],
    })),
    revisions,
    released: values?.model?.version,
    pods: (JSON.parse(list).items as Pod[])
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata, spec, status }) => ({
        name: metadata.name,
        ready: (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
        version: spec.containers.flatMap(({ env = [] }) => env).find(({ name }) => name === 'MODEL_VERSION')
          ?.value,
      })),
    lease: data.lease,
    proven,
  }
}

/** What must hold once everything has ended: all of it agrees, nothing is held, and everything serves. */
export function disagreements(state: State): string[] {
  const { champion, released, pods, revisions, lease } = state
  const last = revisions.at(-1)
  return [
    champion === undefined && 'the model has no champion',
    champion !== released && `champion is ${champion}, but the release has ${released}`,
    pods.length === 0 && 'no pod serves',
    ...pods.map(({ name, ready }) => !ready && `pod ${name} is not ready`),
    ...pods.map(
      ({ name, version }) =>
        version !== champion && `pod ${name} serves ${version}, but the champion is ${champion}`,
    ),
    ...revisions.map(
      ({ revision, status }) => status.startsWith('pending') && `revision ${revision} is ${status}`,
    ),
    last && last.status !== 'deployed' && `the last revision, ${last.revision}, is ${last.status}`,
    lease !== undefined && `a lease is left: ${lease}`,
  ].filter((each) => typeof each === 'string')
}

/** What must hold at every moment, however a job was interrupted: nothing bad is called good. */
export function untruths(state: State, bad: readonly string[]): string[] {
  return [
    ...bad.flatMap((version) => [
      state.champion === version && `champion is version ${version}, which never came up`,
      state.proven.includes(version) && `version ${version} is marked as seen good, which it never was`,
    ]),
    ...repeatedRuns(state),
  ].filter((each) => typeof each === 'string')
}

function repeatedRuns({ versions }: State): string[] {
  const runs = versions.map(({ runId }) => runId)
  const twice = [...new Set(runs.filter((run, at) => runs.indexOf(run) !== at))]
  return twice.map((run) => `run ${run} has several versions`)
}

/** The end that this very story has, whatever happened on the way. */
export function wrongEnd(state: State, { story, runId }: Case): string[] {
  const candidate = story === 'alert' ? '2' : state.versions.find((each) => each.runId === runId)?.number
  const expected = story === 'good' ? candidate : '1'
  const quarantined = state.versions.filter((each) => each.quarantined).map(({ number }) => number)
  return [
    candidate === undefined && 'the candidate has no version',
    state.champion !== expected && `champion is ${state.champion} instead of ${expected}`,
    story !== 'good' &&
      candidate !== undefined &&
      !quarantined.includes(candidate) &&
      `quarantine lost: version ${candidate} has none`,
    ...quarantined.map(
      (number) =>
        (story === 'good' || number !== candidate) && `version ${number} is in quarantine, and is good`,
    ),
  ].filter((each) => typeof each === 'string')
}

/** Looks until all is well, for as long as Kubernetes by itself may need to get there, and gives what is still wrong. */
export async function settledViolations(world: World, one: Case): Promise<string[]> {
  for (const until = Date.now() + 6000; ; await sleep(1000)) {
    const state = await stateOf(world, one)
    const bad = one.story === 'bad' ? badVersions(state, one) : []
    const wrong = [...disagreements(state), ...untruths(state, bad), ...wrongEnd(state, one)]
    if (wrong.length === 0 || Date.now() > until) return [...new Set(wrong)]
  }
}

/** The version of the candidate, where that is a bad one. */
export function badVersions({ versions }: State, { runId }: Case): string[] {
  return versions.filter((each) => each.runId === runId).map(({ number }) => number)
}
