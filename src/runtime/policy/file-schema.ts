import * as z from 'zod'
import { modelName } from '../fields.ts'
import { type GateSection, gateSchema } from './gate-schema.ts'
import { section } from './scalars.ts'

const sections = section({ gate: gateSchema.optional().describe('What a new version has to show.') })

/**
 * The whole retrain-policy.yml. Sections and `environments` that no action reads yet are refused: a person who writes
 * them believes that they are obeyed.
 */
const file = section({
  version: z
    .union([z.literal('1'), z.literal(1)], { error: 'is not a version of this file that is known; write 1' })
    .optional()
    .describe('Version of this form: 1.'),
  defaults: sections.optional().describe('What holds for every model.'),
  models: z
    .record(modelName(), sections)
    .optional()
    .describe('What holds for one model, laid over the defaults key by key.'),
})

/** A policy document in one of its forms: the whole file, a mapping with the key `gate`, or what stands under it. */
export const forms = {
  file,
  section: sections,
  gate: gateSchema,
} as const

export const OF_FILE = ['version', 'defaults', 'models', 'environments']
/** Keys that only a whole file has. */
const has = (value: unknown, keys: readonly string[]) =>
  typeof value === 'object' && value !== null && keys.some((key) => Object.hasOwn(value, key))

/** Which of the forms a document has, by its top-level keys. */
export function formOf(value: unknown): keyof typeof forms {
  if (has(value, OF_FILE)) return 'file'
  return has(value, ['gate']) ? 'section' : 'gate'
}

/** Names of models stand as keys there, and keep their dashes. */
export function isModelName(path: readonly (string | number)[]): boolean {
  return path.length === 2 && path[0] === 'models'
}

/** The gate sections that hold for a model, the weaker ones first, each with the place where it stands. */
export function gatesFor(
  form: keyof typeof forms,
  value: unknown,
  model: string | undefined,
): { gate: GateSection; under: readonly string[] }[] {
  if (form === 'gate') return [{ gate: value as GateSection, under: [] }]
  if (form === 'section') return standing((value as z.output<typeof sections>).gate, ['gate'])
  const { defaults, models = {} } = value as z.output<typeof file>
  const own = model !== undefined && Object.hasOwn(models, model) ? models[model] : undefined
  return [
    ...standing(defaults?.gate, ['defaults', 'gate']),
    ...standing(own?.gate, ['models', model ?? '', 'gate']),
  ]
}

/** A name under `models` that is this model's but for case or blanks, where the model itself has none. */
export function otherSpelling(
  form: keyof typeof forms,
  value: unknown,
  model: string | undefined,
): string | undefined {
  if (form !== 'file' || model === undefined) return undefined
  const names = Object.keys((value as z.output<typeof file>).models ?? {})
  const folded = (name: string) => name.toLowerCase().replace(/\s+/g, '')
  return names.includes(model) ? undefined : names.find((name) => folded(name) === folded(model))
}

function standing(gate: GateSection | undefined, under: readonly string[]) {
  return gate ? [{ gate, under }] : []
}
