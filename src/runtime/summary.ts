import { appendFile } from 'node:fs/promises'
import * as core from '@actions/core'

/** GitHub drops a step's summary whole above 1 MiB (runner, CreateStepSummaryCommand). */
const LIMIT = 1024 * 1024 - 4096

/** A summary that is sure to be shown: cut where GitHub would otherwise drop all of it. */
export function bounded(markdown: string): string {
  const bytes = Buffer.from(markdown)
  if (bytes.length <= LIMIT) return markdown
  const cut = bytes
    .subarray(0, LIMIT)
    .toString('utf8')
    .replace(/\ufffd+$/, '')
  return `${cut}\n\n(The rest was cut: GitHub shows at most 1 MiB.)\n`
}

/** Adds to the job's page. A summary is never a reason to fail. */
export async function writeSummary(markdown: string): Promise<void> {
  const path = process.env.GITHUB_STEP_SUMMARY
  if (!path) return
  try {
    await appendFile(path, `${bounded(markdown)}\n`)
  } catch (error) {
    core.warning(
      `The job summary could not be written to ${path}: ${error instanceof Error ? error.message : error}`,
    )
  }
}
