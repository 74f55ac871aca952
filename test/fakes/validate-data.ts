import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { contract } from '../../actions/validate-data/contract.ts'
import { main } from '../../actions/validate-data/main.ts'
import { type Report, reportSchema } from '../../actions/validate-data/report-schema.ts'
import { fakeContext, parseInputs } from './context.ts'

export const NOW = new Date('2026-11-30T12:00:00Z')

/** Runs the action on files of a new workspace. `data` defaults to data.csv. */
export async function validate(
  files: Readonly<Record<string, string | Uint8Array>>,
  inputs: Readonly<Record<string, string>>,
) {
  const workspace = mkdtempSync(join(tmpdir(), 'validate-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true })
    writeFileSync(join(workspace, name), content)
  }
  const context = fakeContext({ workspace, temp: workspace })
  const outcome = await main(parseInputs(contract, { data: 'data.csv', ...inputs }), context, {
    now: () => NOW,
  })
  const report: Report = reportSchema.parse(
    JSON.parse(readFileSync(outcome.outputs['report-json'] ?? '', 'utf8')),
  )
  const read = (name: string) => readFileSync(join(workspace, name), 'utf8')
  return {
    outcome,
    outputs: outcome.outputs,
    report,
    reason: report.reason,
    messages: context.messages,
    read,
  }
}

/** A CSV file from rows of cells. */
export function csv(...rows: readonly (readonly (string | number)[])[]): string {
  return `${rows.map((row) => row.join(',')).join('\n')}\n`
}
