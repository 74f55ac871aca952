import { readFile } from 'node:fs/promises'
import { join, normalize } from 'node:path'

/** GitHub's response for a file of the default branch. */
export type Content = { type: string; body: string }

/**
 * Answers `GET /repos/{owner}/{repo}/contents/{path}` as documented by GitHub ("Get repository content"): the bytes
 * if the request accepts `application/vnd.github.raw+json`, otherwise JSON with the content in base64.
 * @param root the tree of the default branch
 * @returns undefined if the file does not exist
 */
export const readContent = async (
  root: string,
  path: string,
  accept: string | undefined,
): Promise<Content | undefined> => {
  const name = normalize(decodeURIComponent(path))
  if (name.startsWith('..')) return undefined
  const bytes = await readFile(join(root, name)).catch(() => undefined)
  if (!bytes) return undefined
  if (accept === 'application/vnd.github.raw+json' || accept === 'application/vnd.github.raw')
    return { type: 'application/vnd.github.raw+json; charset=utf-8', body: bytes.toString('utf8') }
  const file = { type: 'file', encoding: 'base64', path: name, content: bytes.toString('base64') }
  return { type: 'application/json; charset=utf-8', body: JSON.stringify(file) }
}
