import { Fault } from '../../domain/core/errors.ts'
import { oneLine } from '../../domain/core/text.ts'
import { type ApiRefusal, describeUnknownKind } from '../../domain/release/api-refusal.ts'

const HEADERS = [
  /(?<kind>[A-Za-z]\w{0,100})(?:\.[\w.-]{1,200})? "(?<name>[^"\n]{1,300})" is (?<state>invalid|forbidden): ?/,
  /(?:for name: "(?<mappedName>[^"\n]{0,300})" namespace: "[^"\n]{0,100}" from "[^"\n]{0,300}": )?no matches for kind "(?<unknownKind>[^"\n]{1,200})" in version "(?<version>[^"\n]{1,200})"/,
  // Where kubectl and Helm remember an API version that the server no longer has.
  /could not find the requested resource \(\w{1,20} (?<resource>[\w.-]{1,300}) (?<resourceName>[^)\s]{1,300})\)/,
  /failed to (?:create typed patch object|convert new object) \((?:[^/;)\n]{0,300}\/)?(?<patchName>[^;)\n]{1,300}); [^)\n]{1,200}Kind=(?<patchKind>\w{1,100})\)(?: to proper version: unable to convert unstructured object to [^:\n]{1,200})?: ?(?:errors:\n)?/,
  /(?<handledKind>[A-Z]\w{0,100}) in version "[^"\n]{1,200}" cannot be handled as an? \w{1,100}: /,
  /(?<denied>admission webhook "[^"\n]{1,300}" denied the request)/,
]
const HEADER = new RegExp(HEADERS.map(({ source }) => source).join('|'), 'g')
/** The next error of kubectl, which goes on with the next object. */
const NEXT_ERROR = /\n(?=Error from server|The \S+ "|error: |resource mapping not found)/
const CAUSE =
  /(?<field>[A-Za-z][\w.[\]/"'$-]{0,300}|<nil>)?: (?<type>Invalid value|Unsupported value|Duplicate value|Forbidden|Required value|Not found|Too long|Too many|Too few|Internal error)\b/g
const DENIED = /\bdenied (?:the )?request\b/
/** What Kubernetes says of fields that it never changes. */
const IMMUTABLE =
  /\bimmutable\b|\bmay not change\b|\bcannot change\b|\bupdates to .{1,400} are forbidden|\bmay not be (?:changed|updated)\b/
/** Refused now, and perhaps not later: they say nothing about the object. */
const ABOUT_THE_CALLER =
  /^User "[^"]*" cannot |\bexceeded quota\b|\bfailed quota\b|\bunable to create new content in namespace\b/

/** The objects that the API server refuses, by an error of kubectl or Helm; empty: it failed for another reason. */
export function findApiRefusals(error: unknown): ApiRefusal[] {
  return error instanceof Fault ? parseApiRefusals(error.detail) : []
}

/** Parses what kubectl or Helm prints of objects that the API server refuses. */
export function parseApiRefusals(error: string): ApiRefusal[] {
  const headers = [...error.matchAll(HEADER)]
  const refusals = headers.flatMap(({ index, 0: { length }, groups = {} }, at) => {
    const rest = error.slice(index + length, headers[at + 1]?.index).split(NEXT_ERROR)[0] ?? ''
    return parseRefusal(groups, rest)
  })
  const keys = refusals.map((refusal) => JSON.stringify(refusal))
  return refusals.filter((_, at) => keys.indexOf(keys[at] ?? '') === at)
}

function parseRefusal(header: Record<string, string | undefined>, rest: string): ApiRefusal[] {
  const {
    kind = '',
    name = '',
    state,
    mappedName,
    unknownKind,
    version,
    patchName,
    patchKind,
    handledKind,
    denied,
    resource,
    resourceName = '',
  } = header
  const none = { field: '', value: '' }
  if (unknownKind !== undefined) {
    const message = describeUnknownKind(unknownKind, version ?? '')
    return [{ reason: 'UnknownKind', kind: unknownKind, name: mappedName ?? '', ...none, message }]
  }
  if (resource !== undefined) {
    const message = 'the cluster no longer has its API version'
    return [{ reason: 'UnknownKind', kind: resource, name: resourceName, ...none, message }]
  }
  // Its words may take several lines, with the cause in the last.
  if (denied !== undefined) {
    const message = oneLine(`${denied}${rest}`, MAX_MESSAGE_LENGTH).replace(/:$/, '')
    return [{ reason: 'Denied', kind: '', name: '', ...none, message }]
  }
  if (patchKind !== undefined)
    return rest
      .trim()
      .split('\n')
      .map((line) => {
        const [, field = '', message = line] = /^\s*\.([^\s:]{1,300}): (.*)$/.exec(line) ?? []
        const cleaned = oneLine(message, MAX_MESSAGE_LENGTH).replace(
          /&(?:value\.valueUnstructured\{Value:|\{)([^{}]*)\}/g,
          '$1',
        )
        return {
          reason: 'Invalid',
          kind: patchKind,
          name: patchName ?? '',
          field,
          value: '',
          message: cleaned,
        }
      })
  if (handledKind !== undefined) {
    const message = clean(rest)
    const [, got, field = '', expected] =
      /cannot unmarshal (\w+) into Go struct field \w+\.(\S{1,300}) of type (\S{1,100})/.exec(message) ?? []
    const typed = expected ? `expected ${expected.replace(/\bv\d\w*\./, '')}, got ${got}` : message
    return [{ reason: 'Invalid', kind: handledKind, name: '', field, value: '', message: typed }]
  }
  if (state === 'forbidden' && ABOUT_THE_CALLER.test(rest)) return []
  const causes = parseCauses(rest)
  if (state === 'forbidden' || causes.length === 0) {
    const message = clean(rest)
    const reason = state === 'forbidden' || DENIED.test(message) ? 'Denied' : classify(message)
    return [{ reason, kind, name, ...none, message }]
  }
  return causes.map((cause) => ({ reason: classify(cause.message), kind, name, ...cause }))
}

function classify(message: string): ApiRefusal['reason'] {
  if (DENIED.test(message)) return 'Denied'
  return IMMUTABLE.test(message) ? 'ImmutableField' : 'Invalid'
}

/** `spec.template: Invalid value: {...}: field is immutable`, one or a list of them. */
function parseCauses(text: string): Pick<ApiRefusal, 'field' | 'value' | 'message'>[] {
  const causes: { field: string; value: string; type: string; start: number; end: number }[] = []
  const pattern = new RegExp(CAUSE)
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const { field = '', type = '' } = match.groups ?? {}
    const hasValue =
      /value$/.test(type) && type !== 'Required value' && text.startsWith(': ', pattern.lastIndex)
    const start = hasValue ? pattern.lastIndex + 2 : pattern.lastIndex
    const end = hasValue ? endOfValue(text, start) : start
    causes.push({
      field: field === '<nil>' ? '' : field,
      value: text.slice(start, end),
      type,
      start: match.index,
      end,
    })
    // The value may quote what looks like another cause.
    pattern.lastIndex = end
  }
  return causes.map(({ field, value, type, end }, at) => {
    const detail = clean(text.slice(end, causes[at + 1]?.start).replace(/^: /, ''))
    return {
      field,
      value: value.includes('{') || value.length > MAX_VALUE_LENGTH ? '' : value,
      message: detail || type.toLowerCase(),
    }
  })
}

const MAX_VALUE_LENGTH = 100
const MAX_MESSAGE_LENGTH = 500

/** Where a printed value ends: a quoted text, an object in JSON or Go, or a plain word. */
function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '"') {
      at += 1
      while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    } else if ('{[('.includes(character)) depth += 1
    else if ('}])'.includes(character)) {
      if (depth === 0) return at
      depth -= 1
    } else if (depth === 0 && (character === '\n' || text.startsWith(': ', at) || text.startsWith(', ', at)))
      return at
  }
  return text.length
}

/** The first line, without the punctuation of the list that it stood in. */
function clean(text: string): string {
  const [line = ''] = text.trim().split('\n')
  return oneLine(line.replace(/[\s,*\]]+$/, '').replace(/^[:\s]+/, ''), MAX_MESSAGE_LENGTH)
}
