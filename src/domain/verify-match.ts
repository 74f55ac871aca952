/** Differences that are told; who sees three knows what is wrong. */
const TOLD = 3
const LONGEST = 80

/**
 * In what a JSON answer is not as it was expected; empty where it is. Of an object only the expected fields count, of a
 * list every entry. Numbers may differ by `tolerance`, texts and the rest not at all.
 */
export function differences(expected: unknown, came: unknown, tolerance: number): string[] {
  return differing(expected, came, tolerance, '').slice(0, TOLD)
}

function differing(expected: unknown, came: unknown, tolerance: number, at: string): string[] {
  const other = [`${at || 'the answer'} is ${worded(came)}, expected ${worded(expected)}`]
  if (Array.isArray(expected)) {
    if (!Array.isArray(came)) return other
    if (came.length !== expected.length)
      return [`${at || 'the answer'} has ${came.length} entries, expected ${expected.length}`]
    return expected.flatMap((each, index) => differing(each, came[index], tolerance, `${at}[${index}]`))
  }
  if (isObject(expected)) {
    if (!isObject(came)) return other
    return Object.entries(expected).flatMap(([key, each]) => {
      const below = at ? `${at}.${key}` : key
      // Not `in`: what every object inherits is no field of an answer.
      return Object.hasOwn(came, key)
        ? differing(each, came[key], tolerance, below)
        : [`${below} is missing, expected ${worded(each)}`]
    })
  }
  if (typeof expected === 'number' && typeof came === 'number')
    return Math.abs(expected - came) <= tolerance ? [] : other
  return expected === came ? [] : other
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function worded(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}
