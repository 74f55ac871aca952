import { parse } from 'yaml'
import { isKubeconfigText } from '../domain/kubeconfig.ts'
import { type AnyContract, allInputs } from './contract.ts'
import type { FieldMeta } from './fields.ts'
import { type Environment, givenInput } from './inputs.ts'

/** Shorter parts are no secrets, and masking them would turn every log into asterisks. */
const SHORTEST = 6

/** Keys of a kubeconfig whose values are credentials; those of an exec plugin's environment (name, value) may be. */
const KUBECONFIG_SECRET = /(token|password|secret)$|^client-(key|certificate)-data$|^value$/i

/** Everything of the inputs that must never be seen in a log: whole values, their lines, their base64 and URL forms. */
export function secretsIn(contract: AnyContract, env: Environment): string[] {
  const found = new Set<string>()
  for (const [name, field] of Object.entries(allInputs(contract))) {
    const given = givenInput(name, field, env)
    if (given === undefined) continue
    const { secret }: FieldMeta = field.meta() ?? {}
    if (secret === 'kubeconfig') for (const part of kubeconfigSecrets(given)) found.add(part)
    else if (secret) for (const part of forms(given)) found.add(part)
    else for (const part of userinfo(given)) found.add(part)
  }
  return [...found].filter((part) => part.length >= SHORTEST)
}

function forms(value: string): string[] {
  const lines = value.split('\n').map((line) => line.trim())
  return [value, ...lines, ...base64Forms(value), encodeURIComponent(value)]
}

/** With and without the newline that ends a file: the two look different. */
function base64Forms(value: string): string[] {
  if (value.length < SHORTEST) return []
  return [value, `${value}\n`].map((each) => Buffer.from(each).toString('base64'))
}

/** A path is not a secret. Of a text its credentials are, also decoded, and the base64 form of the whole. */
function kubeconfigSecrets(value: string): string[] {
  if (!isKubeconfigText(value)) return []
  const credentials = credentialsIn(readYaml(value))
  const decoded = credentials.map((secret) => Buffer.from(secret, 'base64').toString())
  return [...credentials, ...decoded, ...base64Forms(value)]
    .filter((secret) => !secret.includes('\u0000') && !secret.includes('\ufffd'))
    .flatMap((secret) => secret.split('\n').filter((line) => !line.startsWith('-----')))
}

function credentialsIn(node: unknown, key = ''): string[] {
  if (typeof node === 'string') return KUBECONFIG_SECRET.test(key) ? [node] : []
  if (Array.isArray(node)) return node.flatMap((item) => credentialsIn(item, key))
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([name, value]) => credentialsIn(value, name))
}

/** A kubeconfig that cannot be read fails later, in words; until then every line of it is treated as a secret. */
function readYaml(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return { token: text.split('\n').map((line) => line.trim()) }
  }
}

/** The password in http://user:password@host. */
function userinfo(value: string): string[] {
  if (!/^https?:\/\/[^/]*@/.test(value)) return []
  const url = URL.parse(value)
  return url?.password ? forms(decoded(url.password)).concat(url.password) : []
}

/** An address with a stray % is refused later, in words; its password is one all the same. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    return password
  }
}
