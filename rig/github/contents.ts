import { readFile } from 'node:fs/promises'
import { join, normalize } from 'node:path'

/** A file of the default branch, as GitHub answers for it. */
export type Content = { type: string; body: string }

/**
 * What `GET /repos/{owner}/{repo}/contents/{path}` answers, after GitHub's documentation ("Get repository content"): the
 * bytes only to who asks for `application/vnd.github.raw+json`, else JSON with the content in base64.
 * @param root the default branch's tree
 * @returns undefined where there is no such file
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
