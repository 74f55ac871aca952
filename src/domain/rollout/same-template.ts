/** What runs in another version by intention is not compared: another image is more than another model. */
const EXACT_KEYS = new Set(['image', 'resources'])
/** A checksum changes with the version in what it covers, which is compared itself. */
const CHECKSUM_KEY = /^checksum\//

/**
 * Whether two rendered pod templates, with the ConfigMaps and Secrets that they use, differ in nothing but the model version:
 * where one has its version as a whole number, the other has its own.
 */
export function differsOnlyInVersion(
  one: unknown,
  other: unknown,
  versions: readonly [string, string],
  isExact = false,
): boolean {
  if (typeof one === 'string' && typeof other === 'string')
    return one === other || (!isExact && isSameText(one, other, versions))
  if (!isObject(one) || !isObject(other)) return Object.is(one, other)
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  return keys.every(
    (key) =>
      CHECKSUM_KEY.test(key) ||
      differsOnlyInVersion(one[key], other[key], versions, isExact || EXACT_KEYS.has(key)),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isSameText(one: string, other: string, [version, otherVersion]: readonly [string, string]): boolean {
  const parts = one.split(/(\d+)/)
  const otherParts = other.split(/(\d+)/)
  return (
    parts.length === otherParts.length &&
    parts.every(
      (part, index) => part === otherParts[index] || (part === version && otherParts[index] === otherVersion),
    )
  )
}
