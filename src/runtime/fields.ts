import * as z from 'zod'

/** What a contract may say of a field besides its type, description and default. */
export interface FieldMeta {
  /** Masked before anything else is done: the value, each of its lines, and its base64 form. */
  secret?: true | 'kubeconfig'
  /** Environment variable that stands in when the input is empty. */
  env?: string
  /** An expression that the runner fills in where the input is left out. */
  runner?: string
  /** What an output says when the action fails before it knows better. */
  onFailure?: string
}

declare module 'zod' {
  interface GlobalMeta extends FieldMeta {}
}

/** A value as it may be shown in a message: quoted, on one line, of bounded length. */
export function shown(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value)
}

function matching(pattern: RegExp, what: string) {
  return z.string().regex(pattern, { error: (issue) => `${shown(String(issue.input))} is not ${what}` })
}

export const text = () => z.string()

/** MLflow forbids / and : in names; control characters and a leading dash would only serve an attack. */
export const modelName = () =>
  matching(
    /^(?![\s-])[^/:\p{Cc}]{1,250}(?<!\s)$/u,
    'a model name: 1 to 250 characters, no "/" or ":", no leading "-"',
  )
export const modelVersion = () =>
  matching(/^[1-9][0-9]{0,17}$/, 'a model version: give its number, such as 7, not an alias or a stage')
export const runId = () =>
  matching(/^[0-9a-f]{32}$/, "an MLflow run id: 32 lower-case hex digits, as in train's output run-id")
/** MLflow reserves `latest` and v<digits>. */
export const alias = () =>
  matching(
    /^(?!latest$)(?!v[0-9]+$)[\w-]{1,255}$/i,
    'an alias that MLflow accepts: letters, digits, "_" and "-", not "latest" or "v7"',
  )
/** The names of Kubernetes objects (RFC 1123 labels); Helm allows release names of at most 53 characters. */
export const kubernetesName = (longest = 63) =>
  matching(
    new RegExp(`^[a-z0-9]([-a-z0-9]{0,${longest - 2}}[a-z0-9])?$`),
    `a Kubernetes name: lower-case letters, digits and "-", at most ${longest} characters`,
  )

export const choice = <const T extends readonly [string, ...string[]]>(options: T) =>
  z.enum(options, { error: (issue) => `${shown(String(issue.input))} is not one of ${options.join(', ')}` })

/** YAML 1.2's booleans, as @actions/core reads them. */
export const flag = () =>
  matching(/^(true|True|TRUE|false|False|FALSE)$/, 'true or false').transform(
    (value) => value.toLowerCase() === 'true',
  )

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A duration such as 90s, 5m, 1h30m or 72h, in milliseconds. */
export const duration = () =>
  matching(/^([0-9]+(ms|s|m|h|d))+$/, 'a duration; write it like 90s, 5m, 1h30m or 3d').transform((value) => {
    let milliseconds = 0
    for (const [, amount, unit] of value.matchAll(/([0-9]+)(ms|s|m|h|d)/g)) {
      milliseconds += Number(amount) * UNITS[unit as keyof typeof UNITS]
    }
    return milliseconds
  })

/** A decimal number, kept as the text that was given, so that 0.1 stays 0.1. */
export const decimal = () =>
  matching(
    /^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]{1,3})?$/i,
    'a decimal number such as 0.01 (no %, no comma)',
  )

/** Entries on lines of their own or separated by commas; blank ones are nothing. */
export const list = () =>
  z.string().transform((value) =>
    value
      .split(/[\n,]/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
