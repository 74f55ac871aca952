import type { ContainerSeen, PodSeen } from '../../domain/rollout.ts'
import { aboutPods, ownWords, type PodWords } from '../../domain/rollout-redaction.ts'
import type { Container, ContainerStatus, Pod } from './objects.ts'
import { imageContainer, type VersionFrom } from './pod-version.ts'

export interface Telling {
  /** How much of what pods say may be told. */
  words: PodWords
  /** Names of the input `ignore-containers`. */
  ignored: readonly string[]
}

/** What a pod's own object says of it. */
export function podSeen(pod: Pod, where: VersionFrom, telling: Telling): Omit<PodSeen, 'fresh' | 'version'> {
  const { conditions } = pod.status
  const unplaced = conditions.find(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
  )
  return {
    name: pod.metadata.name,
    ready: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    unschedulable: unplaced && aboutPods(unplaced.message, telling.words),
    containers: containersOf(pod, where, telling),
  }
}

/** Init containers first, as far as the kubelet has reported on them. */
function containersOf(pod: Pod, where: VersionFrom, telling: Telling): ContainerSeen[] {
  const { spec, status } = pod
  const serving = servingContainers(pod, where, telling.ignored)
  const all = [...spec.initContainers, ...spec.containers]
  const seen = (each: ContainerStatus, first: boolean): ContainerSeen => {
    const declared = all.find(({ name }) => name === each.name)
    return {
      ...stateOf(each, telling.words),
      init: first && declared?.restartPolicy !== 'Always',
      serves: serving.includes(each.name),
      ignored: telling.ignored.includes(each.name),
      probed: Boolean(declared?.readinessProbe),
    }
  }
  return [
    ...status.initContainerStatuses.map((each) => seen(each, true)),
    ...status.containerStatuses.map((each) => seen(each, false)),
  ]
}

/** Names of the containers in which the model runs: the only main one, or those that `version-from` is about. */
function servingContainers(each: Pod, where: VersionFrom, ignored: readonly string[]): string[] {
  const main = each.spec.containers.filter(({ name }) => !ignored.includes(name))
  const isMeant = (container: Container): boolean => {
    if (where.from === 'env') return container.env.some(({ name }) => name === where.name)
    if (where.from === 'image-tag') return container === imageContainer(each)
    if (where.from === 'http')
      return container.ports.some(({ containerPort }) => String(containerPort) === where.port)
    return false
  }
  return (main.length === 1 ? main : main.filter(isMeant)).map(({ name }) => name)
}

function stateOf(
  { name, ready, restartCount, state, lastState }: ContainerStatus,
  words: PodWords,
): Omit<ContainerSeen, 'init' | 'serves' | 'ignored' | 'probed'> {
  const end = state.terminated ?? lastState.terminated
  const { waiting, terminated } = state
  return {
    name,
    ready,
    restarts: restartCount,
    state: state.running ? 'running' : terminated ? 'terminated' : 'waiting',
    reason: (waiting ?? terminated)?.reason ?? '',
    message: waiting ? aboutPods(waiting.message, words) : ownWords(terminated?.message ?? '', words),
    exitCode: end?.exitCode,
    endReason: end?.reason ?? '',
    endMessage: ownWords(end?.message ?? '', words),
    endedAt: end?.finishedAt ?? '',
  }
}
