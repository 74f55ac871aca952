import { constants } from 'node:os'
import type { ScriptEnd } from '../../src/adapters/process/run-script.ts'
import { besidesNote, captureProblem, defectProblem, listed } from '../../src/domain/capture-report.ts'
import { UserError } from '../../src/domain/failure.ts'
import { isInfinite } from '../../src/domain/metric-value.ts'
import type { Outputs } from '../../src/runtime/contract.ts'
import { plain, table } from '../../src/runtime/markdown.ts'
import type { contract } from './contract.ts'
import type { Trace } from './trace.ts'

const MOST_METRICS = 100

/** The outputs, empty where the run is not known; they are the same whether the step is green or red. */
export function outputsOf(end: ScriptEnd, trace: Trace | undefined): Outputs<typeof contract> {
  const { run, model } = trace ?? {}
  const metrics = [...(run?.metrics ?? [])].map(([key, value]) => [key, finite(value)])
  return {
    'run-id': run?.id ?? '',
    'experiment-id': run?.experimentId ?? '',
    status: run?.status ?? '',
    'model-uri': model && 'uri' in model ? model.uri : '',
    metrics: JSON.stringify(Object.fromEntries(metrics)),
    'duration-seconds': (end.milliseconds / 1000).toFixed(1),
  }
}

/** JSON has no NaN and no infinities; as strings they cannot be taken for a value. */
function finite(value: number): number | string {
  if (Number.isNaN(value)) return 'NaN'
  return isInfinite(value) ? `${value < 0 ? '-' : ''}Infinity` : value
}

/** Why the step is red, in the order of what a person must mend first; undefined where all is well. */
export function failureOf(
  end: ScriptEnd,
  trace: Trace | undefined,
  setting: { cancelled: boolean; since: number; server: string },
): UserError | undefined {
  if (setting.cancelled)
    return new UserError(`The job was cancelled, and the script ended with ${exit(end, '')}.${runs(trace)}`)
  if (end.code !== 0)
    return new UserError(`The script ended with ${exit(end)}; what it said stands above.${runs(trace)}`)
  if (!trace) return undefined
  const { found, defect, run, known } = trace
  if (found.kind !== 'found') return new UserError(captureProblem(found, setting.server, known))
  if (defect) return new UserError(defectProblem(defect, found, run, setting.since, setting.server))
  return undefined
}

/** What a person should know although it fails nothing. */
export function notesOn(end: ScriptEnd, trace: Trace | undefined, fault: Error | undefined): string[] {
  const { model, found } = trace ?? {}
  const notes: string[] = []
  if (found?.kind === 'found' && found.besides?.length) notes.push(besidesNote(found.besides))
  if (end.leftBehind)
    notes.push(
      'The script left a process in the background, which still holds its output; it is not shown any more.',
    )
  if (fault) notes.push(`The run of the script could not be looked up: ${fault.message}`)
  if (model && 'several' in model)
    notes.push(
      `The run has ${model.several.length} models, so model-uri is empty: ${model.several.join(', ')}`,
    )
  if (model && 'unread' in model)
    notes.push(`The files of the run could not be listed, so model-uri is empty: ${model.unread}`)
  return notes
}

const KILLED = ', which mostly means that the machine had no memory left'

/** How a script ended, in words; `killed` is what a SIGKILL that nobody asked for says. */
function exit({ code, signal }: ScriptEnd, killed = KILLED): string {
  const hint = (name: string | undefined) => `${name}${name === 'SIGKILL' ? killed : ''}`
  if (code === undefined) return hint(signal)
  // A shell says 128 + n where a signal ended the program that it waited for.
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
  return name ? `exit code ${code} (${hint(name)})` : `exit code ${code}`
}

function runs(trace: Trace | undefined): string {
  if (!trace) return ''
  if (trace.run) return `\nIts MLflow run:\n${listed([trace.run])}`
  if (trace.found.kind === 'several') return `\nIts MLflow runs:\n${listed(trace.found.runs)}`
  return '\nIt left no MLflow run that could be found.'
}

export function summaryOf(end: ScriptEnd, trace: Trace | undefined): string {
  const known = outputsOf(end, trace)
  const facts = (['run-id', 'experiment-id', 'status', 'model-uri', 'duration-seconds'] as const).map(
    (name) => [name, plain(known[name] ?? '')],
  )
  const metrics = [...(trace?.run?.metrics ?? [])].map(([key, value]) => [
    plain(key),
    plain(String(finite(value))),
  ])
  const shown = metrics.slice(0, MOST_METRICS)
  const more = metrics.length > shown.length ? `\n\nand ${metrics.length - shown.length} more metrics` : ''
  const values = shown.length > 0 ? `\n${table(['metric', 'value'], shown)}${more}\n` : ''
  return `### Training\n\n${table(['', ''], facts)}\n${values}`
}
