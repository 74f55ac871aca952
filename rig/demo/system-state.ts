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
  /** The model version in the values of the deployed revision. */
  release: string
  revision: string
  /** The model version that the ready pods report at /health. */
  served: string
  /** The training run that the ready pods report. */
  servedRun: string
}

const NONE = 'none'

/** @param model the name of both the registered model and the release */
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
  const response = await fetch(`${uri}/api/2.0/mlflow/${path}`)
  if (!response.ok && response.status !== 404)
    throw new Error(`MLflow answered ${response.status} to ${path}: ${await response.text()}`)
  // 404: no version is registered yet.
  return (response.ok ? await response.json() : {}) as {
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
  const health = await Promise.all(
    (await listReadyPods(rig, release)).map((pod) => readHealth(rig, pod.metadata.name)),
  )
  const joinDistinct = (values: (string | undefined)[]) =>
    [...new Set(values.map((value) => value ?? 'unknown'))].join(' and ') || NONE
  return {
    served: joinDistinct(health.map((each) => each?.model_version)),
    servedRun: joinDistinct(health.map((each) => each?.run_id)),
  }
}

const listReadyPods = async (rig: Rig, release: string): Promise<Pod[]> => {
  const selector = `app.kubernetes.io/instance=${release}`
  const command = ['get', 'pods', '-l', selector, '-o', 'json']
  const pods = await runJson<{ items: Pod[] }>(rig, rig.tools.kubectl, command)
  return (pods?.items ?? []).filter(isReady)
}

/** Returns host:port of the first ready pod. @throws if there is none */
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

/** Parses the JSON output of a program; undefined if it fails, because the object does not exist yet. */
const runJson = async <T>(rig: Rig, program: string, args: string[]): Promise<T | undefined> => {
  const { code, stdout } = await tryRun([program, ...args], {
    env: { KUBECONFIG: rig.kubernetes.kubeconfig },
  })
  return code === 0 ? (JSON.parse(stdout) as T) : undefined
}
