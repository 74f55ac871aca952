import type { Tags } from '../../domain/ledger.ts'

/** A value in a search filter; MLflow's grammar doubles the quote. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
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
