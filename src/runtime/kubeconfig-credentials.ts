import { parse } from 'yaml'
import { isKubeconfigText } from '../domain/kubeconfig.ts'

/** Keys of a user, and variables and flags of its exec plugin, whose values are credentials. */
const CREDENTIAL =
  /(token|password|passwd|passphrase|secret|(secret|access|private|api|account)[-_]?key|^client-key-data)$/i

/** Longer than any path: what was meant as a text, or encoded. */
const LONGEST_PATH = 300

/**
 * The credentials in a kubeconfig that was given as text. What names anything (a cluster, a user, a namespace, a server)
 * is none, and neither is what also stands where no credential stands: GitHub drops every output that has a masked text
 * in it.
 */
export function credentialsIn(given: string): string[] {
  if (!isKubeconfigText(given)) return given.length > LONGEST_PATH ? [given] : []
  const found: Found = { credentials: new Set(), plain: new Set() }
  try {
    collect(parse(given), '', found)
  } catch {
    // It fails later, in words; until then what looks like a credential is one.
    return guessed(given)
  }
  return [...found.credentials].filter((each) => !found.plain.has(each))
}

interface Found {
  credentials: Set<string>
  plain: Set<string>
}

function collect(node: unknown, key: string, found: Found): void {
  if (typeof node === 'string' || typeof node === 'number') {
    const known = CREDENTIAL.test(key) ? found.credentials : found.plain
    known.add(String(node))
  } else if (Array.isArray(node)) {
    if (key === 'args') collectFlags(node.map(String), found)
    else for (const each of node) collect(each, key, found)
  } else if (typeof node === 'object' && node !== null) {
    const { name, value } = node as { name?: unknown; value?: unknown }
    if (key === 'env') collect(value, String(name), found)
    else for (const [inner, each] of Object.entries(node)) collect(each, inner, found)
  }
}

/** `--token abc` and `--token=abc`. */
function collectFlags(args: readonly string[], found: Found): void {
  for (const [at, arg] of args.entries()) {
    const [, name = '', value] = /^--?([\w-]+)(?:=(.*))?$/s.exec(arg) ?? []
    const next = value ?? args[at + 1]
    if (CREDENTIAL.test(name) && next !== undefined) found.credentials.add(next)
  }
}

/** Of a text that is no YAML: what follows the name of a credential, and whatever is as long as one. */
function guessed(text: string): string[] {
  const named = [...text.matchAll(/([\w-]+)"?\s*[:=]\s*"?([^\s"',}]+)/g)].flatMap(
    ([, key = '', value = '']) => (CREDENTIAL.test(key) ? [value] : []),
  )
  return [...named, ...(text.match(/[\w+/=.-]{40,}/g) ?? [])]
}
