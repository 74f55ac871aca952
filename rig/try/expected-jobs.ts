import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parse } from 'yaml'
import { checkoutPath, slug } from '../../scripts/checkout.ts'
import type { JobDocument, WorkflowDocument, WorkflowFile } from './workflow-file.ts'

/** A job of a workflow, which can be skipped. */
export type ExpectedJob = { id: string; name: string }

/** Reads the reusable workflow of the suite that a job calls; undefined if it calls none. */
const readCalledWorkflow = async (uses: string | undefined): Promise<WorkflowDocument | undefined> => {
  const [, file] = new RegExp(`^${slug}/(\\.github/workflows/[\\w.-]+)@`).exec(uses ?? '') ?? []
  if (file === undefined) return undefined
  const text = await readFile(checkoutPath('.github/workflows', basename(file)), 'utf8').catch(() => '')
  return parse(text) ?? undefined
}

/** Lists a workflow's jobs in their order, also those of the suite's reusable workflows that it calls. */
export const listExpectedJobs = async ({ document }: WorkflowFile): Promise<ExpectedJob[]> => {
  const describe = ([id, job]: [string, JobDocument]) => ({ id, name: job?.name ?? id })
  const jobs = Object.entries(document.jobs ?? {}).map(async (entry) => {
    const called = await readCalledWorkflow(entry[1]?.uses)
    return called === undefined ? [describe(entry)] : Object.entries(called.jobs ?? {}).map(describe)
  })
  return (await Promise.all(jobs)).flat()
}
