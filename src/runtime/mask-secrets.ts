import { parse } from 'yaml'
import { isKubeconfigText } from '../domain/core/kubeconfig.ts'
import { type AnyContract, allInputs } from './contract.ts'
import { type Environment, readInputText } from './read-inputs.ts'

/** Masking shorter values would hide unrelated log text. */
const MIN_SECRET_LENGTH = 6

/** Masks the secrets of the inputs in the log. The first thing that a step does. */
export function maskSecrets(contract: AnyContract, env: Environment, mask: (secret: string) => void): void {
  for (const secret of collectSecrets(contract, env)) mask(secret)
}

/** Collects the secrets of the inputs: whole values, their lines, and their base64 and URL forms. */
export function collectSecrets(contract: AnyContract, env: Environment): string[] {
  const secrets = Object.entries(allInputs(contract)).flatMap(([name, field]) => {
    const value = readInputText(name, field, env)
    if (value === undefined) return []
    const secret = field.meta()?.secret
    if (secret === 'kubeconfig') return kubeconfigSecrets(value)
    return secret ? encodedForms(value) : extractUrlPassword(value)
  })
  return [...new Set(secrets)].filter((secret) => secret.length >= MIN_SECRET_LENGTH)
}

function encodedForms(value: string): string[] {
  const lines = value.split('\n').map((line) => line.trim())
  return [value, ...lines, ...base64Forms(value), encodeURIComponent(value)]
}

/** Base64 differs with and without the newline at the end of a file. */
function base64Forms(value: string): string[] {
  if (value.length < MIN_SECRET_LENGTH) return []
  return [value, `${value}\n`].map((each) => Buffer.from(each).toString('base64'))
}

/** The credentials of a kubeconfig, also decoded and by line, and the base64 form of the whole. Names are not masked. */
function kubeconfigSecrets(value: string): string[] {
  const credentials = extractCredentials(value)
  if (credentials.length === 0) return []
  const decoded = credentials
    .map((secret) => Buffer.from(secret, 'base64').toString())
    .filter((text) => !/[\0\ufffd]/.test(text))
  return [...credentials.flatMap(encodedForms), ...decoded, ...base64Forms(value)]
    .flatMap((secret) => secret.split('\n'))
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('-----'))
}

/** Extracts the password of http://user:password@host. */
function extractUrlPassword(value: string): string[] {
  if (!/^https?:\/\/[^/]*@/.test(value)) return []
  const url = URL.parse(value)
  return url?.password ? encodedForms(decodePassword(url.password)).concat(url.password) : []
}

/** An address with an unescaped % is refused later; its password is masked as it is. */
function decodePassword(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    return password
  }
}

/** Keys of a user, and variables and flags of its exec plugin, that hold credentials. */
const CREDENTIAL_KEY =
  /(token|password|passwd|passphrase|secret|(secret|access|private|api|account)[-_]?key|^client-key-data)$/i

/** A longer value is not a path, but invalid or encoded text. */
const MAX_PATH_LENGTH = 300

/**
 * Extracts the credentials from the text of a kubeconfig. Names of clusters, users, namespaces and servers are excluded,
 * and so are values that also occur under other keys: GitHub drops outputs that contain a masked value.
 */
function extractCredentials(given: string): string[] {
  if (!isKubeconfigText(given)) return given.length > MAX_PATH_LENGTH ? [given] : []
  const found: CollectedValues = { credentials: new Set(), others: new Set() }
  try {
    collectValues(parse(given), '', found)
  } catch {
    // Invalid YAML is reported later. Until then, mask what looks like a credential.
    return guessCredentials(given)
  }
  return [...found.credentials].filter((each) => !found.others.has(each))
}

interface CollectedValues {
  credentials: Set<string>
  others: Set<string>
}

function collectValues(node: unknown, key: string, found: CollectedValues): void {
  if (typeof node === 'string' || typeof node === 'number') {
    const target = CREDENTIAL_KEY.test(key) ? found.credentials : found.others
    target.add(String(node))
  } else if (Array.isArray(node)) {
    if (key === 'args') collectFlags(node.map(String), found)
    else for (const each of node) collectValues(each, key, found)
  } else if (typeof node === 'object' && node !== null) {
    const { name, value } = node as { name?: unknown; value?: unknown }
    if (key === 'env') collectValues(value, String(name), found)
    else for (const [inner, each] of Object.entries(node)) collectValues(each, inner, found)
  }
}

/** `--token abc` and `--token=abc`. */
function collectFlags(args: readonly string[], found: CollectedValues): void {
  for (const [at, arg] of args.entries()) {
    const [, name = '', value] = /^--?([\w-]+)(?:=(.*))?$/s.exec(arg) ?? []
    const next = value ?? args[at + 1]
    if (CREDENTIAL_KEY.test(name) && next !== undefined) found.credentials.add(next)
  }
}

/** Guesses the credentials in text that is not YAML: values after a credential key, and long tokens. */
function guessCredentials(text: string): string[] {
  const named = [...text.matchAll(/([\w-]+)"?\s*[:=]\s*"?([^\s"',}]+)/g)].flatMap(
    ([, key = '', value = '']) => (CREDENTIAL_KEY.test(key) ? [value] : []),
  )
  return [...named, ...(text.match(/[\w+/=.-]{40,}/g) ?? [])]
}
