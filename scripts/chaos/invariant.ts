import { setTimeout as sleep } from 'node:timers/promises'
import { ledger } from '../../src/domain/ledger.ts'
import type { Case } from './stories.ts'
import type { World } from './world.ts'

/** What the registry, Helm and the cluster hold of a case, read past all our code but the MLflow client. */
export interface State {
  champion: string | undefined
  /** Registered versions: of which run each is, why it is in quarantine, and since when. */
  versions: readonly {
    number: string
    runId: string
    quarantined: string | undefined
    since: string | undefined
  }[]
  revisions: readonly { revision: number; status: string; description: string }[]
  /** `model.version` in the values of the deployed revision. */
  released: string | undefined
  pods: readonly { name: string; ready: boolean; version: string | undefined }[]
  /** What the release's ConfigMap says: who holds it, and which revisions were seen good. */
  lease: string | undefined
  proven: readonly { revision: number; version: string }[]
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
    .map(([, text]) => JSON.parse(text) as State['proven'][number])
  return {
    champion: registered?.aliases.get('champion'),
    versions: all.map(({ number, runId, tags }) => ({
      number,
      runId,
      quarantined: tags[ledger.quarantined],
      since: tags[ledger.quarantinedAt],
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
  const { champion, released, pods } = state
  return said([
    champion === undefined && 'the model has no champion',
    champion !== released && `champion is ${champion}, but the release has ${released}`,
    ...pods.map(
      ({ name, version }) =>
        version !== champion && `pod ${name} serves ${version}, but the champion is ${champion}`,
    ),
    ...looseEnds(state),
  ])
}

/** What must hold of the release as soon as a job has ended whose post steps ran: proven, ready, and free for the next. */
export function looseEnds({ pods, revisions, lease, proven }: State): string[] {
  const last = revisions.at(-1)
  const deployed = revisions.findLast(({ status }) => status === 'deployed')?.revision
  return said([
    pods.length === 0 && 'no pod serves',
    ...pods.map(({ name, ready }) => !ready && `pod ${name} is not ready`),
    // An older one that a helm died on keeps its status for ever, and locks nobody out.
    last && last.status !== 'deployed' && `the last revision, ${last.revision}, is ${last.status}`,
    deployed !== undefined &&
      !proven.some(({ revision }) => revision === deployed) &&
      `revision ${deployed} is deployed, and was never seen good`,
    lease !== undefined && `a lease is left: ${lease}`,
  ])
}

function said(all: readonly (string | false | undefined)[]): string[] {
  return all.filter((each) => typeof each === 'string')
}

/** What must hold at every moment, however a job was interrupted: nothing bad is called good. */
export function untruths(state: State, bad: readonly string[]): string[] {
  const proven = new Set(state.proven.map(({ version }) => version))
  return said([
    ...bad.flatMap((version) => [
      state.champion === version && `champion is version ${version}, which never came up`,
      proven.has(version) && `version ${version} is marked as seen good, which it never was`,
    ]),
    ...repeatedRuns(state),
  ])
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
  return said([
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
    ...state.versions.map(
      ({ number, quarantined: why, since }) =>
        why !== undefined &&
        since === undefined &&
        `version ${number} is in quarantine since nobody knows when`,
    ),
  ])
}

/** Looks until all is well, for as long as Kubernetes by itself may need to get there, and gives what is still wrong. */
export async function settled(
  world: World,
  one: Case,
  wrongIn: (state: State) => readonly string[],
): Promise<string[]> {
  for (const until = Date.now() + 6000; ; await sleep(1000)) {
    const wrong = wrongIn(await stateOf(world, one))
    if (wrong.length === 0 || Date.now() > until) return [...new Set(wrong)]
  }
}

/** All that must hold of a chain that was undisturbed at last. */
export function wrongWith(one: Case): (state: State) => string[] {
  return (state) => [
    ...disagreements(state),
    ...untruths(state, badVersions(state, one)),
    ...wrongEnd(state, one),
  ]
}

/** The version of the candidate, where that is one that never comes up. */
export function badVersions({ versions }: State, { story, runId }: Case): string[] {
  return story === 'bad' ? versions.filter((each) => each.runId === runId).map(({ number }) => number) : []
}
