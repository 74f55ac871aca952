import { parse } from 'yaml'
import type { Repository } from '../repository.ts'

/** Settings of an earlier run, by the name of their flag, each with the file that holds it. `holdout` has no flag: a policy that compares rows has it. */
export type PreviousSettings = ReadonlyMap<string, { value: string; source: string }>

const WORKFLOW = '.github/workflows/retrain.yml'
const POLICY = 'retrain-policy.yml'
const DEFAULTS = { namespace: 'default', 'version-from': 'env:MODEL_VERSION' }

/** Reads the settings that an earlier run wrote, so that a second run needs no flags. */
export function readPreviousSettings({ files }: Repository, suite: string): PreviousSettings {
  const workflow = files.get(WORKFLOW) ?? ''
  const inputs = workflow.includes(`uses: ${suite}/`)
    ? find(workflow, ['jobs', 'retrain', 'with'])
    : undefined
  const gate = find(files.get(POLICY) ?? '', ['gate'])
  const holdout = isMapping(gate?.holdout) ? gate.holdout : undefined
  const entries = [
    // A caller omits the defaults of the reusable workflow.
    ...(inputs ? pick(DEFAULTS, Object.keys(DEFAULTS), WORKFLOW) : []),
    ...pick(
      inputs,
      ['model-name', 'release', 'namespace', 'chart', 'workload', 'version-from', 'run', 'working-directory'],
      WORKFLOW,
    ),
    ...pick(gate, ['metric', 'direction'], POLICY),
    ...pick(holdout, ['label', 'id'], POLICY),
    ...(holdout ? [['holdout', { value: describeHoldout(holdout), source: POLICY }] as const] : []),
  ]
  return new Map(entries)
}

const describeHoldout = ({ path }: Mapping) => (typeof path === 'string' ? path : 'the holdout')

type Mapping = Record<string, unknown>
const isMapping = (value: unknown): value is Mapping => typeof value === 'object' && value !== null

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
