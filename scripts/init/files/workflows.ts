import { isMap, parseDocument, type YAMLMap } from 'yaml'
import { InitError } from '../repository.ts'
import { printable } from '../settings/chooser.ts'
import type { Settings } from '../settings/index.ts'

/** The example workflows that a repository gets. Each is written to .github/workflows under its name. */
export const WORKFLOWS = ['retrain', 'rollback', 'reconcile'] as const
export type WorkflowName = (typeof WORKFLOWS)[number]

/** The name that the examples give to model, release and experiment. */
const EXAMPLE_MODEL = 'digits'

/** Fills the names of a repository into an example workflow. Everything else stays as it is. */
export function renderWorkflow(name: WorkflowName, example: string, settings: Settings): string {
  const [head = ''] = /^(#.*\n)*/.exec(example) ?? []
  const document = parseDocument(example.slice(head.length))
  const { modelName, release } = settings
  document.set(
    'name',
    String(document.get('name')).replace(EXAMPLE_MODEL, () => modelName),
  )
  const jobs = document.get('jobs') as YAMLMap
  fillInputs(jobs.getIn([name, 'with']) as YAMLMap, {
    ...createLocators(settings),
    ...(name === 'retrain' && createTrainingInputs(settings)),
  })
  for (const { value: job } of jobs.items)
    if (isMap(job) && job.hasIn(['concurrency', 'group']))
      job.setIn(
        ['concurrency', 'group'],
        String(job.getIn(['concurrency', 'group'])).replace(EXAMPLE_MODEL, release),
      )
  const requirements = head.split('\n').filter((line) => line.startsWith('# Requires'))
  const origin = `# From workflows-examples/${name}.yml of retrain-actions, filled in by its command npm run init.`
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false })
  return [origin, ...requirements, text].join('\n')
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
    policy: 'retrain-policy.yml',
    chart: chartPath,
    // The example has a file with its image.
    'values-files': undefined,
  }
}

/** Sets the inputs in the order of the example, adds others at the end, and removes those without a value. */
function fillInputs(inputs: YAMLMap, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value?.includes('${{'))
      throw new InitError(
        `${name}: ${printable(value)} contains an expression, which GitHub would evaluate. Rename it.`,
      )
    if (value === undefined) inputs.delete(name)
    else inputs.set(name, value)
  }
}
