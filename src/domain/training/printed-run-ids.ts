import { oneLine } from '../core/text.ts'

const RUN_ID_LINE = /^[ \t]*RUN_ID:[ \t]*([0-9a-f]{32})[ \t]*$/gm
/** Colours and other styles of a terminal: ESC, "[", parameters and a letter (ECMA-48), as rich, click and termcolor print them. */
const STYLES = /[^\P{Cc}\s]\[[0-9;:?]*[A-Za-z]/gu

/** Ids in lines such as "RUN_ID: 0123456789abcdef0123456789abcdef", also in colour. */
export function parsePrintedRunIds(lines: string): string[] {
  if (!lines.includes('RUN_ID')) return []
  return [...lines.replace(STYLES, '').matchAll(RUN_ID_LINE)].map(([, id]) => id as string)
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

/** Lines that seem to name a run, and that `parsePrintedRunIds` does not take. */
export function findIgnoredLines(lines: string): IgnoredLine[] {
  if (!/run_id/i.test(lines)) return []
  return lines
    .replace(STYLES, '')
    .split(/[\r\n]+/)
    .flatMap((line) => {
      const [, before = '', name, sign, value = ''] = NAMED.exec(line) ?? []
      if (name === undefined || parsePrintedRunIds(line).length > 0) return []
      return [{ text: oneLine(line, 160), reason: reasonOf(before, `${name}${sign}`, value) }]
    })
}

function reasonOf(before: string, written: string, value: string): IgnoredReason {
  if (written !== 'RUN_ID:') return 'form'
  if (before.trim() !== '') return 'prefix'
  return /^[0-9a-f]{32}(?![0-9a-z])/.test(value) ? 'suffix' : 'id'
}
