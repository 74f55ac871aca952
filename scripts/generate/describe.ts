import * as z from 'zod'
import { type AnyContract, allInputs, type Fields } from '../../src/runtime/contract.ts'
import type { FieldMeta } from '../../src/runtime/fields.ts'

/** The documentation of an input or output. */
export interface FieldDescription {
  name: string
  description: string
  required: boolean
  default: string | undefined
  options: readonly string[] | undefined
  env: string | undefined
}

export function describeInputs(contract: AnyContract): FieldDescription[] {
  return describeFields(contract, allInputs(contract))
}

export function describeOutputs(contract: AnyContract): FieldDescription[] {
  return describeFields(contract, contract.outputs)
}

/** Reads the documentation of a field from its JSON Schema, because zod exposes all of it only there. */
function describeFields(contract: AnyContract, fields: Fields): FieldDescription[] {
  const schema = z.toJSONSchema(z.object(fields), { io: 'input', unrepresentable: 'any' })
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const field = property as z.core.JSONSchema.BaseSchema & FieldMeta
    if (!field.description) throw new Error(`${contract.name}: ${name} has no description in its contract`)
    return {
      name,
      description: field.description,
      required: required.has(name) && field.env === undefined,
      default: field.runner ?? (field.default === undefined ? undefined : String(field.default)),
      options: field.enum?.map(String),
      env: field.env,
    }
  })
}
