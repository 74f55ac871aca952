import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'

const config = z.looseObject({
  kind: z.enum(['ConfigMap', 'Secret']),
  metadata: z.object({ name: z.string() }),
})
type Config = z.infer<typeof config>

/**
 * ConfigMaps and Secrets of a release that a pod names and that only its next revision brings, or changes: as "ConfigMap
 * NAME". Until then a pod meets others, or none.
 * @param rendered the objects of the next revision
 * @param before those of the newest one; empty where there is none, or it is not known
 */
export function configToCome(
  podSpec: unknown,
  rendered: readonly unknown[],
  before: readonly unknown[],
): string[] {
  const text = JSON.stringify(podSpec)
  const known = configsIn(before)
  return configsIn(rendered)
    .filter(({ metadata }) => text.includes(JSON.stringify(metadata.name)))
    .filter((one) => !known.some((other) => sameContent(one, other)))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
}

function configsIn(objects: readonly unknown[]): Config[] {
  return objects.flatMap((object) => config.safeParse(object).data ?? [])
}

/** Labels, such as the chart's version, are nothing to a pod. */
function sameContent(one: Config, other: Config): boolean {
  const content = ({ kind, metadata, data, binaryData, stringData }: Config) => [
    kind,
    metadata.name,
    data,
    binaryData,
    stringData,
  ]
  return isDeepStrictEqual(content(one), content(other))
}
