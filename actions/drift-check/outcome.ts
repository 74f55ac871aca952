import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { errorMessage, UserError } from '../../src/domain/core/errors.ts'
import { oneLine } from '../../src/domain/core/text.ts'
import { quote } from '../../src/domain/table/messages.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, Outputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { EarlierCheck } from './history.ts'
import { renderPage } from './page/page.ts'
import type { Report } from './report-schema.ts'
import { renderSummary } from './summary.ts'

export interface Setting {
  inputs: Inputs<typeof contract>
  context: Context
  now: Date
}

/** The JSON has all numbers; an output is for expressions. */
const formatShare = (value: number | null) => (value === null ? '' : String(Number(value.toPrecision(6))))

/** Writes the reports, and turns the verdict into outputs, the summary and, if `fail-on` asks for it, a failure. */
export function buildOutcome(
  { inputs, context }: Setting,
  report: Report,
  earlier: readonly EarlierCheck[],
): Outcome<typeof contract> {
  const path = join(mkdtempSync(join(context.temp, 'drift-check-')), 'report.json')
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`)
  const page = inputs['report-html']
  if (page !== undefined) writePage(page, renderPage(report, earlier), context)
  const [worst] = report.columns
  const outputs: Outputs<typeof contract> = {
    verdict: report.verdict,
    'drift-detected': report.verdict === 'drift' ? 'true' : 'false',
    'data-drift': report.dataDrift === null ? '' : report.dataDrift ? 'true' : 'false',
    'drifted-columns': JSON.stringify(report.driftedColumns),
    'drift-share': formatShare(report.driftShare),
    'max-effect': formatShare(worst?.severity ?? null),
    'rows-reference': String(report.reference?.rows ?? ''),
    'rows-current': String(report.current?.rows ?? ''),
    'report-json': path,
    'report-html': page === undefined ? '' : resolve(context.workspace, page),
    reason: report.reason,
  }
  const summary = renderSummary(report, page)
  for (const note of report.notes) context.log.info(note)
  context.log.info(report.reason)
  return report.verdict === 'drift' && inputs['fail-on'] === 'drift'
    ? { outputs, summary, failure: new UserError(report.reason) }
    : { outputs, summary }
}

/** The data could not be compared, which is never "no drift". */
export function buildErrorOutcome(setting: Setting, error: UserError): Outcome<typeof contract> {
  const { inputs, context } = setting
  const reason = oneLine(error.message, 1000)
  const report: Report = {
    ...startReport(setting),
    verdict: 'error',
    dataDrift: null,
    reason,
    kOfN: null,
    reference: null,
    current: null,
    dependence: null,
    driftedColumns: [],
    driftShare: null,
    columns: [],
    notes: [],
  }
  const { outputs, summary = '' } = buildOutcome(setting, report, [])
  if (inputs['fail-on'] !== 'never') return { outputs, failure: new UserError(reason, { cause: error }) }
  context.log.warning(reason)
  return { outputs: outputs as Outputs<typeof contract>, summary }
}

/** What every report has. */
export function startReport({ inputs, context, now }: Setting) {
  return {
    schema: 1,
    policy: {
      name: inputs['drift-policy'],
      sigmas: inputs.sigmas,
      alpha: inputs.alpha,
      floors: {
        numeric: inputs['numeric-floor'],
        categorical: inputs['categorical-floor'],
        nulls: inputs['null-floor'],
      },
      minDriftedColumns: inputs['min-drifted-columns'],
    },
    seed: Number(inputs.seed),
    meta: { checkedAt: now.toISOString(), runUrl: context.run.url },
  } as const
}

function writePage(given: string, page: string, { workspace }: Context): void {
  const path = resolve(workspace, given)
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, page)
  } catch (cause) {
    throw new UserError(
      `Input report-html: ${quote(given)} cannot be written (${errorMessage(cause)}). Set a path in the workspace.`,
      { cause },
    )
  }
}
