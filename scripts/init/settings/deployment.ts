import { kubernetesName } from '../../../src/runtime/fields.ts'
import type { Chart } from '../inspect/charts.ts'
import type { Inspection } from '../inspect/index.ts'
import { cleanAddress } from '../inspect/tracking-addresses.ts'
import { type Chooser, findIssue, printable } from './chooser.ts'

/** What is deployed, and where. */
export interface DeploymentSettings {
  release: string
  namespace: string
  /** Where a pod states its version. */
  versionFrom: string
  /** The one that serves the model, as KIND/NAME, if the chart has several. */
  workload: string | undefined
  trackingUri: string | undefined
}

const DEFAULT_CHART = 'chart'
const DEFAULT_VERSION_FROM = 'env:MODEL_VERSION'

/** Chooses the release, and how its pods are found. */
export async function chooseDeployment(
  inspection: Inspection,
  chart: Chart | undefined,
  model: string,
  chooser: Chooser,
): Promise<DeploymentSettings> {
  const target = await chooseRelease(inspection, model, chooser)
  const versionFrom = await chooseVersionFrom(chart, chooser)
  const workload = await chooseWorkload(chart, chooser)
  return { ...target, versionFrom, workload, trackingUri: await chooseAddress(inspection, chooser) }
}

/** Chooses the chart of the repository, if there is one, and its place. */
export async function chooseChart(
  { charts }: Inspection,
  chooser: Chooser,
): Promise<{ chart: Chart | undefined; chartPath: string }> {
  const paths = charts.map(({ path }) => path)
  const [only] = charts.length === 1 ? charts : []
  const path = await chooser.choose({
    flag: 'chart',
    what: 'chart',
    suggestion: only && { value: only.path, source: describeWorkloads(only) },
    findProblem: (value) =>
      value.startsWith('oci://') || paths.includes(value)
        ? undefined
        : `is no folder with a Chart.yaml${paths.length > 0 ? ` (there are ${paths.join(', ')})` : ''}`,
    quiet: charts.length === 0,
    ...(charts.length > 1 && {
      required: `There are several charts: ${paths.map(printable).join(', ')}. Choose one with --chart.`,
    }),
  })
  return { chart: charts.find((chart) => chart.path === path), chartPath: path ?? DEFAULT_CHART }
}

export function describeWorkloads({ workloads }: Chart): string {
  return workloads.map(({ kind, template }) => `${kind} in ${template}`).join(', ') || 'no workload found'
}

async function chooseVersionFrom(chart: Chart | undefined, chooser: Chooser): Promise<string> {
  const found = chart?.versionFrom
  const chosen = await chooser.choose({
    flag: 'version-from',
    what: 'version of a pod',
    quiet: true,
    suggestion: found
      ? { value: found, source: `templates of ${chart.path}` }
      : { value: DEFAULT_VERSION_FROM, source: 'default' },
    findProblem: (value) =>
      /^(env:[A-Za-z_]\w*|(annotation|label|http):.+|image-tag)$/.test(value)
        ? undefined
        : 'is not env:NAME, annotation:KEY, label:KEY, image-tag or http:PORT/PATH#FIELD',
  })
  return chosen ?? DEFAULT_VERSION_FROM
}

async function chooseWorkload(chart: Chart | undefined, chooser: Chooser): Promise<string | undefined> {
  if (!chart || chart.workloads.length === 0) return undefined
  const kinds = chart.workloads.map(({ kind }) => kind.toLowerCase())
  return chooser.choose({
    flag: 'workload',
    what: 'workload (KIND/NAME)',
    findProblem: (value) => {
      const kind = /^([a-z]+)\/[a-z0-9.-]+$/i.exec(value)?.[1]?.toLowerCase()
      if (kind === undefined) return 'is not KIND/NAME'
      return kinds.includes(kind) ? undefined : `the chart has only ${describeWorkloads(chart)}`
    },
    // The actions find a single one themselves.
    quiet: kinds.length === 1,
  })
}

async function chooseAddress({ addresses }: Inspection, chooser: Chooser): Promise<string | undefined> {
  const found = addresses.find(({ problem }) => problem === undefined)
  const chosen = await chooser.choose({
    flag: 'tracking-uri',
    what: 'address of MLflow',
    suggestion: found && { value: found.uri, source: found.path },
    findProblem: (value) =>
      cleanAddress(value) === undefined ? 'is not an http or https address' : undefined,
  })
  return chosen === undefined ? undefined : cleanAddress(chosen)
}

async function chooseRelease(
  { workflows }: Inspection,
  model: string,
  chooser: Chooser,
): Promise<{ release: string; namespace: string }> {
  const [deployed] = workflows.flatMap(({ path, releases }) => releases.map((one) => ({ ...one, path })))
  const release = await chooser.choose({
    flag: 'release',
    what: 'Helm release',
    suggestion: deployed
      ? { value: deployed.release, source: `helm upgrade in ${deployed.path}` }
      : { value: toKubernetesName(model), source: 'assumed from the model name' },
    findProblem: (value) => findIssue(kubernetesName(53), value),
  })
  const namespace = await chooser.choose({
    flag: 'namespace',
    what: 'namespace',
    suggestion: deployed
      ? {
          value: deployed.namespace ?? 'default',
          source: deployed.namespace
            ? `helm upgrade in ${deployed.path}`
            : `assumed: helm upgrade in ${deployed.path} names none`,
        }
      : { value: release ?? 'default', source: 'assumed: one namespace per model' },
    findProblem: (value) => findIssue(kubernetesName(), value),
  })
  return { release: release ?? 'model', namespace: namespace ?? 'default' }
}

/** Turns a name into one that Kubernetes and Helm accept. */
export function toKubernetesName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 53)
    .replace(/^-+|-+$/g, '')
  return plain === '' ? 'model' : plain
}
