import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** An absolute path inside the checkout. */
export function checkoutPath(...parts: string[]): string {
  return join(root, ...parts)
}

const { version, repository } = JSON.parse(readFileSync(checkoutPath('package.json'), 'utf8'))

/** owner/name, from package.json. */
export const slug: string = new URL(repository.url).pathname.replace(/^\/|\.git$/g, '')
/** The tag of this version, which the suite's own files refer to. */
export const exactTag = `v${version}`
/** The moving tag, which users write. */
export const majorTag = `v${version.split('.')[0]}`
