import { constants } from 'node:os'
import type { ScriptResult } from '../../src/adapters/process/run-script.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { isInfinite } from '../../src/domain/core/metric-value.ts'
import { formatModels } from '../../src/domain/training/select-model.ts'
import type { Outputs } from '../../src/runtime/contract.ts'
import { escapeMarkdown, formatHeadline, formatTable } from '../../src/runtime/markdown.ts'
import type { contract } from './contract.ts'
import type { RunLookup } from './find-run.ts'
import { captureProblem, defectProblem, EXPERIMENT_HINT, formatRuns, otherRunsNote } from './messages.ts'

const MAX_METRICS = 100

/** The outputs, empty without a run. They do not depend on success. @param metricsFile empty if there is none */
export function buildOutputs(
  exit: ScriptResult,
  lookup: RunLookup | undefined,
  metricsFile: string,
): Outputs<typeof contract> {
  const { run, model } = lookup ?? {}
  return {
    'run-id': run?.id ?? '',
    'experiment-id': run?.experimentId ?? '',
    status: run?.status ?? '',
    'model-uri': model?.uri ?? '',
    metrics: formatMetrics(limitMetrics(listMetrics(lookup))),
    'metrics-file': metricsFile,
    'duration-seconds': (exit.durationMs / 1000).toFixed(1),
  }
}

type Metric = readonly [string, number | string]

/** The metrics of the run, for JSON. */
function listMetrics(lookup: RunLookup | undefined): Metric[] {
  return [...(lookup?.run?.metrics ?? [])].map(([key, value]) => [key, toJsonNumber(value)])
}

/** All metrics as a JSON object; undefined without a run. */
export function formatAllMetrics(lookup: RunLookup | undefined): string | undefined {
  return lookup?.run && formatMetrics(listMetrics(lookup))
}

function formatMetrics(metrics: readonly Metric[]): string {
  return JSON.stringify(Object.fromEntries(metrics))
}

/**
 * Bytes of the output. Linux starts no program with a variable of 128 KiB (MAX_ARG_STRLEN), which steps read outputs
 * from; GitHub limits the outputs of a job to 1 MiB.
 */
const MAX_METRICS_BYTES = 64 * 1024

/** As many of the first metrics as fit. */
function limitMetrics(metrics: readonly Metric[]): readonly Metric[] {
  let bytes = '{}'.length
  const end = metrics.findIndex((metric) => {
    bytes += Buffer.byteLength(formatMetrics([metric])) - '{}'.length + ','.length
    return bytes > MAX_METRICS_BYTES
  })
  return end < 0 ? metrics : metrics.slice(0, end)
}

/** JSON has no NaN and no infinities; a string cannot be mistaken for a value. */
function toJsonNumber(value: number): number | string {
  if (Number.isNaN(value)) return 'NaN'
  return isInfinite(value) ? `${value < 0 ? '-' : ''}Infinity` : value
}

/** Why the step fails, most fundamental cause first. */
export function findFailure(
  exit: ScriptResult,
  lookup: RunLookup | undefined,
  job: { isCancelled: boolean; startedAt: number; server: string },
): UserError | undefined {
  if (job.isCancelled)
    return new UserError(
      `The job was cancelled, and the script ended with ${describeExit(exit, '')}.${describeRuns(lookup)}`,
    )
  if (exit.code !== 0) {
    const hint = lookup?.printed.hasExperimentMismatch ? `\n${EXPERIMENT_HINT}` : ''
    return new UserError(
      `The script ended with ${describeExit(exit)}; see its output above.${describeRuns(lookup)}${hint}`,
    )
  }
  if (!lookup) return undefined
  const { capture, defect, run } = lookup
  const facts = {
    ...lookup.printed,
    printedRuns: lookup.printedRuns,
    server: job.server,
    isPrecreatedFinished: defect !== 'running',
  }
  if (capture.kind !== 'found') return new UserError(captureProblem(capture, facts))
  if (defect)
    return new UserError(defectProblem(defect, capture, run, { ...facts, startedAt: job.startedAt }))
  return undefined
}

/** Warnings that do not fail the step. */
export function collectNotes(
  exit: ScriptResult,
  lookup: RunLookup | undefined,
  fault: Error | undefined,
  metricsFile: string,
): string[] {
  const { model, capture } = lookup ?? {}
  const metrics = listMetrics(lookup)
  const limited = limitMetrics(metrics)
  const notes: string[] = []
  if (capture?.kind === 'found' && capture.otherRuns?.length)
    notes.push(otherRunsNote(capture.otherRuns, capture.by, lookup?.run))
  if (exit.hasBackgroundProcesses)
    notes.push('The script left a background process that still holds its output; later output is not shown.')
  if (fault) notes.push(`The run of the script could not be looked up: ${fault.message}`)
  if (limited.length < metrics.length)
    notes.push(
      `Output metrics has the first ${limited.length} of ${metrics.length} metrics, since it may have ${MAX_METRICS_BYTES} bytes. All are in the file of output metrics-file: ${metricsFile}`,
    )
  if (model?.several)
    notes.push(
      `The run has ${model.several.length} models, so model-uri is empty: ${formatModels(model.several)}. To gatekeeper, give the name of one as model-name-in-run.`,
    )
  if (model?.problem)
    notes.push(`The files of the run could not be listed, so model-uri is empty: ${model.problem}`)
  return notes
}

const OUT_OF_MEMORY_HINT = ', mostly because the machine ran out of memory'

/** @param killHint what an unrequested SIGKILL means */
function describeExit({ code, signal }: ScriptResult, killHint = OUT_OF_MEMORY_HINT): string {
  const hint = (name: string | undefined) => `${name}${name === 'SIGKILL' ? killHint : ''}`
  if (code === undefined) return hint(signal)
  // A shell exits with 128 + n if signal n ended the program that it waited for.
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
  return name ? `exit code ${code} (${hint(name)})` : `exit code ${code}`
}

function describeRuns(lookup: RunLookup | undefined): string {
  if (!lookup) return ''
  if (lookup.run) return `\nMLflow run:\n${formatRuns([lookup.run])}`
  if (lookup.capture.kind === 'several') return `\nMLflow runs:\n${formatRuns(lookup.capture.runs)}`
  return '\nNo MLflow run of the script was found.'
}

export function buildSummary(
  { metrics: _, ...rest }: Outputs<typeof contract>,
  lookup: RunLookup | undefined,
  failure: Error | undefined,
): string {
  const headline = failure
    ? undefined
    : `The training took ${rest['duration-seconds']} s and logged run ${rest['run-id']}.`
  const facts = Object.entries(rest).map(([name, value]) => [name, escapeMarkdown(value)])
  const metrics = listMetrics(lookup).map((metric) => metric.map((cell) => escapeMarkdown(String(cell))))
  const shown = metrics.slice(0, MAX_METRICS)
  const more = metrics.length > shown.length ? `\n\nand ${metrics.length - shown.length} more metrics` : ''
  const values = shown.length > 0 ? `\n${formatTable(['metric', 'value'], shown)}${more}\n` : ''
  return `${formatHeadline('Training', headline)}\n\n${formatTable(['', ''], facts)}\n${values}`
}
