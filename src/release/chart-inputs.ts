import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ChartSource, isFetched } from '../adapters/helm/chart-source.ts'
import { UserError } from '../domain/core/errors.ts'
import type { ParsedFields, Problem } from '../runtime/contract.ts'
import { flag, list, matchPattern, text } from '../runtime/fields.ts'
import { findUnusableValues, findValuesProblem } from './values-text.ts'
import { versionValuesField } from './version-values.ts'

/** The inputs that name the chart, and what Helm does with it. */
export const chartFields = {
  chart: text().describe(
    'The chart: a folder or archive in the workspace, an oci:// reference, or a name such as `acme/fraud` in `chart-repository`.',
  ),
  'chart-version': text().optional().describe('Version of a chart that comes from a registry or repository.'),
  'chart-repository': matchPattern(
    /^(https?|oci):\/\/[^/@\s]+(\/[^@\s]*)?$/i,
    'the address of a chart repository. Use https://, and registry-username and registry-password for its credentials',
  )
    .optional()
    .describe(
      'Address (https://) of the repository that has the chart. With `dependency-build`, of the one (also oci://) that has the dependencies.',
    ),
  'registry-username': text()
    .optional()
    .describe('User name for `chart-repository`, or for the registry of an oci:// chart.'),
  'registry-password': text()
    .optional()
    .describe('Password or token for `registry-username`.')
    .meta({ secret: true }),
  'dependency-build': flag()
    .prefault('false')
    .describe('Run `helm dependency build` on the folder `chart` first.'),
  'skip-crds': flag()
    .prefault('false')
    .describe("Do not install the custom resource definitions of the chart's folder `crds`."),
  'create-namespace': flag().prefault('false').describe('Create the namespace if it does not exist.'),
  'post-renderer': text()
    .optional()
    .describe(
      'Executable in the workspace that changes the rendered objects, from standard input to standard output. Helm 4 gets it as a plugin.',
    ),
} as const

/** The inputs that set its values. */
export const valuesFields = {
  'version-values': versionValuesField(),
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

export type ChartInputs = Partial<ParsedFields<typeof chartFields & typeof valuesFields>> & { chart: string }

/** The problems of these inputs that need no file. */
export function findChartProblems(inputs: ChartInputs): Problem[] {
  const { chart, 'values-files': files = [], values } = inputs
  const placesVersion = (inputs['version-values'] ?? []).length > 0
  const problems: Problem[] = []
  const report = (input: string, message: string) => problems.push({ input, message })
  if (/^(-|https?:)/i.test(chart))
    report(
      'chart',
      'is neither a path in the workspace nor an oci:// reference; for a repository, give its address as chart-repository and here the name of the chart',
    )
  for (const [input, message] of findSourceProblems(inputs)) report(input, message)
  for (const file of files)
    if (/^-|:\/\//.test(file))
      report('values-files', `${JSON.stringify(file)} is not a path in the workspace`)
  const valuesProblem = values === undefined ? undefined : findValuesProblem(values, placesVersion)
  if (valuesProblem) report('values', valuesProblem)
  return problems
}

function findSourceProblems(inputs: ChartInputs): (readonly [input: string, message: string])[] {
  const { chart, 'chart-repository': repository, 'dependency-build': builds = false } = inputs
  const { 'registry-username': username, 'registry-password': password } = inputs
  const isOci = /^oci:/i.test(chart)
  return [
    ...(builds && isOci
      ? [['dependency-build', 'works on a folder; a chart from a registry has its dependencies'] as const]
      : []),
    ...(repository !== undefined && !builds && isOci
      ? [['chart-repository', 'is not needed: chart names its registry'] as const]
      : []),
    ...(password !== undefined && /^http:\/\/(?!localhost[:/]|127\.|\[::1\])/i.test(repository ?? '')
      ? [['chart-repository', 'would receive the password in clear text; use https://'] as const]
      : []),
    ...(repository !== undefined && !builds && /^oci:/i.test(repository)
      ? [
          [
            'chart-repository',
            `is a registry; give chart: ${repository.replace(/\/+$/, '')}/NAME instead`,
          ] as const,
        ]
      : []),
    ...(repository !== undefined && !builds && !isOci && !/^[\w.-]+(\/[\w.-]+)?$/.test(chart)
      ? [['chart', 'is not the name of a chart in chart-repository, such as acme/fraud'] as const]
      : []),
    ...((username === undefined) !== (password === undefined)
      ? [
          [
            username === undefined ? 'registry-username' : 'registry-password',
            'is required, since the other half of the credentials is set',
          ] as const,
        ]
      : []),
  ]
}

/** Helm reports a missing chart or values file late, and without the input's name. @throws UserError */
export function checkChartInputs(inputs: ChartInputs): void {
  const { chart, 'values-files': files = [], 'post-renderer': program } = inputs
  if (!isFetched(toChartSource(inputs))) checkChart(chart)
  if (inputs['dependency-build'] && isFile(chart))
    throw new UserError('Input dependency-build: it works on a folder, and chart is an archive.')
  if (program !== undefined) checkProgram(program)
  const placesVersion = (inputs['version-values'] ?? []).length > 0
  for (const file of files) {
    if (!isFile(file))
      throw new UserError(
        `Input values-files: there is no file ${JSON.stringify(file)} (looked for ${resolve(file)}). Check the path, and that actions/checkout runs before this step.`,
      )
    const problem = findUnusableValues(readFileSync(file, 'utf8'), placesVersion)
    if (problem) throw new UserError(`Input values-files: ${JSON.stringify(file)} ${problem}.`)
  }
}

/** Helm starts it late, and reports its exit code only. */
function checkProgram(program: string): void {
  if (!isFile(program))
    throw new UserError(
      `Input post-renderer: there is no file ${JSON.stringify(program)} (looked for ${resolve(program)}). Give a script in the workspace; it can call other programs.`,
    )
  try {
    accessSync(program, constants.X_OK)
  } catch {
    throw new UserError(
      `Input post-renderer: ${JSON.stringify(program)} is not executable. Run "git update-index --chmod=+x ${program}" and commit it.`,
    )
  }
}

export function toChartSource(inputs: ChartInputs): ChartSource {
  const { 'registry-username': username, 'registry-password': password } = inputs
  return {
    chart: inputs.chart,
    version: inputs['chart-version'],
    repository: inputs['chart-repository'],
    credentials: username !== undefined && password !== undefined ? { username, password } : undefined,
    buildsDependencies: inputs['dependency-build'] ?? false,
  }
}

function checkChart(chart: string): void {
  const given = JSON.stringify(chart)
  if (!existsSync(chart))
    throw new UserError(
      `Input chart: ${given} is neither an oci:// reference nor a folder or archive in the workspace (looked for ${resolve(chart)}). Check the path, and that actions/checkout runs before this step; for a chart of a repository, set chart-repository.`,
    )
  if (!isFile(chart) && !isFile(join(chart, 'Chart.yaml')))
    throw new UserError(
      `Input chart: the folder ${given} has no Chart.yaml; give the chart's own folder or archive.`,
    )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
