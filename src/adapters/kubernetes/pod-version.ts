import type { PodTemplate } from './objects.ts'

/** Where a pod says which model version it serves; the parsed form of the input `version-from`. */
export type VersionFrom =
  | { from: 'env'; name: string }
  | { from: 'annotation' | 'label'; key: string }
  | { from: 'image-tag' }
  | { from: 'http'; port: string; path: string; field: string }

/** Of pods that nobody asks for a version. */
export const NOWHERE: VersionFrom = { from: 'label', key: '' }

export function versionFromText(text: string): VersionFrom {
  const [kind = '', ...parts] = text.split(':')
  const rest = parts.join(':')
  if (kind === 'env') return { from: 'env', name: rest }
  if (kind === 'annotation' || kind === 'label') return { from: kind, key: rest }
  if (kind === 'image-tag') return { from: 'image-tag' }
  const [, port = '', path = '', field = ''] = /^(\d+)(\/[^#]*)#(.+)$/.exec(rest) ?? []
  return { from: 'http', port, path, field }
}

/** The version that a pod's own object, or its template, names; undefined where it names none, or containers differ. */
export function declaredVersion(
  pod: PodTemplate,
  where: Exclude<VersionFrom, { from: 'http' }>,
): string | undefined {
  if (where.from === 'image-tag') return imageTag(imageContainer(pod)?.image ?? '')
  if (where.from === 'env') return environmentValue(pod, where.name)
  return (where.from === 'label' ? pod.metadata.labels : pod.metadata.annotations)[where.key]
}

function environmentValue(pod: PodTemplate, wanted: string): string | undefined {
  const containers = [...pod.spec.containers, ...pod.spec.initContainers]
  const values = containers.flatMap(({ env }) =>
    env.filter(({ name }) => name === wanted).flatMap(({ value }) => value ?? []),
  )
  const [value, ...others] = new Set(values)
  return others.length === 0 ? value : undefined
}

/**
 * The container whose image is meant: the pod's own default one, as kubectl knows it, else the first. What injects a
 * sidecar before the others (a service mesh) says so by this annotation.
 */
export function imageContainer({
  metadata,
  spec,
}: PodTemplate): PodTemplate['spec']['containers'][number] | undefined {
  const named = metadata.annotations['kubectl.kubernetes.io/default-container']
  return spec.containers.find(({ name }) => name === named) ?? spec.containers[0]
}

/** The tag in registry:5000/name:tag@sha256:..., undefined where there is none. */
export function imageTag(image: string): string | undefined {
  const [name = ''] = image.split('@')
  return /:([^/:]+)$/.exec(name)?.[1]
}

/** The value at a dotted path of a JSON answer, as a string; undefined where it is missing or no single value. */
export function fieldOf(answer: string, path: string): string | undefined {
  let at: unknown
  try {
    at = JSON.parse(answer)
  } catch {
    return undefined
  }
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return typeof at === 'string' || typeof at === 'number' ? String(at) : undefined
}
