import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { errorMessage, UserError } from '../../src/domain/core/errors.ts'
import { quote } from '../../src/domain/table/messages.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, Outputs } from '../../src/runtime/contract.ts'
import type { CheckEvidence } from './check-report.ts'
import type { contract } from './contract.ts'
import { renderPage } from './page/page.ts'
import type { Report } from './report-schema.ts'
import { renderSummary } from './summary.ts'

type DriftInputs = Inputs<typeof contract>

/** Writes the reports, and turns the verdict into outputs, the summary and, if `fail-on` asks for it, a failure. */
export function buildOutcome(
  inputs: DriftInputs,
  context: Context,
  report: Report,
  { earlier, errors }: CheckEvidence,
): Outcome<typeof contract> {
  const path = join(mkdtempSync(join(context.temp, 'drift-check-')), 'report.json')
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`)
  const page = inputs['report-html']
  const pageError = page === undefined ? undefined : writePage(page, renderPage(report, earlier), context)
  const outputs: Outputs<typeof contract> = {
    ...toOutputs(report),
    'report-json': path,
    'report-html': page === undefined || pageError ? '' : resolve(context.workspace, page),
  }
  const summary = renderSummary(report, pageError ? undefined : page)
  for (const note of report.notes) context.log.info(note)
  const failure = pageError ?? findFailure(inputs['fail-on'], report, errors)
  if (failure) return { outputs, summary, failure }
  const log = report.verdict === 'error' ? context.log.warning : context.log.info
  log(report.reason)
  return { outputs, summary }
}

function toOutputs(report: Report) {
  const { verdict, dataDrift, performance } = report
  const flag = (value: boolean | null) => (value === null ? '' : value ? 'true' : 'false')
  return {
    verdict,
    'drift-detected': verdict === 'drift' ? 'true' : 'false',
    'data-drift': flag(dataDrift),
    'performance-drift': flag(performance && performance.verdict === 'drift'),
    'drifted-columns': JSON.stringify(report.driftedColumns),
    'drift-share': formatNumber(report.driftShare),
    'max-effect': formatNumber(findMaxSeverity(report)),
    'performance-drop': performance?.drop ?? '',
    'estimated-accuracy': formatNumber(report.estimate?.accuracy ?? null),
    'rows-reference': String(report.reference?.rows ?? ''),
    'rows-current': String(report.current?.rows ?? ''),
    reason: report.reason,
  } as const
}

/** The JSON has all digits; an output is for expressions. */
const formatNumber = (value: number | null) => (value === null ? '' : String(Number(value.toPrecision(6))))

function findMaxSeverity({ columns }: Report): number | null {
  const known = columns.flatMap(({ severity, effects }) =>
    severity === null || effects.length === 0 ? [] : [severity],
  )
  return known.length > 0 ? known.reduce((most, each) => Math.max(most, each)) : null
}

function findFailure(failOn: DriftInputs['fail-on'], { verdict, reason }: Report, errors: readonly Error[]) {
  const [first, ...others] = errors
  if (first && failOn !== 'never')
    return others.length === 0
      ? first
      : new UserError(errors.map(({ message }) => message).join('\n'), { cause: first })
  return verdict === 'drift' && failOn === 'drift' ? new UserError(reason) : undefined
}

function writePage(given: string, page: string, { workspace }: Context): UserError | undefined {
  const path = resolve(workspace, given)
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, page)
    return undefined
  } catch (cause) {
    return new UserError(
      `Input report-html: ${quote(given)} cannot be written (${errorMessage(cause)}). Set a path in the workspace.`,
      { cause },
    )
  }
}
