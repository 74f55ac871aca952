import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DataFile } from '../../src/adapters/tables/table-files.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { oneLine } from '../../src/domain/core/text.ts'
import type { CheckResult } from '../../src/domain/data/results.ts'
import type { Example } from '../../src/domain/data/violations.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, Outputs } from '../../src/runtime/contract.ts'
import { formatHeadline } from '../../src/runtime/markdown.ts'
import type { contract } from './contract.ts'
import { describeFailure, type Failure, type Wording } from './messages.ts'
import type { Report } from './report-schema.ts'
import { renderSummary } from './summary.ts'

/** What is known before the data is read. */
export interface Setting {
  inputs: Inputs<typeof contract>
  context: Context
  rules: Report['rules']
  schemaSha256: string | undefined
  now: Date
}

export interface Validation extends Setting {
  names: readonly string[]
  files: readonly DataFile[]
  rows: number
  results: readonly CheckResult[]
}

const MAX_ANNOTATIONS = 10
const MAX_REASON = 1000

export function buildOutcome(validation: Validation): Outcome<typeof contract> {
  const { inputs, context, names, files, rows, results } = validation
  const wording: Wording = {
    showValues: inputs['show-values'],
    locate: ({ file, position }) => {
      const place = files[file]?.locate(position) ?? ''
      return files.length > 1 ? `${place} of ${JSON.stringify(files[file]?.name)}` : place
    },
  }
  const failures = results
    .filter(({ passed }) => !passed)
    .map((result) => ({ result, message: describeFailure(result, wording) }))
    .sort((a, b) => rank(a.result) - rank(b.result))
  const errors = failures.filter(({ result }) => result.severity === 'error').length
  const warnings = failures.length - errors
  const reason = describeReason(validation, failures, errors)
  const report: Report = {
    ...startReport(validation),
    valid: errors === 0,
    reason,
    readable: true,
    files: files.map(({ name }) => name),
    rows,
    columns: names.length,
    features: countFeatures(names, inputs.target),
    errors,
    warnings,
    checks: results.map((result) => ({
      check: result.check,
      column: result.column ?? null,
      severity: result.severity,
      passed: result.passed,
      failing: result.failing ?? null,
      checked: result.checked ?? null,
      message: failures.find((failure) => failure.result === result)?.message ?? null,
      examples: result.examples.map((example) => ({
        file: files[example.file]?.name ?? '',
        place: files[example.file]?.locate(example.position) ?? '',
        value: inputs['show-values'] ? (example.text ?? null) : null,
      })),
    })),
  }
  annotate(validation, failures)
  for (const { result, message } of failures)
    context.log.info(`${result.severity} ${result.check}: ${message}`)
  context.log.info(reason)
  const outputs = toOutputs(
    report,
    failures.map(({ result }) => result.check),
    context,
  )
  const summary = renderSummary(report, failures)
  const fails = errors > 0 ? inputs['fail-on'] !== 'never' : warnings > 0 && inputs['fail-on'] === 'warn'
  return fails ? { outputs, summary, failure: new UserError(reason) } : { outputs, summary }
}

/** The data could not be read: nothing was checked, and nothing is known to be valid. */
export function buildUnreadOutcome(setting: Setting, error: UserError): Outcome<typeof contract> {
  const { inputs, context } = setting
  const reason = `The data could not be read: ${oneLine(error.message, MAX_REASON)}`
  const report: Report = {
    ...startReport(setting),
    valid: false,
    reason,
    readable: false,
    files: [],
    rows: null,
    columns: null,
    features: null,
    errors: 1,
    warnings: 0,
    checks: [],
  }
  const outputs = toOutputs(report, ['readable'], context)
  if (inputs['fail-on'] === 'never') {
    context.log.warning(reason)
    return { outputs, summary: formatHeadline('Data: not read', reason) }
  }
  return {
    outputs,
    summary: formatHeadline('Data: not read', undefined),
    failure: new UserError(reason, { cause: error }),
  }
}

function startReport({ inputs, context, rules, schemaSha256, now }: Setting) {
  return {
    schema: 1,
    rules,
    schemaSha256: schemaSha256 ?? null,
    missingValues: { more: inputs['missing-values'], notMissing: inputs['not-missing'] },
    meta: { checkedAt: now.toISOString(), runUrl: context.run.url },
  } as const
}

function toOutputs(report: Report, failed: readonly string[], context: Context): Outputs<typeof contract> {
  const path = join(mkdtempSync(join(context.temp, 'validate-data-')), 'report.json')
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`)
  return {
    valid: report.valid ? 'true' : 'false',
    errors: String(report.errors),
    warnings: String(report.warnings),
    'failed-checks': JSON.stringify([...new Set(failed)]),
    rows: String(report.rows ?? ''),
    columns: String(report.columns ?? ''),
    samples: String(report.rows ?? ''),
    features: String(report.features ?? ''),
    'schema-sha256': report.schemaSha256 ?? '',
    'report-json': path,
    reason: report.reason,
  }
}

/** Errors first, then what fails most. A failure without cells, such as a missing column, is worse than any share. */
function rank({ severity, failing, checked }: CheckResult): number {
  const share = failing === undefined ? 2 : failing / Math.max(1, checked ?? 1)
  return (severity === 'error' ? 0 : 10) - share
}

function describeReason(
  { rows, names, results }: Validation,
  failures: readonly Failure[],
  errors: number,
): string {
  const table = `${count(rows, 'row')} and ${count(names.length, 'column')}`
  if (failures.length === 0) return `The data is valid: ${count(results.length, 'check')} passed on ${table}`
  const messages = oneLine(
    failures.map(({ result, message }) => `${result.check}: ${message}`).join('; '),
    MAX_REASON,
  )
  const counts = `${count(errors, 'error')} and ${count(failures.length - errors, 'warning')}`
  return errors === 0
    ? `The data is valid, with ${count(failures.length, 'warning')} on ${table}: ${messages}`
    : `The data is not valid, with ${counts} on ${table}: ${messages}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function countFeatures(names: readonly string[], target: string | undefined): number {
  return names.filter((name) => name !== target).length
}

/** Marks the first lines of the failures, the worst first, in CSV files of the workspace. */
function annotate({ files, context }: Validation, failures: readonly Failure[]): void {
  const places = failures.flatMap(({ result, message }) =>
    result.examples.flatMap((example) => {
      const place = findLine(files, example)
      return place ? [{ level: toLevel(result), message: `${result.check}: ${message}`, place }] : []
    }),
  )
  for (const { level, message, place } of places.slice(0, MAX_ANNOTATIONS))
    context.log.annotate(level, message, place)
}

function toLevel({ severity }: CheckResult): 'error' | 'warning' {
  return severity === 'error' ? 'error' : 'warning'
}

/** The line of an example; undefined for a row of Parquet, a folder, and a file outside the workspace. */
function findLine(files: readonly DataFile[], { file, position }: Example) {
  const { name, locate } = files[file] ?? {}
  const [, line] = /^line (\d+)$/.exec(locate?.(position) ?? '') ?? []
  if (name === undefined || line === undefined || /^\.\.([\\/]|$)/.test(name) || name.endsWith('.gz'))
    return undefined
  return { file: name, line: Number(line) }
}
