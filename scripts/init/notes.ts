import { posix } from 'node:path'
import { findSimilarWords } from '../../src/domain/core/did-you-mean.ts'
import { findFixedModels } from './inspect/fixed-models.ts'
import type { Inspection } from './inspect/index.ts'
import type { TrainingScript } from './inspect/training-scripts.ts'
import { INSTRUCTIONS, type Plan } from './plan.ts'
import type { Repository } from './repository.ts'
import { printable } from './settings/chooser.ts'
import type { GateSettings } from './settings/gate.ts'
import type { Settings } from './settings/index.ts'

/** What a person should look at, one sentence or two each. */
export function listNotes(
  { files }: Repository,
  { notebooks, addresses, workflows }: Inspection,
  script: TrainingScript | undefined,
  settings: Settings,
  plan: Plan,
): string[] {
  const { training, chart, chartPath, release } = settings
  const notes: string[] = []
  const path = printable(script?.path ?? '')
  if (script && training.packages === undefined)
    notes.push(
      `No requirements.txt, pyproject.toml or environment.yml was found, so the workflow installs no packages. Add one with mlflow and the packages of ${path}.`,
    )
  if (script?.registers)
    notes.push(
      `${path} registers versions itself. Remove registered_model_name or register_model: gatekeeper registers the versions that it promotes.`,
    )
  if (script?.setsAddress)
    notes.push(`${path} calls set_tracking_uri. The workflow sets MLFLOW_TRACKING_URI, so remove the call.`)
  if (settings.gate.unusedFiles !== undefined) notes.push(settings.gate.unusedFiles)
  notes.push(...listMetricNotes(script, settings.gate))
  if (notebooks.length > 0)
    notes.push(
      `Notebooks are not run: ${notebooks.map(printable).join(', ')}. docs/training-scripts.md of retrain-actions says how a script runs one.`,
    )
  for (const { uri, path, problem } of addresses)
    if (problem !== undefined && settings.trackingUri !== uri)
      notes.push(`${uri} in ${printable(path)} is not used: ${problem}.`)
  for (const { path, releases, usesSuite } of workflows)
    if (!usesSuite && releases.some((each) => each.release === release))
      notes.push(
        `${path} deploys release ${release}, too. Remove its helm upgrade: it would overwrite the version that helm-deploy verified.`,
      )
  return [...notes, ...listChartNotes(files, chart?.path, chartPath, settings, plan)]
}

/** Whether a metric is logged matters only if the gate compares logged values. */
function listMetricNotes(script: TrainingScript | undefined, { metric, evaluation }: GateSettings): string[] {
  if (!script || evaluation || script.metrics.includes(metric)) return []
  const path = printable(script.path)
  const name = printable(metric)
  if (script.metrics.length === 0)
    return [
      `The metric ${name} is assumed: ${path} logs no metric of test data that this command finds, and the gate then has nothing to compare. Add model.score(X_test, y_test) under autologging, or mlflow.log_metric(${JSON.stringify(name)}, ...). docs/training-scripts.md of retrain-actions shows both.`,
    ]
  const [similar] = findSimilarWords(metric.toLowerCase(), script.metrics)
  return [
    `${path} does not log ${name}, as far as this command finds. It logs ${script.metrics.map(printable).join(', ')}.${similar === undefined ? '' : ` Did you mean --metric ${printable(similar)}?`}`,
  ]
}

/** A server that loads a fixed version hides from all checks what it serves. */
function listFixedModels(files: Repository['files'], path: string, versionFrom: string): string[] {
  const hint = versionFrom.startsWith('env:') ? 'Set it to /model' : 'Let it load the deployed version'
  return findFixedModels({ files }, path).map(({ path, name, address }) => {
    const place = printable(path)
    const model = printable(address)
    const subject =
      name === undefined
        ? `${place} has ${model}`
        : /^[A-Z0-9_]+$/.test(name)
          ? `${place} gives the server ${name}=${model}`
          : `${place} sets ${name} to ${model}`
    return `${subject}: the server would load that version for ever, whatever is deployed. ${hint}.`
  })
}

function listChartNotes(
  files: Repository['files'],
  path: string | undefined,
  expected: string,
  { chart, workload, versionFrom }: Settings,
  { chart: change, copiesChart }: Plan,
): string[] {
  if (path === undefined && expected.startsWith('oci://'))
    return [
      `The chart ${printable(expected)} must take model.name, model.version and model.mlflowUri as values. actions/helm-deploy/README.md says more.`,
    ]
  if (path === undefined)
    return copiesChart
      ? []
      : [
          `No chart was found (no Chart.yaml). retrain.yml expects one in ${expected}/, and preflight fails until it is there. It must take model.name, model.version and model.mlflowUri as values and state the version in ${versionFrom}; actions/helm-deploy/README.md says more. With --with-chart, you get a copy of the chart of examples/digits.`,
        ]
  const notes: string[] = []
  const workloads = chart?.workloads ?? []
  if (workloads.length > 1 && workload === undefined)
    notes.push(
      `The chart has ${workloads.length} workloads (${workloads.map(({ kind, template }) => `${kind} in ${printable(template)}`).join(', ')}). Name the one that serves the model with --workload KIND/NAME.`,
    )
  if (change.kind === 'manual')
    notes.push(
      `The chart needs a change that only a person can place: ${change.reason}. ${INSTRUCTIONS} has the lines.`,
    )
  notes.push(...listFixedModels(files, path, versionFrom))
  if (change.kind === 'edit' && files.has(posix.join(path, 'values.schema.json')))
    notes.push(
      `${posix.join(path, 'values.schema.json')} must allow the value model and its keys. The patch does not change it.`,
    )
  return notes
}
