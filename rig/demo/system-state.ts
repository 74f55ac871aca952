import type { Rig } from '../index.ts'
import { tryRun } from '../process/command.ts'

/** The state after a scene; each fact comes from the system that owns it. */
export interface SystemState {
  champion: string
  previous: string
  /** All versions of the model, oldest first: "1 2". */
  versions: string
  /** Tags of the newest version. */
  newestTags: Readonly<Record<string, string>>
  /** The model version in the values of the revision that Helm calls deployed. */
  release: string
  revision: string
  /** What the one ready pod says that it loaded, by its /health. */
  served: string
  /** The run that the files in the pod came from. */
  servedRun: string
}

const NONE = 'none'

/** @param model registered model and release, which the demo gives the same name. */
export const readSystemState = async (rig: Rig, model: string): Promise<SystemState> => ({
  ...(await readRegistry(rig.mlflow.uri, model)),
  ...(await readRelease(rig, model)),
  ...(await readPod(rig, model)),
})

const readRegistry = async (uri: string, model: string) => {
  const [registered, search] = await Promise.all([
    getMlflow(uri, `registered-models/get?name=${model}`),
    getMlflow(uri, `model-versions/search?filter=${encodeURIComponent(`name='${model}'`)}`),
  ])
  const aliases = registered.registered_model?.aliases ?? []
  const versions = (search.model_versions ?? []).toSorted((a, b) => Number(a.version) - Number(b.version))
  const alias = (name: string) => aliases.find((each) => each.alias === name)?.version ?? NONE
  const newestTags = Object.fromEntries((versions.at(-1)?.tags ?? []).map(({ key, value }) => [key, value]))
  const numbers = versions.map(({ version }) => version).join(' ')
  return { champion: alias('champion'), previous: alias('previous'), versions: numbers || NONE, newestTags }
}

const getMlflow = async (uri: string, path: string) => {
  const answer = await fetch(`${uri}/api/2.0/mlflow/${path}`)
  if (!answer.ok && answer.status !== 404)
    throw new Error(`MLflow answered ${answer.status} to ${path}: ${await answer.text()}`)
  // No such model yet: nothing is registered.
  return (answer.ok ? await answer.json() : {}) as {
    registered_model?: { aliases?: { alias: string; version: string }[] }
    model_versions?: { version: string; tags?: { key: string; value: string }[] }[]
  }
}

const readRelease = async (rig: Rig, release: string) => {
  const history = await runJson<{ revision: number; status: string }[]>(rig, rig.tools.helm4, [
    'history',
    release,
    '-o',
    'json',
  ])
  const deployed = history?.findLast(({ status }) => status === 'deployed')
  if (!deployed) return { release: NONE, revision: NONE }
  const revision = String(deployed.revision)
  const values = await runJson<{ model: { version: string } }>(rig, rig.tools.helm4, [
    'get',
    'values',
    release,
    '--revision',
    revision,
    '-o',
    'json',
  ])
  return { release: values?.model.version ?? NONE, revision }
}

const readPod = async (rig: Rig, release: string) => {
  const said = await Promise.all(
    (await listReadyPods(rig, release)).map((pod) => readHealth(rig, pod.metadata.name)),
  )
  const all = (values: (string | undefined)[]) =>
    [...new Set(values.map((value) => value ?? 'unnamed'))].join(' and ') || NONE
  return {
    served: all(said.map((each) => each?.model_version)),
    servedRun: all(said.map((each) => each?.run_id)),
  }
}

const listReadyPods = async (rig: Rig, release: string): Promise<Pod[]> => {
  const selector = `app.kubernetes.io/instance=${release}`
  const command = ['get', 'pods', '-l', selector, '-o', 'json']
  const pods = await runJson<{ items: Pod[] }>(rig, rig.tools.kubectl, command)
  return (pods?.items ?? []).filter(isReady)
}

/** Where the served model takes requests: host:port of its one ready pod. @throws when there is none */
export const findPodAddress = async (rig: Rig, release: string): Promise<string> => {
  const [pod] = await listReadyPods(rig, release)
  if (!pod?.status.podIP) throw new Error(`release ${release} has no ready pod`)
  return `${pod.status.podIP}:8080`
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string }
  status: { podIP?: string; conditions?: { type: string; status: string }[] }
}

const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')

const readHealth = (rig: Rig, pod: string) =>
  runJson<{ model_version: string; run_id: string }>(rig, rig.tools.kubectl, [
    'get',
    '--raw',
    `/api/v1/namespaces/default/pods/${pod}:8080/proxy/health`,
  ])

/** What a program prints as JSON; undefined where it fails, which here means that there is nothing yet. */
const runJson = async <T>(rig: Rig, program: string, args: string[]): Promise<T | undefined> => {
  const { code, stdout } = await tryRun([program, ...args], {
    env: { KUBECONFIG: rig.kubernetes.kubeconfig },
  })
  return code === 0 ? (JSON.parse(stdout) as T) : undefined
}
