import * as z from 'zod'
import { forms, OF_FILE } from './file-schema.ts'

/**
 * The JSON Schema (draft 2020-12) of a policy file, for editors. It tells the form of a document as the parser does, by
 * its keys; what keys ask of each other, and keys written with a dash, only the parser knows.
 */
export function policyJsonSchema(id: string): object {
  const registry = z.registry<{ id: string }>()
  for (const [name, schema] of Object.entries(forms)) registry.add(schema, { id: name })
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (name) => `#/$defs/${name}` })
  const defs = Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema]),
  )
  const ref = (name: keyof typeof forms) => ({ $ref: `#/$defs/${name}` })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: id,
    title: 'retrain-policy.yml',
    description: 'What a retrained model has to show before it may go live.',
    type: 'object',
    ...where(OF_FILE, ref('file'), where(['gate'], ref('section'), ref('gate'))),
    $defs: defs,
  }
}

/** What holds for a document with one of the keys, and what for any other. */
function where(keys: readonly string[], holds: object, otherwise: object): object {
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  return { if: { anyOf: keys.map((key) => ({ required: [key] })) }, then: holds, else: otherwise }
}
