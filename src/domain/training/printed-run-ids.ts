import { oneLine } from '../core/text.ts'

const RUN_ID_LINE = /^[ \t]*RUN_ID:[ \t]*([0-9a-f]{32})[ \t]*$/gm
/**
 * What a terminal does not print, after a control character such as ESC (ECMA-48): titles and links, styles and movements
 * after "[", and character sets, as `tput sgr0` selects one. Then the control characters themselves, and a byte order mark.
 */
const CONTROL_SEQUENCES = [
  /[^\P{Cc}\s]\][^\p{Cc}]*[^\P{Cc}\s]\\?/gu,
  /(?:[^\P{Cc}\s]\[|\u009b)[0-9;:<=>?]*[ -/]*[@-~]/gu,
  /[^\P{Cc}\s](?:[()][0-9A-Z]|[=>])/gu,
  /[^\P{Cc}\s]|\ufeff/gu,
]

/** Lines as a person sees them, without colours and other control sequences; no-break spaces are blanks. */
function toVisible(lines: string): string {
  const visible = CONTROL_SEQUENCES.reduce((text, sequence) => text.replace(sequence, ''), lines)
  return visible.replace(/[\f\v\u00a0]/g, ' ')
}

/** Ids in lines such as "RUN_ID: 0123456789abcdef0123456789abcdef", also in colour. */
export function parsePrintedRunIds(lines: string): string[] {
  if (!lines.includes('RUN_ID')) return []
  return [...toVisible(lines).matchAll(RUN_ID_LINE)].map(([, id]) => id as string)
}

/** Why a line that seems to name a run does not count. */
export type IgnoredReason =
  /** It is not written as `RUN_ID:`, such as `run_id=`. */
  | 'form'
  /** Text before it, such as a logger's or the name of a container. */
  | 'prefix'
  /** Text after the id. */
  | 'suffix'
  /** The id is not of 32 lower-case hex digits. */
  | 'id'

export interface IgnoredLine {
  /** At most 160 characters, without control characters. */
  text: string
  reason: IgnoredReason
}

/** What the output of the script says of its runs. */
export interface PrintedOutput {
  runIds: readonly string[]
  /** Lines that seem to name a run and do not count. */
  ignoredLines: readonly IgnoredLine[]
  /** Whether MLflow said that it did not resume the run of MLFLOW_RUN_ID. */
  hasExperimentMismatch: boolean
}

/**
 * Whether MLflow says that it does not resume the run of MLFLOW_RUN_ID, since the script selected another experiment with
 * `set_experiment`. `start_run` raises this error; autologging only prints it, and then logs nothing.
 */
export function reportsExperimentMismatch(lines: string): boolean {
  return lines.includes('active experiment ID does not match environment run ID')
}

/** Not `MLFLOW_RUN_ID`, as in a list of variables. */
const NAMED = /^(.*?)(?<!_)(run_id)(["']?[ \t]*[:=])[ \t]*(.*)$/is
/** `Run ID:`, `run-id=` and `runId:` count only before an id of MLflow, since other trackers print them, too. */
const NAMED_LOOSELY =
  /^(.*?)(?<![a-z_-])(run[ -]?id)(["']?[ \t]*[:=])[ \t]*(["']?[0-9a-f]{32}(?![0-9a-z]).*)$/is

/** Lines that seem to name a run, and that `parsePrintedRunIds` does not take. */
export function findIgnoredLines(lines: string): IgnoredLine[] {
  if (!/run[ _-]?id/i.test(lines)) return []
  return toVisible(lines)
    .split(/[\r\n]+/)
    .flatMap((line) => {
      const [, before = '', name, sign, value = ''] = NAMED.exec(line) ?? NAMED_LOOSELY.exec(line) ?? []
      if (name === undefined || parsePrintedRunIds(line).length > 0) return []
      return [{ text: oneLine(line, 160), reason: reasonOf(before, `${name}${sign}`, value) }]
    })
}

function reasonOf(before: string, written: string, value: string): IgnoredReason {
  if (written !== 'RUN_ID:') return 'form'
  if (before.trim() !== '') return 'prefix'
  return /^[0-9a-f]{32}(?![0-9a-z])/.test(value) ? 'suffix' : 'id'
}
