import { readFile } from 'node:fs/promises'
import { readDispatch } from '../github/dispatch.ts'
import { isTriggeredBy, listDispatchTypes, listEvents } from '../github/triggers.ts'
import { UsageError } from '../usage-error.ts'
import type { Event } from './options.ts'
import type { WorkflowFile } from './workflow-file.ts'

type InputDeclarations = Record<string, { default?: unknown; required?: boolean } | null>

/** Returns the settings of an event in `on:`. */
const readTrigger = ({ document: { on } }: WorkflowFile, event: Event): unknown =>
  typeof on === 'object' && !Array.isArray(on) ? on[event] : undefined

/** @throws UsageError for an input that GitHub would refuse */
const createInputs = (workflow: WorkflowFile, given: Record<string, string>): Record<string, string> => {
  const trigger = Object(readTrigger(workflow, 'workflow_dispatch')) as { inputs?: InputDeclarations }
  const declared = Object.entries(trigger.inputs ?? {})
  const unknown = Object.keys(given).filter((name) => !declared.some(([known]) => known === name))
  if (unknown.length > 0) {
    const names = declared.map(([name]) => name).join(', ') || 'none'
    throw new UsageError(`${workflow.name} has no input ${unknown.join(', ')}; its inputs: ${names}`)
  }
  const values = declared.map(([name, declaration]) => [name, given[name] ?? declaration?.default] as const)
  const missing = declared.filter(
    ([name, each]) => each?.required && !values.some(([n, v]) => n === name && v),
  )
  if (missing.length > 0)
    throw new UsageError(
      `${workflow.name} requires --input ${missing.map(([name]) => `${name}=...`).join(' --input ')}`,
    )
  return Object.fromEntries(values.map(([name, value]) => [name, String(value ?? '')]))
}

const createDispatch = async (workflow: WorkflowFile, file: string): Promise<Record<string, unknown>> => {
  const parsed = readDispatch(await readJson(file))
  if ('error' in parsed) throw new UsageError(`${file}: GitHub refuses it: ${parsed.error}`)
  const { event_type, client_payload } = parsed.dispatch
  if (!isTriggeredBy(workflow.document.on, event_type)) {
    const types = listDispatchTypes(workflow.document.on)?.join(', ')
    throw new UsageError(`${workflow.name} does not start on event_type ${event_type}; its types: ${types}`)
  }
  return { action: event_type, branch: 'main', client_payload }
}

const readJson = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : error}`)
  }
}

/**
 * Returns `github.event` for a run of a workflow.
 * @param payload the file with the body of a repository_dispatch
 * @throws UsageError if GitHub would not start the workflow
 */
export const createEvent = async (
  workflow: WorkflowFile,
  { event, inputs, payload }: { event: Event; inputs: Record<string, string>; payload?: string | undefined },
): Promise<Record<string, unknown>> => {
  const known = listEvents(workflow.document.on)
  if (!known.includes(event))
    throw new UsageError(`${workflow.name} does not start on ${event}; its events: ${known.join(', ')}`)
  if (event === 'workflow_dispatch') return { inputs: createInputs(workflow, inputs) }
  if (event === 'repository_dispatch') return createDispatch(workflow, payload ?? '')
  const [schedule] = [readTrigger(workflow, event)].flat() as ({ cron?: string } | null | undefined)[]
  return { schedule: schedule?.cron ?? '' }
}
