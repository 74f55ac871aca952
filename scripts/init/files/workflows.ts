import { isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import { InitError } from '../repository.ts'
import { printable } from '../settings/chooser.ts'
import type { Settings } from '../settings/index.ts'
import { POLICY } from './policy.ts'

/** The workflows that a repository gets. */
export const WORKFLOWS = ['retrain', 'rollback', 'reconcile'] as const

/** The example for a model in the image, which has to be built between gate and deployment. */
export const IMAGE_EXAMPLE = 'retrain-image'

/** The name that the examples give to model, release and experiment. */
const EXAMPLE_MODEL = 'digits'

/**
 * Fills the names of a repository into an example workflow. Everything else stays as it is.
 * @param file of the example, without its extension
 */
export function renderWorkflow(file: string, example: string, settings: Settings): string {
  const [head = ''] = /^(#.*\n)*/.exec(example) ?? []
  const document = parseDocument(example.slice(head.length))
  const { modelName, release, training, gate } = settings
  document.set(
    'name',
    String(document.get('name')).replace(EXAMPLE_MODEL, () => modelName),
  )
  const jobs = listJobs(document.get('jobs') as YAMLMap)
  for (const owner of [document.contents as YAMLMap, ...jobs])
    if (owner.hasIn(['concurrency', 'group']))
      owner.setIn(
        ['concurrency', 'group'],
        String(owner.getIn(['concurrency', 'group'])).replace(EXAMPLE_MODEL, release),
      )
  for (const job of jobs) {
    const { pythonVersion } = training
    const needsPython = findCall(job, 'train') ?? (gate.evaluation && findCall(job, 'gatekeeper'))
    if (needsPython) setPython(job, pythonVersion, jobs)
    for (const call of [job, ...listSteps(job)]) {
      const inputs = call.get('with')
      const values = createInputs(findTarget(call), settings)
      if (isMap(inputs) && values) fillInputs(inputs as YAMLMap, values)
      if (call.hasIn(['env', 'MODEL_NAME'])) fillInputs(call.get('env') as YAMLMap, { MODEL_NAME: modelName })
    }
  }
  const requirements = head.split('\n').filter((line) => line.startsWith('# Requires'))
  const origin = `# From workflows-examples/${file}.yml of retrain-actions, filled in by its command npm run init.`
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false })
  return [origin, ...requirements, text].join('\n')
}

const listJobs = (jobs: YAMLMap) => jobs.items.map(({ value }) => value).filter((job) => isMap<unknown>(job))

function listSteps(job: YAMLMap): YAMLMap[] {
  const steps = job.get('steps')
  return isSeq(steps) ? steps.items.filter((step) => isMap<unknown>(step)) : []
}

const findTarget = (call: YAMLMap) => /\/([\w-]+)(\.yml)?@/.exec(String(call.get('uses')))?.[1]

const findCall = (job: YAMLMap, target: string) => listSteps(job).find((step) => findTarget(step) === target)

/** Lets a job set up this Python version, as the job of the training does; empty for the Python of the runner. */
function setPython(job: YAMLMap, version: string, jobs: readonly YAMLMap[]): void {
  const steps = job.get('steps') as YAMLSeq
  const own = findCall(job, 'setup-python')
  if (own && version === '') steps.items.splice(steps.items.indexOf(own), 1)
  else if (own) own.setIn(['with', 'python-version'], version)
  else if (version !== '') {
    const step = jobs.map((other) => findCall(other, 'setup-python')).find((one) => one !== undefined)
    const checkout = findCall(job, 'checkout')
    const copy = step?.clone() as YAMLMap | undefined
    copy?.setIn(['with', 'python-version'], version)
    if (copy) steps.items.splice(checkout ? steps.items.indexOf(checkout) + 1 : 0, 0, copy)
  }
}

type Inputs = Readonly<Record<string, string | undefined>>

/** The inputs that a repository determines, by what a job or step calls; undefined for other calls. */
function createInputs(target: string | undefined, settings: Settings): Inputs | undefined {
  const locators = createLocators(settings)
  const { modelName: name, chartPath: chart } = settings
  const { run, 'working-directory': folder, 'experiment-name': experiment } = createTrainingInputs(settings)
  // The examples with steps have the criteria in their inputs.
  const gate = { policy: POLICY, metric: undefined, 'min-improvement': undefined }
  switch (target) {
    case 'retrain':
      return { ...locators, ...createTrainingInputs(settings) }
    case 'preflight':
      return { ...locators, run, 'working-directory': folder, ...gate, chart }
    case 'train':
      return { run, 'working-directory': folder, 'experiment-name': experiment }
    case 'gatekeeper':
      return { 'model-name': name, ...gate }
    case 'helm-deploy':
      return { ...locators, chart }
    case 'rollback':
    case 'reconcile':
    case 'promote':
      return locators
    default:
      return undefined
  }
}

/** Inputs that say which model, and where it serves. */
function createLocators({ modelName, release, namespace, versionFrom, workload }: Settings) {
  return {
    'model-name': modelName,
    release,
    namespace: namespace === 'default' ? undefined : namespace,
    'version-from': versionFrom === 'env:MODEL_VERSION' ? undefined : versionFrom,
    workload,
  }
}

function createTrainingInputs({ modelName, training, gate, chartPath }: Settings) {
  const { run, workingDirectory, pythonVersion, experiment } = training
  return {
    'experiment-name': experiment ?? modelName,
    'python-version': pythonVersion,
    run: run.includes('\n') ? `${run}\n` : run,
    'working-directory': workingDirectory === '.' ? undefined : workingDirectory,
    'gate-python-version': gate.evaluation && pythonVersion !== '' ? pythonVersion : undefined,
    policy: POLICY,
    chart: chartPath,
    // The example has a file with its image.
    'values-files': undefined,
  }
}

/** Sets the inputs in the order of the example, adds others at the end, and removes those without a value. */
function fillInputs(inputs: YAMLMap, values: Inputs): void {
  for (const [name, value] of Object.entries(values)) {
    if (value?.includes('${{'))
      throw new InitError(
        `${name}: ${printable(value)} contains an expression, which GitHub would evaluate. Rename it.`,
      )
    if (value === undefined) inputs.delete(name)
    else inputs.set(name, value)
  }
}
