import { UsageError } from '../usage-error.ts'

/**
 * Returns the full name by which Kubernetes looks for an image: without a registry it is docker.io, and without an
 * owner there it is library.
 * @param name NAME:TAG, as in `image:` of a pod
 * @throws UsageError if it has no tag, or is no name
 */
export const completeImageName = (name: string): string => {
  if (!/^[a-z0-9][\w.\-:/]*:[\w][\w.-]{0,127}$/i.test(name) || /:[^:]*\//.test(name.replace(/^[^/]*\//, '')))
    throw new UsageError(`${name} is not NAME:TAG, such as fraud-serving:1`)
  const parts = name.split('/')
  const [first = ''] = parts
  const hasRegistry = parts.length > 1 && /[.:]|^localhost$/.test(first)
  if (hasRegistry) return name
  return parts.length > 1 ? `docker.io/${name}` : `docker.io/library/${name}`
}
