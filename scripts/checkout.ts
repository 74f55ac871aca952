import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** Returns an absolute path in the checkout. */
export function checkoutPath(...parts: string[]): string {
  return join(root, ...parts)
}

const { version, repository } = JSON.parse(readFileSync(checkoutPath('package.json'), 'utf8'))

/** owner/name, from package.json. */
export const slug: string = new URL(repository.url).pathname.replace(/^\/|\.git$/g, '')
/** The tag of this version. The suite's own files refer to it. */
export const exactTag = `v${version}`
/** The tag of the major version. Users refer to it. */
export const majorTag = `v${version.split('.')[0]}`
