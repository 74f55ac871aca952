import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { checkoutPath } from '../checkout.ts'

/** Reads all Markdown files that git tracks, as path -> text. */
export function readDocuments(): Map<string, string> {
  const listed = execFileSync('git', ['ls-files', '*.md'], { cwd: checkoutPath('.'), encoding: 'utf8' })
  const paths = listed.split('\n').filter((path) => path !== '' && existsSync(checkoutPath(path)))
  return new Map(paths.map((path) => [path, readFileSync(checkoutPath(path), 'utf8')]))
}

/**
 * Lists relative links to a missing file or heading, and pages of docs/ that the README does not link. Does not check
 * links to other sites.
 */
export function findBrokenLinks(
  documents: ReadonlyMap<string, string>,
  exists = (path: string) => existsSync(checkoutPath(path)),
): string[] {
  const broken = [...documents].flatMap(([page, text]) =>
    listLinks(text).flatMap((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : posix.join(posix.dirname(page), path)
      if (!exists(target)) return [`${page}: ${link} leads to no file`]
      const document = documents.get(target)
      if (anchor === undefined || document === undefined || listAnchors(document).includes(anchor)) return []
      return [`${page}: ${link} leads to no heading of ${target}`]
    }),
  )
  const fromReadme = listLinks(documents.get('README.md') ?? '').map((link) => link.split('#')[0])
  const unlinked = [...documents.keys()]
    .filter((page) => /^docs\/[^/]+$/.test(page) && !fromReadme.includes(page))
    .map((page) => `README.md does not link ${page}`)
  return [...broken, ...unlinked]
}

function listLinks(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
}

/** Computes the anchors of headings like GitHub: lower case, no punctuation, dashes for spaces, numbered if repeated. */
function listAnchors(text: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
}

/** Removes fenced code blocks, in which a link is an example and a # is a comment. */
function withoutCode(text: string): string {
  return text.replace(/^ *(```|~~~)[\s\S]*?^ *\1/gm, '')
}
