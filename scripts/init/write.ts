import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { renderDiff } from './files/unified-diff.ts'

export interface FileResult {
  path: string
  outcome: 'new' | 'replaced' | 'unchanged' | 'kept' | 'protected' | 'link'
  /** From the file that is there to the new text. */
  diff: string
}

export interface WriteOptions {
  /** Writes nothing. */
  dryRun: boolean
  /** Replaces files that differ. */
  force: boolean
  /** Files that stay as they are if they differ, even with `force`. */
  protect?: ReadonlySet<string>
  /** Asks whether to replace a file that differs; undefined without a terminal. */
  confirm?: ((path: string, diff: string) => Promise<boolean>) | undefined
}

/** Writes the files that are missing. Keeps a file that differs, unless its replacement is confirmed. */
export async function writeFiles(
  root: string,
  files: ReadonlyMap<string, string>,
  { dryRun, force, protect, confirm }: WriteOptions,
): Promise<FileResult[]> {
  const results: FileResult[] = []
  for (const [path, text] of files) {
    const target = join(root, path)
    // A link could lead out of the repository.
    if (hasLink(root, path)) {
      results.push({ path, outcome: 'link', diff: '' })
      continue
    }
    const before = lstatSync(target, { throwIfNoEntry: false }) ? readFileSync(target, 'utf8') : undefined
    const diff = renderDiff(path, before ?? '', text)
    const mayReplace = async () => force || (!dryRun && (await confirm?.(path, diff)) === true)
    const outcome =
      protect?.has(path) && before !== undefined && before !== text
        ? 'protected'
        : await decide(before, text, mayReplace)
    if (!dryRun && (outcome === 'new' || outcome === 'replaced')) {
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, text)
    }
    results.push({ path, outcome, diff })
  }
  return results
}

async function decide(
  before: string | undefined,
  after: string,
  mayReplace: () => Promise<boolean>,
): Promise<FileResult['outcome']> {
  if (before === undefined) return 'new'
  if (before === after) return 'unchanged'
  return (await mayReplace()) ? 'replaced' : 'kept'
}

function hasLink(root: string, path: string): boolean {
  const parts = path.split('/')
  return parts.some((_, index) =>
    lstatSync(join(root, ...parts.slice(0, index + 1)), { throwIfNoEntry: false })?.isSymbolicLink(),
  )
}
