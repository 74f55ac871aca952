import { readFileSync } from 'node:fs'
import { at } from './checkout.ts'

const { version, repository } = JSON.parse(readFileSync(at('package.json'), 'utf8'))

/** owner/name, as it stands once in package.json. */
export const slug: string = new URL(repository.url).pathname.replace(/^\/|\.git$/g, '')
/** The exact tag of this version: what our own files refer to. */
export const exactTag = `v${version}`
/** The moving tag that users write. */
export const majorTag = `v${version.split('.')[0]}`
