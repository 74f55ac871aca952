import { isKubeconfigText } from '../domain/kubeconfig.ts'
import { type AnyContract, allInputs } from './contract.ts'
import type { FieldMeta } from './fields.ts'
import { type Environment, givenInput } from './inputs.ts'

/** Shorter parts are no secrets, and masking them would turn every log into asterisks. */
const SHORTEST = 6

/** kubeconfig keys whose values are credentials, in YAML or JSON; its other lines ("apiVersion: v1") are not. */
const KUBECONFIG_SECRET =
  /(?:^|[{,])\s*-?\s*["']?(?:token|password|client-key-data|client-certificate-data|id-token|refresh-token|access-token)["']?\s*:\s*["']?([^"'\s,}]+)/gm

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

function kubeconfigSecrets(value: string): string[] {
  // A path is not a secret; a text is, and so is its base64 form.
  if (!isKubeconfigText(value)) return []
  const values = [...value.matchAll(KUBECONFIG_SECRET)].flatMap(([, secret]) => (secret ? [secret] : []))
  return [
    ...values,
    ...values.map((secret) => Buffer.from(secret, 'base64').toString()),
    ...base64Forms(value),
  ]
    .filter((secret) => !secret.includes('\u0000'))
    .flatMap((secret) => secret.split('\n').filter((line) => !line.startsWith('-----')))
}

/** The password in http://user:password@host. */
function userinfo(value: string): string[] {
  if (!/^https?:\/\/[^/]*@/.test(value)) return []
  const url = URL.parse(value)
  return url?.password ? forms(decodeURIComponent(url.password)).concat(url.password) : []
}
