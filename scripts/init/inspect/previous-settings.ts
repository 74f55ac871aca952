import { parse } from 'yaml'
import type { Repository } from '../repository.ts'

/** Settings of an earlier run, by the name of their flag, each with the file that holds it. `holdout` has no flag: a policy that compares rows has it. */
export type PreviousSettings = ReadonlyMap<string, { value: string; source: string }>

const WORKFLOWS = ['retrain', 'rollback', 'reconcile'].map((name) => `.github/workflows/${name}.yml`)
const POLICY = 'retrain-policy.yml'
const INPUTS = [
  ...['model-name', 'release', 'namespace', 'chart', 'workload', 'version-from'],
  ...['run', 'working-directory'],
]
const DEFAULTS = { namespace: 'default', 'version-from': 'env:MODEL_VERSION' }

/**
 * Reads the settings that an earlier run wrote, so that a second run needs no flags. A workflow that the user changed has
 * them in its steps, too.
 */
export function readPreviousSettings({ files }: Repository, suite: string): PreviousSettings {
  const calls = WORKFLOWS.flatMap((path) =>
    listInputs(files.get(path) ?? '', suite).map((inputs) => ({ path, inputs })),
  )
  const gate = find(files.get(POLICY) ?? '', ['gate'])
  const holdout = isMapping(gate?.holdout) ? gate.holdout : undefined
  const entries = [
    // A caller omits the defaults of the reusable workflow.
    ...calls.slice(0, 1).flatMap(({ path }) => pick(DEFAULTS, Object.keys(DEFAULTS), path)),
    // The first call that has an input decides.
    ...calls.toReversed().flatMap(({ path, inputs }) => pick(inputs, INPUTS, path)),
    ...pick(gate, ['metric', 'direction'], POLICY),
    ...pick(holdout, ['label', 'id'], POLICY),
    ...(holdout ? [['holdout', { value: describeHoldout(holdout), source: POLICY }] as const] : []),
  ]
  return new Map(entries)
}

const describeHoldout = ({ path }: Mapping) => (typeof path === 'string' ? path : 'the holdout')

type Mapping = Record<string, unknown>
const isMapping = (value: unknown): value is Mapping => typeof value === 'object' && value !== null

/**
 * Whether the workflow that retrains has steps that a new one would not have, such as one that fetches data.
 * @param planned text of the new workflow
 */
export function hasOwnSteps({ files }: Repository, planned: string): boolean {
  const kept = new Set(listSteps(planned))
  return listSteps(files.get(WORKFLOWS[0] ?? '') ?? '').some((step) => !kept.has(step))
}

/** What each step of a workflow runs. */
function listSteps(workflow: string): string[] {
  const jobs = Object.values(find(workflow, ['jobs']) ?? {}).filter(isMapping)
  const steps = jobs.flatMap(({ steps: list }) => (Array.isArray(list) ? list.filter(isMapping) : []))
  return steps.map(({ uses, run }) => String(run ?? uses).trim())
}

/** The inputs of each job and step of a workflow that uses the suite. */
function listInputs(workflow: string, suite: string): Mapping[] {
  const jobs = Object.values(find(workflow, ['jobs']) ?? {}).filter(isMapping)
  const calls = jobs.flatMap((job) => [job, ...(Array.isArray(job.steps) ? job.steps : [])]).filter(isMapping)
  return calls
    .filter(({ uses }) => typeof uses === 'string' && uses.startsWith(`${suite}/`))
    .map((call) => call.with)
    .filter(isMapping)
}

function find(text: string, path: readonly string[]): Mapping | undefined {
  try {
    let value: unknown = parse(text)
    for (const key of path) value = isMapping(value) ? value[key] : undefined
    return isMapping(value) ? value : undefined
  } catch {
    return undefined
  }
}

function pick(mapping: Mapping | undefined, keys: readonly string[], source: string) {
  return keys.flatMap((key) => {
    const value = mapping?.[key]
    return typeof value === 'string' && !value.includes('${{') ? [[key, { value, source }] as const] : []
  })
}
