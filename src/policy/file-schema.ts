import * as z from 'zod'
import { modelName } from '../runtime/fields.ts'
import { type GateSection, gateSchema } from './gate-schema.ts'
import { section } from './unknown-keys.ts'

const modelSchema = section({ gate: gateSchema.optional().describe('Criteria for a new version.') })

/** The whole retrain-policy.yml. Sections that no action reads are refused, since they would have no effect. */
const fileSchema = section({
  version: z
    .union([z.literal('1'), z.literal(1)], { error: 'is not a supported version of this file. Set 1' })
    .optional()
    .describe('Version of this schema: 1.'),
  defaults: modelSchema.optional().describe('Settings for every model.'),
  models: z
    .record(modelName(), modelSchema)
    .optional()
    .describe('Settings for one model, which override the defaults key by key.'),
})

/** The forms of a policy document: the whole file, a mapping with the key `gate`, or the gate itself. */
export const documentForms = {
  file: fileSchema,
  section: modelSchema,
  gate: gateSchema,
} as const

/** Keys that only a whole file has. */
const FILE_KEYS = ['version', 'defaults', 'models', 'environments']
const hasAnyKey = (value: unknown, keys: readonly string[]) =>
  typeof value === 'object' && value !== null && keys.some((key) => Object.hasOwn(value, key))

/** Detects the form of a document by its top-level keys. */
export function detectForm(value: unknown): keyof typeof documentForms {
  if (hasAnyKey(value, FILE_KEYS)) return 'file'
  return hasAnyKey(value, ['gate']) ? 'section' : 'gate'
}

/** Whether the key at a path is a model name, which keeps its dashes. */
export function isModelName(path: readonly (string | number)[]): boolean {
  return path.length === 2 && path[0] === 'models'
}

/** Selects the gate sections of a model, weakest first, each with its path. */
export function selectGateSections(
  form: keyof typeof documentForms,
  value: unknown,
  model = '',
): { gate: GateSection; path: readonly string[] }[] {
  if (form === 'gate') return [{ gate: value as GateSection, path: [] }]
  if (form === 'section') return toGateEntries((value as z.output<typeof modelSchema>).gate, ['gate'])
  const { defaults, models = {} } = value as z.output<typeof fileSchema>
  const section = Object.hasOwn(models, model) ? models[model] : undefined
  return [
    ...toGateEntries(defaults?.gate, ['defaults', 'gate']),
    ...toGateEntries(section?.gate, ['models', model, 'gate']),
  ]
}

/** Finds a name under `models` that differs from the model only in case or blanks, if the model itself is not there. */
export function findMisspelledModel(
  form: keyof typeof documentForms,
  value: unknown,
  model: string | undefined,
): string | undefined {
  if (form !== 'file' || model === undefined) return undefined
  const names = Object.keys((value as z.output<typeof fileSchema>).models ?? {})
  const fold = (name: string) => name.toLowerCase().replace(/\s+/g, '')
  return names.includes(model) ? undefined : names.find((name) => fold(name) === fold(model))
}

function toGateEntries(gate: GateSection | undefined, path: readonly string[]) {
  return gate ? [{ gate, path }] : []
}

/**
 * Builds the JSON Schema (draft 2020-12) of a policy file, for editors. Rules between keys, and keys written with a dash,
 * are known to the parser only.
 */
export function buildPolicyJsonSchema(id: string): object {
  const registry = z.registry<{ id: string }>()
  for (const [name, schema] of Object.entries(documentForms)) registry.add(schema, { id: name })
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (name) => `#/$defs/${name}` })
  const defs = Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema]),
  )
  const ref = (name: keyof typeof documentForms) => ({ $ref: `#/$defs/${name}` })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: id,
    title: 'retrain-policy.yml',
    description: 'Criteria that a retrained model must meet before it is promoted.',
    type: 'object',
    ...ifAnyKey(FILE_KEYS, ref('file'), ifAnyKey(['gate'], ref('section'), ref('gate'))),
    $defs: defs,
  }
}

function ifAnyKey(keys: readonly string[], consequent: object, alternative: object): object {
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  return { if: { anyOf: keys.map((key) => ({ required: [key] })) }, then: consequent, else: alternative }
}
