import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Document, isAlias, isMap, isScalar, parseAllDocuments, parseDocument, visit } from 'yaml'
import { errorMessage, UserError } from '../domain/core/errors.ts'
import { formatModelValues, type ModelValues } from '../domain/release/chart-values.ts'
import type { Problem } from '../runtime/contract.ts'
import { list, text } from '../runtime/fields.ts'

/** The inputs that name the chart. */
export const chartFields = {
  chart: text().describe('The chart: a folder or archive in the workspace, or an oci:// reference.'),
  'chart-version': text().optional().describe('Version of a chart that comes from a registry.'),
} as const

/** The inputs that set its values. */
export const valuesFields = {
  'pod-tracking-uri': text()
    .optional()
    .describe(
      'Address at which pods reach MLflow. The chart receives it as `model.mlflowUri`. Left out: `tracking-uri` without its credentials.',
    ),
  values: text().optional().describe('Values for the chart, as YAML. They override `values-files`.'),
  'values-files': list()
    .optional()
    .describe('Values files, one a line or separated by commas. A later file overrides an earlier one.'),
} as const

interface ChartInputs {
  chart: string
  'values-files'?: readonly string[] | undefined
  values?: string | undefined
}

/** The problems of these inputs that need no file. */
export function findChartProblems({ chart, 'values-files': files = [], values }: ChartInputs): Problem[] {
  const problems: Problem[] = []
  const report = (input: string, message: string) => problems.push({ input, message })
  if (/^(-|https?:)/i.test(chart))
    report('chart', 'is neither a path in the workspace nor an oci:// reference')
  for (const file of files)
    if (/^-|:\/\//.test(file))
      report('values-files', `${JSON.stringify(file)} is not a path in the workspace`)
  const valuesProblem = values === undefined ? undefined : findValuesProblem(values)
  if (valuesProblem) report('values', valuesProblem)
  return problems
}

/** Helm reports a missing chart or values file late, and without the input's name. @throws UserError */
export function checkChartInputs({ chart, 'values-files': files = [] }: ChartInputs): void {
  if (!/^oci:\/\//i.test(chart)) checkChart(chart)
  for (const file of files) {
    if (!isFile(file))
      throw new UserError(
        `Input values-files: there is no file ${JSON.stringify(file)} (looked for ${resolve(file)}). Check the path, and that actions/checkout runs before this step.`,
      )
    const problem = findUnusableValues(readFileSync(file, 'utf8'))
    if (problem) throw new UserError(`Input values-files: ${JSON.stringify(file)} ${problem}.`)
  }
}

/** What to do about a value `model` that is no mapping. */
export const MODEL_VALUE_HINT =
  'The model of the deployment is written to model.name, model.version and model.mlflowUri, which would replace it. Rename this value, or pass the version to another value with version-values.'

/** Values that no chart can use: ciphertext, and a `model` that helm-deploy would replace. Undefined: none. */
function findUnusableValues(text: string): string | undefined {
  if (/^(\0GITCRYPT|\$ANSIBLE_VAULT;|-----BEGIN AGE ENCRYPTED FILE-----)/.test(text))
    return 'is encrypted. Decrypt it in an earlier step'
  // Helm reports what is not YAML.
  const [document] = parseAllDocuments(text)
  if (!document || document.errors.length > 0 || !isMap(document.contents)) return undefined
  let encrypted: string | undefined
  visit(document as Document, {
    Scalar(_key, { value }) {
      if (typeof value === 'string' && /^(ENC\[[A-Z0-9_]+,|\$ANSIBLE_VAULT;)/.test(value)) encrypted = value
      return encrypted === undefined ? undefined : visit.BREAK
    },
  })
  if (document.hasIn(['sops', 'mac']) || encrypted !== undefined)
    return `is encrypted${encrypted === undefined ? '' : ` (${encrypted.slice(0, 20)}...)`}, and its pods would get the ciphertext. Decrypt it in an earlier step, such as "sops --decrypt secrets.yaml > values.yaml", and name the decrypted file in values-files`
  const found = document.get('model', true)
  const model = isAlias(found) ? found.resolve(document) : found
  if (!model || isMap(model) || (isScalar(model) && model.value === null)) return undefined
  return `sets model to ${JSON.stringify(model).slice(0, 100)}. ${MODEL_VALUE_HINT.replace(/\.$/, '')}`
}

function checkChart(chart: string): void {
  const given = JSON.stringify(chart)
  if (!existsSync(chart))
    throw new UserError(
      `Input chart: ${given} is neither an oci:// reference nor a folder or archive in the workspace (looked for ${resolve(chart)}). Check the path, and that actions/checkout runs before this step.`,
    )
  if (!isFile(chart) && !isFile(join(chart, 'Chart.yaml')))
    throw new UserError(
      `Input chart: the folder ${given} has no Chart.yaml; give the chart's own folder or archive.`,
    )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** Checks the input `values`; undefined: it is a YAML mapping, or empty. */
export function findValuesProblem(text: string): string | undefined {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) return formatYamlError(error)
  try {
    const values: unknown = document.toJS()
    if (values === null || (typeof values === 'object' && !Array.isArray(values)))
      return findRoundedNumber(document) ?? findUnusableValues(text)
  } catch (cause) {
    // An alias without an anchor, or aliases that expand without end.
    return formatYamlError(cause)
  }
  return 'is not a YAML mapping; write it like "replicas: 2", one key a line'
}

/** Helm reads numbers as floats, so it would round an id of 17 digits. */
function findRoundedNumber(document: Document): string | undefined {
  let found: string | undefined
  visit(document, {
    Scalar(_key, { value, source }) {
      if (typeof value !== 'number' || !/^[-+]?\d+$/.test(source ?? '') || Number.isSafeInteger(value))
        return undefined
      found = source?.slice(0, 40)
      return visit.BREAK
    },
  })
  return found && `has the number ${found}, which Helm would round; write it in quotes`
}

function formatYamlError(error: unknown): string {
  const [line = ''] = errorMessage(error).split('\n')
  return `is not YAML: ${line.replace(/:$/, '')}`
}

/** The folder of the generated values files. Its name is fixed, so that the post step of a killed job can remove it. */
export function valuesFolder(temp: string, release: string): string {
  return join(temp, `retrain-actions-values-${release}`)
}

/**
 * Writes the generated files, readable only by this user. Returns all values files in Helm's order, in which a later one
 * wins: the user's files, the input `values`, the model.
 */
export function writeValues(
  folder: string,
  { 'values-files': files = [], values }: Omit<ChartInputs, 'chart'>,
  model: ModelValues,
): string[] {
  removeValues(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const generated = [
    // The runner trims inputs. Without the line break, a block of text at the end would lose its last one.
    ...(values === undefined ? [] : [{ name: 'values.yaml', text: `${values}\n` }]),
    { name: 'model.json', text: formatModelValues(model) },
  ].map(({ name, text }) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  })
  return [...files, ...generated]
}

export function removeValues(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
