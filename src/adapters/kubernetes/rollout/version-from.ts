import { parseJson } from '../../../domain/core/text.ts'
import type { Container, PodTemplate } from '../client/objects.ts'

/** Where a pod declares its model version; the parsed input `version-from`. */
export type VersionFrom =
  | { from: 'env'; name: string }
  | { from: 'annotation' | 'label'; key: string }
  | { from: 'image-tag' }
  | { from: 'http'; port: string; path: string; field: string }

/** For pods whose version does not matter. */
export const NO_VERSION: VersionFrom = { from: 'label', key: '' }

export function parseVersionFrom(text: string): VersionFrom {
  const [kind = '', ...parts] = text.split(':')
  const rest = parts.join(':')
  if (kind === 'env') return { from: 'env', name: rest }
  if (kind === 'annotation' || kind === 'label') return { from: kind, key: rest }
  if (kind === 'image-tag') return { from: 'image-tag' }
  const [, port = '', path = '', field = ''] = /^(\d+)(\/[^#]*)#(.+)$/.exec(rest) ?? []
  return { from: 'http', port, path, field }
}

/** The version in a pod's object or template, also of v7; undefined where there is none, or containers differ. */
export function readDeclaredVersion(
  pod: PodTemplate,
  where: Exclude<VersionFrom, { from: 'http' }>,
): string | undefined {
  // MLflow has numbers only.
  return readDeclaredText(pod, where)?.replace(/^v(?=[1-9]\d*$)/, '')
}

function readDeclaredText(
  pod: PodTemplate,
  where: Exclude<VersionFrom, { from: 'http' }>,
): string | undefined {
  if (where.from === 'image-tag') return parseImageTag(findImageContainer(pod)?.image ?? '')
  if (where.from === 'env') return findEnvValue(pod, where.name)
  return (where.from === 'label' ? pod.metadata.labels : pod.metadata.annotations)[where.key]
}

function findEnvValue(pod: PodTemplate, wanted: string): string | undefined {
  const containers = [...pod.spec.containers, ...pod.spec.initContainers]
  // Of two variables with one name, a container gets the last.
  const values = containers.flatMap(({ env }) => env.findLast(({ name }) => name === wanted)?.value ?? [])
  const [value, ...others] = new Set(values)
  return others.length === 0 ? value : undefined
}

/**
 * The container of `image-tag`: kubectl's default container of the pod, else the first. A service mesh that injects its
 * sidecar first sets that annotation.
 */
export function findImageContainer({ metadata, spec }: PodTemplate): Container | undefined {
  const named = metadata.annotations['kubectl.kubernetes.io/default-container']
  return spec.containers.find(({ name }) => name === named) ?? spec.containers[0]
}

/** The tag in registry:5000/name:tag@sha256:...; undefined where there is none. */
export function parseImageTag(image: string): string | undefined {
  const [name = ''] = image.split('@')
  return /:([^/:]+)$/.exec(name)?.[1]
}

/** The value at a dotted path of a JSON response, as a string; undefined where it is missing or no scalar. */
export function readJsonField(body: string, path: string): string | undefined {
  let value = parseJson(body)
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
