import { isScalar, parseDocument } from 'yaml'
import * as z from 'zod'
import {
  assignValues,
  formatValuePath,
  type PathConflict,
  parseValuePath,
} from '../domain/chart/value-paths.ts'
import {
  findPlaceholders,
  type Placeholder,
  placeholders,
  renderTemplate,
  type VersionValue,
} from '../domain/chart/version-values.ts'
import { UserError } from '../domain/core/errors.ts'
import type { ModelValues } from '../domain/release/chart-values.ts'
import { quote } from '../runtime/fields.ts'

/** The input `version-values`. */
export const versionValuesField = () =>
  z
    .string()
    .transform((given, { addIssue }): readonly VersionValue[] => {
      const values: VersionValue[] = []
      for (const line of given.split('\n').map((each) => each.trim())) {
        if (line === '' || line.startsWith('#')) continue
        const value = parseLine(line)
        if (typeof value === 'string') addIssue(value)
        else if (values.some(({ path }) => formatValuePath(path) === formatValuePath(value.path)))
          addIssue(`sets ${formatValuePath(value.path)} twice`)
        else values.push(value)
      }
      const used = values.flatMap(({ template }) => findPlaceholders(template))
      if (values.length > 0 && !used.includes('version') && !used.includes('digest'))
        addIssue('has no {{version}}, so a new version would change nothing')
      return values
    })
    .optional()
    .describe(
      'Where the chart takes the version, if not at `model.version`: a path of its values and a text with `{{version}}` a line, such as `image.tag: v{{version}}`, `extraEnv[0].value: "{{version}}"` or `podAnnotations["example.com/version"]: "{{version}}"`. Also `{{name}}`, `{{mlflow-uri}}`, `{{digest}}`, `{{run-id}}`. Replaces the values `model.*`.',
    )

/** A line as a value, or its problem. */
function parseLine(line: string): VersionValue | string {
  const [, written = '', text = ''] =
    /^((?:\[(?:"[^"]*"|'[^']*'|[^\]]*)\]|[^:[])+):(?:\s+(.*))?$/.exec(line) ?? []
  const path = parseValuePath(written.trim())
  if (!path)
    return `${quote(line)} is not a path of the values and its text. Write "image.tag: v{{version}}"; a key with dots or slashes in quotes, as in podAnnotations["example.com/version"]`
  const template = unquote(text)
  if (template === undefined)
    return `${formatValuePath(path)} has ${quote(text)}, which is no plain or quoted text on one line. Put all of it in quotes`
  if (template === '')
    return `${formatValuePath(path)} has no text. Write the whole path and its text on one line, such as "${formatValuePath(path)}: v{{version}}", or extraEnv[0].value for an item of a list`
  const unknown = findPlaceholders(template).find((word) => !placeholders.includes(word as Placeholder))
  if (unknown === undefined) return { path, template }
  return `${formatValuePath(path)} names {{${unknown}}}. Use ${placeholders.map((word) => `{{${word}}}`).join(', ')}`
}

/** The text of a YAML scalar on one line, whose placeholders need no quotes. Undefined: it is none. */
function unquote(text: string): string | undefined {
  if (!/^["'|>&*!]/.test(text)) return text.replace(/(^|\s)#.*$/, '').trim()
  const { contents, errors } = parseDocument(text)
  const isQuoted = isScalar(contents) && /^QUOTE_/.test(contents.type ?? '')
  return isQuoted && errors.length === 0 ? String(contents.value) : undefined
}

/** The placeholders that a text of `version-values` names. */
export function usedPlaceholders(values: readonly VersionValue[] = []): Set<string> {
  return new Set(values.flatMap(({ template }) => findPlaceholders(template)))
}

/**
 * The values that name the model, to be added to those of the chart and its user.
 * @throws UserError if one would replace a mapping or a list, or has no place in a list
 */
export function placeVersionValues(
  current: Readonly<Record<string, unknown>>,
  values: readonly VersionValue[],
  model: ModelValues,
): Record<string, unknown> {
  const used = usedPlaceholders(values)
  if (used.has('mlflow-uri') && model.mlflowUri === undefined)
    throw new UserError('Input version-values: {{mlflow-uri}} needs tracking-uri or pod-tracking-uri.')
  const assigned = values.map(({ path, template }) => ({ path, value: renderTemplate(template, model) }))
  const result = assignValues(current, assigned)
  if (result.kind === 'conflict') throw new UserError(`Input version-values: ${describeConflict(result)}`)
  return result.values
}

function describeConflict({ path, at, problem, found }: PathConflict): string {
  const [whole, place] = [formatValuePath(path), formatValuePath(at) || 'the top']
  const isTarget = at.length === path.length
  switch (problem) {
    case 'is-scalar':
      return isTarget
        ? `${whole} is ${quote(String(found))} in the values, which is not a text. Name a text or a number.`
        : `${whole} does not exist: ${place} is ${quote(String(found))} in the values, not a mapping or a list.`
    case 'is-mapping':
      return isTarget
        ? `${whole} is a mapping in the values (${listKeys(found)}). Name one of its keys.`
        : `${whole} does not exist: ${place} is a mapping in the values (${listKeys(found)}), not a list.`
    case 'is-list':
      return isTarget
        ? `${whole} is a list in the values (${countItems(found)}). Name an item, as in ${whole}[0].`
        : `${whole} does not exist: ${place} is a list in the values (${countItems(found)}). Name an item, as in ${place}[0].`
    case 'out-of-range':
      return `${whole} does not exist: ${place} has ${countItems(found)} in the values, counted from 0. Add the item in the input values.`
    case 'is-missing':
      return `${whole} does not exist: the values have no ${place}. Give the list in the input values.`
  }
}

function listKeys(mapping: unknown): string {
  const keys = Object.keys(Object(mapping)).map((key) => quote(key))
  return keys.length === 0 ? 'empty' : keys.slice(0, 8).join(', ') + (keys.length > 8 ? ', ...' : '')
}

function countItems(list: unknown): string {
  const { length } = list as unknown[]
  return length === 1 ? '1 item' : `${length} items`
}
