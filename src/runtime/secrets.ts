import { type AnyContract, allInputs } from './contract.ts'
import type { FieldMeta } from './fields.ts'
import { type Environment, givenInput } from './inputs.ts'
import { credentialsIn } from './kubeconfig-credentials.ts'

/** Shorter parts are no secrets, and masking them would turn every log into asterisks. */
const SHORTEST = 6

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

/** The credentials in it, decoded too, line by line, and the base64 form of the whole. Nothing else: names go into outputs. */
function kubeconfigSecrets(value: string): string[] {
  const credentials = credentialsIn(value)
  if (credentials.length === 0) return []
  const decoded = credentials
    .map((secret) => Buffer.from(secret, 'base64').toString())
    .filter((text) => !/[\0\ufffd]/.test(text))
  return [...credentials.flatMap(forms), ...decoded, ...base64Forms(value)]
    .flatMap((secret) => secret.split('\n'))
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('-----'))
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
