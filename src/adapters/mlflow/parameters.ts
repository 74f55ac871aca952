import { UserError } from '../../domain/failure.ts'
import type { Tags } from '../../domain/ledger.ts'

/**
 * A value in a search filter. MLflow's grammar strips the outer quotes, single or double, and knows no escape: a doubled
 * quote is found in no name (seen with 3.17), and finding nothing would read as "there is no champion". Of what is
 * searched for, only a model's name comes from outside.
 */
export function quoted(value: string): string {
  if (!value.includes("'")) return `'${value}'`
  if (!value.includes('"')) return `"${value}"`
  throw new UserError(
    `Input model-name: MLflow cannot search for ${value}, since it has both kinds of quotes in it: use a name with only one of them.`,
  )
}

/** Tags in the form of MLflow's messages. */
export function pairsOf(tags: Tags): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}

/** Every item of a paged list. */
export async function pages<T>(
  page: (token: string | undefined) => Promise<{ items: T[]; next: string }>,
): Promise<T[]> {
  const all: T[] = []
  let token: string | undefined
  do {
    const { items, next } = await page(token)
    all.push(...items)
    token = next || undefined
  } while (token)
  return all
}
