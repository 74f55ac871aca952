import type * as z from 'zod'
import { buildPolicyJsonSchema } from '../../src/policy/file-schema.ts'
import { formatTable } from '../../src/runtime/markdown.ts'

type Schema = z.core.JSONSchema.BaseSchema

/** Renders all keys of the policy from the published schema. Nested keys have dots. */
export function renderPolicyKeys(): string {
  const { $defs } = buildPolicyJsonSchema('') as Schema
  return formatTable(['key', 'what it asks'], renderRows($defs?.gate as Schema))
}

/** The names of the keys, such as `guardrails[].floor`. */
export function listPolicyKeys(): string[] {
  const { $defs } = buildPolicyJsonSchema('') as Schema
  return renderRows($defs?.gate as Schema).map(([key = '']) => key.replaceAll('`', ''))
}

function renderRows(schema: Schema, within = ''): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const property = value as Schema
    const name = `${within}${key}`
    const options = property.enum ? ` One of ${property.enum.map((each) => `\`${each}\``).join(', ')}.` : ''
    const needed = within !== '' && schema.required?.includes(key) ? ' Needed.' : ''
    const list = property.items as Schema | undefined
    const nested = list?.properties ? renderRows(list, `${name}[].`) : renderRows(property, `${name}.`)
    const what = `${property.description ?? ''}${options}${needed}`.replaceAll('|', '\\|')
    return [[`\`${name}\``, what], ...nested]
  })
}
