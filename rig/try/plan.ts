import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { UsageError } from '../usage-error.ts'
import { createEvent } from './event.ts'
import type { TryOptions } from './options.ts'
import { listMissing } from './settings.ts'
import { assertFolder, chooseWorkflow, readRepositoryName, readWorkflows } from './user-folder.ts'
import { listContainerJobs, listRequirements, type Requirements, type WorkflowFile } from './workflow-file.ts'

/** The default file with secrets and variables, in the user's folder. */
export const ENV_FILE = '.retrain-try.env'

/** What to run, checked before the rig starts. */
export type Plan = {
  folder: string
  name: string
  workflow: WorkflowFile
  required: Requirements
  event: TryOptions['event']
  payload: Record<string, unknown>
  envFile: string
  given: Record<string, string>
}

const readGiven = async (path: string, isDefault: boolean): Promise<Record<string, string>> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (isDefault && error.code === 'ENOENT') return ''
    throw new UsageError(`cannot read ${path}: ${error.message}`)
  })
  return Object.fromEntries(Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? '']))
}

/** Reads the user's folder and options. @throws UsageError if the workflow cannot run */
export const planTry = async (options: TryOptions, base: string): Promise<Plan> => {
  const folder = resolve(base, options.folder)
  await assertFolder(folder)
  const workflow = chooseWorkflow(await readWorkflows(folder), options.workflow)
  const containers = listContainerJobs(workflow)
  if (containers.length > 0)
    throw new UsageError(
      `${workflow.name} runs ${containers.join(', ')} in a container or with services; a try has no Docker and runs jobs on this machine`,
    )
  const payload = await createEvent(workflow, {
    ...options,
    payload: options.payload && resolve(base, options.payload),
  })
  const required = listRequirements(workflow)
  const envFile = options.envFile === undefined ? join(folder, ENV_FILE) : resolve(base, options.envFile)
  const given = await readGiven(envFile, options.envFile === undefined)
  const missing = listMissing(required, given)
  if (missing.length > 0)
    throw new UsageError(
      `${workflow.name} reads values that the rig does not have: ${missing.join(', ')}. Add a line NAME=value for each to ${envFile}; NAME= is an empty one, as GitHub gives for a name that is not set.`,
    )
  const name = await readRepositoryName(folder)
  return { folder, name, workflow, required, event: options.event, payload, envFile, given }
}
