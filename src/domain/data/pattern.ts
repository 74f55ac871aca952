/** Longer cells do not match any pattern. */
export const MAX_PATTERN_CELL = 256
/** With so many parts of variable length, a match takes at most 256^3 steps. */
const MAX_VARIABLE_PARTS = 3

export type PatternProblem =
  | 'syntax'
  | 'lookaround'
  | 'backreference'
  | 'repeated-group'
  | 'too-many-variable-parts'

/**
 * Compiles a pattern that must match the whole cell. Patterns whose matching may take exponential time are refused: what
 * remains is without lookaround and backreferences, repeats a group only if all in it has a fixed length and no
 * alternatives, and has at most three parts of variable length.
 */
export function compilePattern(pattern: string): RegExp | { problem: PatternProblem } {
  let compiled: RegExp
  try {
    compiled = new RegExp(`^(?:${pattern})$`, 'u')
    new RegExp(pattern, 'u')
  } catch {
    return { problem: 'syntax' }
  }
  const problem = findSlowPart(pattern)
  return problem === undefined ? compiled : { problem }
}

/** One escape, class, group bracket, alternative, quantifier or other character. */
const TOKEN =
  /\\k<[^>]*>|\\p\{[^}]*\}|\\u\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|\(\?<?[:=!]|\(\?<[^>]+>|\(|\)|\||[*+?]\??|\{\d+(?:,\d*)?\}\??|./gsu

interface Group {
  hasVariablePart: boolean
  hasAlternatives: boolean
}

function findSlowPart(pattern: string): PatternProblem | undefined {
  const open: Group[] = [{ hasVariablePart: false, hasAlternatives: false }]
  let closed: Group | undefined
  let variableParts = 0
  for (const [token] of pattern.matchAll(TOKEN)) {
    const inside = open.at(-1)
    if (/^\(\?<?[=!]/.test(token)) return 'lookaround'
    if (/^\\([1-9]|k)/.test(token)) return 'backreference'
    const repeats = readQuantifier(token)
    if (repeats) {
      if (closed && repeats.max > 1 && (closed.hasVariablePart || closed.hasAlternatives))
        return 'repeated-group'
      if (repeats.min !== repeats.max) {
        if (inside) inside.hasVariablePart = true
        if (repeats.max > 1) variableParts += 1
      }
    }
    closed = undefined
    if (token === ')') {
      closed = open.pop()
      const outer = open.at(-1)
      if (closed?.hasVariablePart && outer) outer.hasVariablePart = true
      if (closed?.hasAlternatives && outer) outer.hasAlternatives = true
    } else if (token.startsWith('(')) open.push({ hasVariablePart: false, hasAlternatives: false })
    else if (token === '|' && inside) inside.hasAlternatives = true
  }
  return variableParts > MAX_VARIABLE_PARTS ? 'too-many-variable-parts' : undefined
}

function readQuantifier(token: string): { min: number; max: number } | undefined {
  if (/^[*+?]/.test(token) && token.length <= 2)
    return { min: token.startsWith('+') ? 1 : 0, max: token.startsWith('?') ? 1 : Number.POSITIVE_INFINITY }
  const [, min, comma, max] = /^\{(\d+)(,?)(\d*)\}/.exec(token) ?? []
  if (min === undefined) return undefined
  const most = comma === '' ? Number(min) : max === '' ? Number.POSITIVE_INFINITY : Number(max)
  return { min: Number(min), max: most }
}
