import { modelName } from '../../../src/runtime/fields.ts'
import type { Chart } from '../inspect/charts.ts'
import type { Inspection } from '../inspect/index.ts'
import type { TrainingScript } from '../inspect/training-scripts.ts'
import type { Repository } from '../repository.ts'
import { type Chooser, findIssue, type Suggestion } from './chooser.ts'
import { chooseChart, chooseDeployment, type DeploymentSettings } from './deployment.ts'
import { chooseGate, type GateSettings } from './gate.ts'
import { chooseTraining, type Training } from './training.ts'

/** All that the written files depend on. */
export interface Settings extends DeploymentSettings {
  modelName: string
  training: Training
  gate: GateSettings
  /** The chart of the repository; undefined if there is none. */
  chart: Chart | undefined
  /** Where the chart is, or will be. */
  chartPath: string
}

/** Flags with a value that may change nothing. */
const OPTIONAL_FLAGS = ['direction', 'label', 'id', 'workload', 'script']

/** Settles what to write. `unused` names flags that change nothing. @throws InitError */
export async function chooseSettings(
  repository: Repository,
  inspection: Inspection,
  chooser: Chooser,
  flags: { run?: string | undefined; script?: string | undefined },
): Promise<{ settings: Settings; script: TrainingScript | undefined; unused: string[] }> {
  const { script, training } = await chooseTraining(repository, inspection, chooser, flags)
  const { chart, chartPath } = await chooseChart(inspection, chooser)
  const model = await chooseModelName(repository, script, chart, chooser)
  const gate = await chooseGate(inspection.evaluation, script, chooser)
  const deployment = await chooseDeployment(inspection, chart, model, chooser)
  return {
    settings: { modelName: model, training, gate, chart, chartPath, ...deployment },
    script,
    unused: chooser.listUnused(OPTIONAL_FLAGS),
  }
}

async function chooseModelName(
  { name: folder }: Repository,
  script: TrainingScript | undefined,
  chart: Chart | undefined,
  chooser: Chooser,
): Promise<string> {
  const findProblem = (value: string) => findIssue(modelName(), value)
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
