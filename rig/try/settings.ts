import { parse } from 'yaml'
import type { Requirements } from './workflow-file.ts'

/** What the rig provides: values of connection inputs, and of names that the example workflows use for them. */
export type Provided = Readonly<Record<string, string>>

const CONVENTIONAL_NAMES: Readonly<Record<string, string>> = {
  KUBECONFIG: 'kubeconfig',
  MLFLOW_TRACKING_URI: 'tracking-uri',
  MLFLOW_POD_TRACKING_URI: 'pod-tracking-uri',
  MLFLOW_TRACKING_USERNAME: 'tracking-username',
  MLFLOW_TRACKING_PASSWORD: 'tracking-password',
  MLFLOW_TRACKING_TOKEN: 'tracking-token',
}
/** GitHub provides this secret itself. In a try, it is the token of the fake GitHub. */
const GITHUB_TOKEN = 'GITHUB_TOKEN'

export type Settings = { secrets: Record<string, string>; vars: Record<string, string> }

const upperCaseNames = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name.toUpperCase(), value]))

/** Returns the connection input whose value the rig provides for a name; undefined if it does not. */
const findConnection = (name: string, { connections }: Requirements): string | undefined =>
  CONVENTIONAL_NAMES[name] ?? connections.get(name)

/** Lists the secrets and variables that the workflow reads and that neither the user nor the rig provides. */
export const listMissing = (required: Requirements, given: Readonly<Record<string, string>>): string[] => {
  const names = upperCaseNames(given)
  const isMissing = (name: string) =>
    !(name in names) && name !== GITHUB_TOKEN && findConnection(name, required) === undefined
  return [
    ...[...required.secrets].filter(isMissing).map((name) => `secret ${name}`),
    ...[...required.vars].filter(isMissing).map((name) => `variable ${name}`),
  ]
}

/**
 * Divides the user's values into secrets and variables, and adds those of the rig. A name that the workflow reads only
 * as `vars.NAME` is a variable. Any other one is a secret, because the log and the page mask secrets.
 */
export const chooseSettings = (
  required: Requirements,
  given: Readonly<Record<string, string>>,
  provided: Provided,
  token: string,
): Settings => {
  const names = upperCaseNames(given)
  const readValue = (name: string) => names[name] ?? provided[findConnection(name, required) ?? ''] ?? ''
  const pick = (wanted: Iterable<string>) =>
    Object.fromEntries([...wanted].map((name) => [name, readValue(name)]))
  const isOnlyVariable = (name: string) => required.vars.has(name) && !required.secrets.has(name)
  const secretNames = new Set([
    ...required.secrets,
    ...Object.keys(names).filter((name) => !isOnlyVariable(name)),
  ])
  return { secrets: { ...pick(secretNames), [GITHUB_TOKEN]: token }, vars: pick(required.vars) }
}

/** Replaces `vars.NAME` in names of runners or namespaces by the words of its value. */
export const resolveNames = (names: Iterable<string>, vars: Readonly<Record<string, string>>): string[] => [
  ...new Set(
    [...names].flatMap((name) => {
      const variable = /^vars\.(.+)$/.exec(name)?.[1]
      return variable === undefined ? [name] : ((vars[variable] ?? '').match(/[\w.-]+/g) ?? [])
    }),
  ),
]

/** A part of a secret that is shorter is a word such as `default`, which a page may show. */
const MIN_PART_LENGTH = 8

const listStrings = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listStrings) : []
}

const parseStructure = (secret: string): unknown => {
  try {
    return parse(secret)
  } catch {
    return undefined
  }
}

/** Lists the parts of a secret that must not be shown: the whole, and its lines, or its strings if it is YAML or JSON. */
const listSecretParts = (secret: string): string[] => {
  const structure = parseStructure(secret)
  const parts = typeof structure === 'object' ? listStrings(structure) : secret.split('\n')
  return [secret, ...parts.map((part) => part.trim()).filter((part) => part.length >= MIN_PART_LENGTH)]
}

/** Replaces secrets in a text by `***`. */
export type Mask = {
  text: (text: string) => string
  /** For rendered Markdown, where a secret can appear that its source writes with entities. Keeps secrets like words. */
  html: (html: string) => string
}

/** @param encode escapes text for HTML */
export const createMask = (secrets: Iterable<string>, encode: (text: string) => string): Mask => {
  const parts = [...new Set([...secrets].flatMap(listSecretParts))].filter((part) => part.trim() !== '')
  const long = parts.filter((part) => part.length >= MIN_PART_LENGTH)
  const replaceAll = (hidden: readonly string[]) => {
    // A part can contain another one.
    const longestFirst = hidden.toSorted((a, b) => b.length - a.length)
    return (text: string) => longestFirst.reduce((masked, part) => masked.replaceAll(part, '***'), text)
  }
  return { text: replaceAll(parts), html: replaceAll([...long, ...long.map(encode)]) }
}
