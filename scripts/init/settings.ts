import type * as z from 'zod'
import { findKnownDirection } from '../../src/domain/gate/evaluation/value-range.ts'
import { findStatistic } from '../../src/domain/gate/metrics/statistic-catalog.ts'
import { kubernetesName, modelName } from '../../src/runtime/fields.ts'
import { type Chooser, printable, type Suggestion } from './chooser.ts'
import type { Chart } from './inspect/charts.ts'
import { type EvaluationFiles, findLabelColumn } from './inspect/evaluation-files.ts'
import type { Inspection } from './inspect/index.ts'
import { cleanAddress } from './inspect/tracking-addresses.ts'
import type { TrainingScript } from './inspect/training-scripts.ts'
import type { Repository } from './repository.ts'
import { chooseTraining, type Training } from './training.ts'

/** All that the written files depend on. */
export interface Settings {
  modelName: string
  training: Training
  gate: GateSettings
  release: string
  namespace: string
  /** The chart of the repository; undefined if there is none. */
  chart: Chart | undefined
  /** Where the chart is, or will be. */
  chartPath: string
  versionFrom: string
  workload: string | undefined
  trackingUri: string | undefined
}

export interface GateSettings {
  metric: string
  /** Set if the gate does not know the direction of the metric. */
  direction: string | undefined
  /** Files of a paired comparison; undefined to compare logged values. */
  evaluation: (EvaluationFiles & { label: string }) | undefined
}

const DEFAULT_CHART = 'chart'
const DEFAULT_VERSION_FROM = 'env:MODEL_VERSION'

/** Flags with a value that may change nothing. */
const OPTIONAL_FLAGS = ['direction', 'label', 'workload', 'script']

/** Settles what to write. @throws InitError */
export async function chooseSettings(
  repository: Repository,
  inspection: Inspection,
  chooser: Chooser,
  flags: { run?: string | undefined; script?: string | undefined },
): Promise<{ settings: Settings; script: TrainingScript | undefined; unused: string[] }> {
  const { script, training } = await chooseTraining(repository, inspection, chooser, flags)
  const { chart, chartPath } = await chooseChart(inspection, chooser)
  const model = await chooseModelName(repository, script, chart, chooser)
  const gate = await chooseGate(inspection, script, chooser)
  const target = await chooseRelease(inspection, model, chooser)
  const versionFrom = await chooser.choose({
    flag: 'version-from',
    what: 'version of a pod',
    quiet: true,
    suggestion: chart?.versionFrom
      ? { value: chart.versionFrom, source: `templates of ${chart.path}` }
      : { value: DEFAULT_VERSION_FROM, source: 'default' },
    findProblem: (value) =>
      /^(env|annotation|label):.+$|^image-tag$|^http:.+$/.test(value)
        ? undefined
        : 'is not env:NAME, annotation:KEY, label:KEY, image-tag or http:PORT/PATH#FIELD',
  })
  const workloads = chart?.workloads ?? []
  const workload =
    workloads.length > 1
      ? await chooser.choose({
          flag: 'workload',
          what: 'workload (KIND/NAME)',
          findProblem: (value) => (/^[a-z]+\/[a-z0-9.-]+$/i.test(value) ? undefined : 'is not KIND/NAME'),
        })
      : undefined
  const [address] = inspection.addresses.filter(({ problem }) => problem === undefined)
  const trackingUri = await chooser.choose({
    flag: 'tracking-uri',
    what: 'address of MLflow',
    suggestion: address && { value: address.uri, source: address.path },
    findProblem: (value) =>
      cleanAddress(value) === undefined ? 'is not an http or https address' : undefined,
  })
  const settings = {
    ...{ modelName: model, training, gate, ...target, chart, chartPath, workload },
    versionFrom: versionFrom ?? DEFAULT_VERSION_FROM,
    trackingUri: trackingUri === undefined ? undefined : cleanAddress(trackingUri),
  }
  const unused = chooser.listUnused(OPTIONAL_FLAGS)
  return { settings, script, unused }
}

async function chooseChart(
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

async function chooseModelName(
  { name: folder }: Repository,
  script: TrainingScript | undefined,
  chart: Chart | undefined,
  chooser: Chooser,
): Promise<string> {
  const findProblem = (value: string) => firstIssue(modelName(), value)
  const candidates: Suggestion[] = [
    ...(script?.modelNames.map(({ name, source }) => ({ value: name, source })) ?? []),
    ...(chart ? [{ value: chart.name, source: 'assumed from the name of the chart' }] : []),
    { value: folder, source: 'assumed from the name of the folder' },
    { value: 'model', source: 'assumed' },
  ]
  const suggestion = candidates.find(
    ({ value }) => findProblem(value) === undefined && !value.includes('${{'),
  )
  return (
    (await chooser.choose({ flag: 'model-name', what: 'model name', suggestion, findProblem })) ?? 'model'
  )
}

async function chooseGate(
  { evaluation }: Inspection,
  script: TrainingScript | undefined,
  chooser: Chooser,
): Promise<GateSettings> {
  const [best] = (script?.metrics ?? []).toSorted((one, other) => rankMetric(one) - rankMetric(other))
  const metric =
    (await chooser.choose({
      flag: 'metric',
      what: 'metric',
      suggestion: best
        ? { value: best, source: `logged by ${script?.path}` }
        : { value: 'accuracy', source: 'assumed: no metric found' },
    })) ?? 'accuracy'
  const statistic = findStatistic(metric)
  const isKnown = statistic !== undefined || findKnownDirection(metric) !== undefined
  const direction = isKnown
    ? undefined
    : await chooser.choose({
        flag: 'direction',
        what: `better values of ${metric}`,
        options: ['higher', 'lower'],
        // score() of scikit-learn: accuracy or R².
        suggestion: /^[A-Z]\w*_score_\w+$/.test(metric)
          ? { value: 'higher', source: 'score() of scikit-learn' }
          : undefined,
        required: `Is a higher or a lower ${JSON.stringify(metric)} better? Say it with --direction, or choose another metric with --metric.`,
      })
  // Only a statistic can be computed from rows.
  const files = statistic && evaluation
  const label = files && (await chooseLabel(files, chooser))
  return { metric, direction, evaluation: files && label !== undefined ? { ...files, label } : undefined }
}

/** The metrics that the gate knows come first. */
function rankMetric(metric: string): number {
  if (findStatistic(metric)) return 0
  return findKnownDirection(metric) ? 1 : 2
}

async function chooseLabel(
  { holdout, columns }: EvaluationFiles,
  chooser: Chooser,
): Promise<string | undefined> {
  const label = findLabelColumn(columns)
  return chooser.choose({
    flag: 'label',
    what: `label column of ${holdout}`,
    // The columns of a Parquet file are not known here.
    options: columns,
    suggestion: label === undefined ? undefined : { value: label, source: `column of ${holdout}` },
  })
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
    findProblem: (value) => firstIssue(kubernetesName(53), value),
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
    findProblem: (value) => firstIssue(kubernetesName(), value),
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

function firstIssue(schema: z.ZodType, value: string): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message.replace(/^"[^"]*" /, '')
}
