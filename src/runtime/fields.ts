import * as z from 'zod'

/** Properties of a field besides type, description and default. */
export interface FieldMeta {
  /** Mask the value, each of its lines, and its base64 form before anything else. */
  secret?: true | 'kubeconfig'
  /** Environment variable that replaces an empty input. */
  env?: string
  /** Expression that the runner evaluates as the default. */
  runner?: string
  /** Value of the output if the action fails before it is known. */
  onFailure?: string
}

declare module 'zod' {
  interface GlobalMeta extends FieldMeta {}
}

/** Quotes a value for a message: on one line, at most 80 characters. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value)
}

/** A text that matches a pattern. `what` ends the sentence "VALUE is not". */
export function matchPattern(pattern: RegExp, what: string) {
  return z.string().regex(pattern, { error: (issue) => `${quote(String(issue.input))} is not ${what}` })
}

export const text = () => z.string()

/** MLflow forbids / and : in names. Control characters and a leading dash are refused as unsafe. */
export const modelName = () =>
  matchPattern(
    /^(?![\s-])[^/:\p{Cc}]{1,250}(?<!\s)$/u,
    'a model name: 1 to 250 characters, no "/" or ":", no leading "-"',
  )
export const modelVersion = () =>
  matchPattern(/^[1-9][0-9]{0,17}$/, 'a model version: use its number, such as 7, not an alias or a stage')
export const runId = () =>
  matchPattern(/^[0-9a-f]{32}$/, "an MLflow run id: 32 lower-case hex digits, as in train's output run-id")
/** MLflow reserves `latest` and v<digits>. */
export const alias = () =>
  matchPattern(
    /^(?!latest$)(?!v[0-9]+$)[\w-]{1,255}$/i,
    'an alias that MLflow accepts: letters, digits, "_" and "-", not "latest" or "v7"',
  )
/** The names of Kubernetes objects (RFC 1123 labels); Helm allows release names of at most 53 characters. */
export const kubernetesName = (maxLength = 63) =>
  matchPattern(
    new RegExp(`^[a-z0-9]([-a-z0-9]{0,${maxLength - 2}}[a-z0-9])?$`),
    `a Kubernetes name: lower-case letters, digits and "-", at most ${maxLength} characters`,
  )

export const choice = <const T extends readonly [string, ...string[]]>(options: T) =>
  z.enum(options, { error: (issue) => `${quote(String(issue.input))} is not one of ${options.join(', ')}` })

/** The booleans of YAML 1.2, as in @actions/core. */
export const flag = () =>
  matchPattern(/^(true|True|TRUE|false|False|FALSE)$/, 'true or false').transform(
    (value) => value.toLowerCase() === 'true',
  )

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A duration such as 90s, 5m, 1h30m or 72h, in milliseconds. */
export const duration = () =>
  matchPattern(/^([0-9]+(ms|s|m|h|d))+$/, 'a duration such as 90s, 5m, 1h30m or 3d').transform((value) => {
    let milliseconds = 0
    for (const [, amount, unit] of value.matchAll(/([0-9]+)(ms|s|m|h|d)/g))
      milliseconds += Number(amount) * UNITS[unit as keyof typeof UNITS]
    return milliseconds
  })

/** A decimal number, kept as text, so that 0.1 stays exact. */
export const decimal = () =>
  matchPattern(
    /^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]{1,3})?$/i,
    'a decimal number such as 0.01 (no %, no comma)',
  )

/** Entries separated by lines or commas. Blank entries are dropped. */
export const list = () =>
  z.string().transform((value) =>
    value
      .split(/[\n,]/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
