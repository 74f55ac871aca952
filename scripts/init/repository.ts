import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

/** An error whose message is complete. */
export class InitError extends Error {
  override readonly name = 'InitError'
}

/** The files of a user's repository. */
export interface Repository {
  /** Name of its folder. */
  name: string
  /** Path -> text. Empty for a file whose content does not matter here. */
  files: ReadonlyMap<string, string>
}

/** Whether a shell takes a path as one plain word that is no option. */
export const isPlainPath = (path: string): boolean => /^\w[\w./-]*$/.test(path)

const MAX_FILES = 200_000
const MAX_BYTES = 256 * 1024
const TEXT_FILE =
  /(^|\/)(\.env[^/]*|\.python-version|[^/]+\.(py|txt|toml|ya?ml|tpl|csv|md))$|(^|\/)retrain-chart\.patch$/
/** Folders with files of others, and hidden folders. */
const SKIPPED_FOLDER = /^(\..+|node_modules|__pycache__|site-packages|mlruns|mlartifacts|dist|build)$/

/**
 * Reads the files of a repository. Does not follow links, since they may lead out of it.
 * @throws InitError
 */
export function readRepository(folder: string): Repository {
  const root = resolve(folder)
  const stats = statSync(root, { throwIfNoEntry: false })
  if (!stats) throw new InitError(`There is no folder ${root}. Give the folder of your repository.`)
  if (!stats.isDirectory()) throw new InitError(`${root} is a file. Give the folder of your repository.`)
  const files = new Map<string, string>()
  const visit = (path: string) => {
    const entries = readdirSync(join(root, path), { withFileTypes: true })
    // A virtual environment of Python.
    if (entries.some(({ name }) => name === 'pyvenv.cfg')) return
    for (const entry of entries) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`
      // Such a name could break the lines of a patch, or be an expression that GitHub evaluates.
      if (/[\p{Cc}\p{Zl}\p{Zp}]|\$\{\{/u.test(entry.name)) continue
      if (entry.isDirectory() && (child === '.github' || !SKIPPED_FOLDER.test(entry.name))) visit(child)
      if (!entry.isFile()) continue
      if (files.size >= MAX_FILES)
        throw new InitError(`${root} has more than ${MAX_FILES} files. Give the folder of one repository.`)
      files.set(child, readText(join(root, child)))
    }
  }
  visit('')
  return { name: basename(root), files }
}

function readText(path: string): string {
  if (!TEXT_FILE.test(path)) return ''
  const { size } = lstatSync(path)
  // The header of a large table is enough.
  if (size > MAX_BYTES && !path.endsWith('.csv')) return ''
  return readFileSync(path, 'utf8').slice(0, MAX_BYTES)
}
