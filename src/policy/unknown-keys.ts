import * as z from 'zod'
import { didYouMean } from '../domain/core/did-you-mean.ts'
import { quote } from '../runtime/fields.ts'

/** A mapping with these keys only. Each unknown key gets a message line with the known keys. */
export function section<const S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined
      return issue.keys.map((key) => unknownKey(key, known)).join('\n')
    },
  })
}

function unknownKey(key: string, known: readonly string[]): string {
  const suggestion = didYouMean(key, known)
  return `unknown key ${quote(key)}${suggestion ? `, did you mean ${suggestion}?` : '.'} Known keys: ${known.join(', ')}`
}
