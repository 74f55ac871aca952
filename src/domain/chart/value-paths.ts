/** A value in a tree of chart values: keys of mappings and indices of lists. */
export type ValuePath = readonly (string | number)[]

/** A value for the chart. */
export interface AssignedValue {
  path: ValuePath
  value: string
}

/** Why a value cannot be set: what is in its way, and where. */
export interface PathConflict {
  kind: 'conflict'
  path: ValuePath
  at: ValuePath
  problem: 'is-list' | 'is-mapping' | 'is-scalar' | 'is-missing' | 'out-of-range'
  found: unknown
}

type Node = Record<string, unknown> | unknown[]

const SEGMENT =
  /(?:^|(?<=.)\.)(?<key>[^\s.:/[\]"']+)|\[(?<index>\d{1,6})\]|\[(?:"(?<double>[^"\n]*)"|'(?<single>[^'\n]*)')\]/y

/** Reads a path such as `extraEnv[0].value` or `podAnnotations["example.com/version"]`. Undefined where it is none. */
export function parseValuePath(text: string): ValuePath | undefined {
  const path: (string | number)[] = []
  SEGMENT.lastIndex = 0
  while (SEGMENT.lastIndex < text.length) {
    const groups = SEGMENT.exec(text)?.groups
    if (!groups) return undefined
    const { key, index, double, single } = groups
    path.push(index === undefined ? (key ?? double ?? single ?? '') : Number(index))
  }
  return typeof path[0] === 'string' ? path : undefined
}

/** The path as `parseValuePath` reads it. */
export function formatValuePath(path: ValuePath): string {
  const segments = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`
    return /^[^\s.:/[\]"']+$/.test(part) ? `.${part}` : `[${part.includes('"') ? `'${part}'` : `"${part}"`}]`
  })
  return segments.join('').replace(/^\./, '')
}

/**
 * The values to add to those of the chart and its user. Helm merges mappings but replaces lists, so a list is repeated
 * with its changed item.
 * @param current the values without the new ones
 * @returns the first conflict, if one value would replace a mapping or a list, or has no place
 */
export function assignValues(
  current: Readonly<Record<string, unknown>>,
  assigned: readonly AssignedValue[],
): { kind: 'assigned'; values: Record<string, unknown> } | PathConflict {
  const whole = structuredClone(current) as Record<string, unknown>
  for (const { path, value } of assigned) {
    const conflict = setValue(whole, path, value)
    if (conflict) return conflict
  }
  const values = {}
  for (const { path } of assigned) {
    const index = path.findIndex((part) => typeof part === 'number')
    const merged = index < 0 ? path : path.slice(0, index)
    setValue(values, merged, getValue(whole, merged))
  }
  return { kind: 'assigned', values }
}

function setValue(root: Node, path: ValuePath, value: unknown): PathConflict | undefined {
  let node = root
  for (const [depth, part] of path.entries()) {
    const conflict = (
      problem: PathConflict['problem'],
      found: unknown,
      at: ValuePath = path.slice(0, depth),
    ): PathConflict => ({ kind: 'conflict', path, at, problem, found })
    if (typeof part === 'number' && !Array.isArray(node)) return conflict('is-mapping', node)
    if (typeof part === 'string' && Array.isArray(node)) return conflict('is-list', node)
    if (typeof part === 'number' && part >= (node as unknown[]).length) return conflict('out-of-range', node)
    const inner = getValue(node, [part])
    const at = path.slice(0, depth + 1)
    const next = path[depth + 1]
    if (next === undefined) {
      if (Array.isArray(inner)) return conflict('is-list', inner, at)
      if (typeof inner === 'object' && inner !== null) return conflict('is-mapping', inner, at)
      if (typeof inner === 'boolean') return conflict('is-scalar', inner, at)
      ;(node as Record<string | number, unknown>)[part] = value
      return undefined
    }
    if (inner === undefined || inner === null) {
      if (typeof next === 'number') return conflict('is-missing', inner, at)
      ;(node as Record<string | number, unknown>)[part] = {}
    } else if (typeof inner !== 'object') return conflict('is-scalar', inner, at)
    node = (node as Record<string | number, Node>)[part] as Node
  }
  return undefined
}

function getValue(root: unknown, path: ValuePath): unknown {
  let value = root
  for (const part of path)
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part]
        : undefined
  return value
}
