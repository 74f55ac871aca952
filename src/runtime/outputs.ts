import type { AnyContract, Outputs } from './contract.ts'
import type { FieldMeta } from './fields.ts'

/** Every output that the contract declares, in its form: what is known, and for the rest what the contract says on failure. */
export function completeOutputs<C extends AnyContract>(
  contract: C,
  known: Partial<Outputs<C>>,
): Record<string, string> {
  const complete: Record<string, string> = {}
  for (const [name, field] of Object.entries(contract.outputs as AnyContract['outputs'])) {
    const value = known[name as keyof Outputs<C>]
    const meta = ((field as { meta(): unknown }).meta() ?? {}) as FieldMeta
    complete[name] = value === undefined ? (meta.onFailure ?? '') : String(value)
  }
  return complete
}
