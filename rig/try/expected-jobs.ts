import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parse } from 'yaml'
import { checkoutPath, slug } from '../../scripts/checkout.ts'
import type { WorkflowDocument, WorkflowFile } from './workflow-file.ts'

/** Reads the reusable workflow of the suite that a job calls; undefined if it calls none. */
const readCalledWorkflow = async (uses: string | undefined): Promise<WorkflowDocument | undefined> => {
  const [, file] = new RegExp(`^${slug}/(\\.github/workflows/[\\w.-]+)@`).exec(uses ?? '') ?? []
  if (file === undefined) return undefined
  const text = await readFile(checkoutPath('.github/workflows', basename(file)), 'utf8').catch(() => '')
  return parse(text) ?? undefined
}

/** Lists the ids of a workflow's jobs in their order, also those of the suite's reusable workflows that it calls. */
export const listExpectedJobs = async ({ document }: WorkflowFile): Promise<string[]> => {
  const ids = Object.entries(document.jobs ?? {}).map(async ([id, job]) => {
    const called = await readCalledWorkflow(job?.uses)
    return called === undefined ? [id] : Object.keys(called.jobs ?? {})
  })
  return (await Promise.all(ids)).flat()
}
