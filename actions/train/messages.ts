import { truncate } from '../../src/domain/core/text.ts'
import type { IgnoredLine, IgnoredReason } from '../../src/domain/training/printed-run-ids.ts'
import {
  CAPTURE_TAG,
  type Capture,
  type Defect,
  findAutologgedRuns,
  isAutologged,
  type ObservedRun,
  relationOf,
} from '../../src/domain/training/select-run.ts'

const PRINT_RUN_ID_HINT = 'print "RUN_ID: " and its id on a line of its own'
const HAND_ON_HINT = (variable: string) =>
  `If the script runs in a container, or under tox or sudo, hand ${variable} and MLFLOW_TRACKING_URI on: docker run -e ${variable} -e MLFLOW_TRACKING_URI, pass_env of tox, sudo --preserve-env=${variable},MLFLOW_TRACKING_URI.`
/** For a precreated run that the script did not resume, since it selected another experiment. */
export const EXPERIMENT_HINT =
  'MLflow did not resume the precreated run, since it is in another experiment than the one that the script selects with mlflow.set_experiment: give that name as input experiment-name, so that the run is created there, or use capture: auto.'
const NOT_TAKEN_HINT = `MlflowClient.create_run does not resume the precreated run: use capture: auto. ${HAND_ON_HINT('MLFLOW_RUN_ID')}`
const NOT_RESUMED_HINT = `A script that does not read MLFLOW_RUN_ID does not resume it, as with MlflowClient.create_run: use capture: auto and ${PRINT_RUN_ID_HINT}. A script that calls mlflow.set_experiment resumes it only with that name as input experiment-name. ${HAND_ON_HINT('MLFLOW_RUN_ID')} A script that does resume it must end it.`
/** For a script without a run around what belongs together. */
const START_RUN_HINT =
  'Put one line around the fit() of the model and what is logged of it, such as log_metric():\n  with mlflow.start_run():'
const MAX_LISTED_RUNS = 10
const MAX_NAME_LENGTH = 100

/** What is known beside the capture. */
export interface CaptureFacts {
  server: string
  /** Printed ids that MLflow knows. */
  printedRuns: readonly ObservedRun[]
  ignoredLines: readonly IgnoredLine[]
  /** Whether MLflow said that it did not resume the precreated run. */
  hasExperimentMismatch: boolean
  /** Whether the script finished the precreated run. */
  isPrecreatedFinished: boolean
}

/** Why the run is not identified, and how to fix the script. */
export function captureProblem(capture: Exclude<Capture, { kind: 'found' }>, facts: CaptureFacts): string {
  const problem = describeProblem(capture, facts)
  return [problem, ...formatIgnoredLines(facts.ignoredLines)].join('\n')
}

function describeProblem(capture: Exclude<Capture, { kind: 'found' }>, facts: CaptureFacts): string {
  switch (capture.kind) {
    case 'none':
      return `No MLflow run of the script was found at ${facts.server}: none carries the script's tag ${CAPTURE_TAG}, and no line "RUN_ID: <32 hex digits>" was printed. Start the run with mlflow.start_run() or autolog, and do not call set_tracking_uri. ${HAND_ON_HINT('MLFLOW_RUN_CONTEXT')} If that is not possible (another machine, a cluster of Ray or Slurm), or MlflowClient.create_run or the command mlflow run creates the run, ${PRINT_RUN_ID_HINT}.`
    case 'several':
      return `The script created ${capture.runs.length} unrelated MLflow runs, so the run of the model is ambiguous:\n${formatRuns(capture.runs)}\n${
        capture.printedRunIds.length > 1
          ? `It printed the ids of ${capture.printedRunIds.length} of them: print the id of the run of the model only.`
          : severalHint(capture.runs)
      }`
    case 'conflict':
      return describeConflict(capture, facts)
  }
}

function severalHint(runs: readonly ObservedRun[]): string {
  const [autologged, ...others] = findAutologgedRuns(runs)
  if (!autologged)
    return `For the run of the model, ${PRINT_RUN_ID_HINT}; the others are then a warning. ${relationHint(runs)}`
  if (others.length === 0)
    return `Autologging started run ${autologged.id} for a fit() and ended it there, so what the script logged outside that fit() went to another run. ${START_RUN_HINT}`
  return `Autologging started a run for each of ${others.length + 1} fit() calls. For the run of the model, print("RUN_ID:", mlflow.last_active_run().info.run_id) after its fit(); the others are then a warning. Or call mlflow.autolog() only before that fit(). ${START_RUN_HINT}${relationOf(runs) === 'notebooks' ? `\n${relationHint(runs)}` : ''}`
}

/** How runs like these become one, which `nested=True` does within one process and within a run only. */
function relationHint(runs: readonly ObservedRun[]): string {
  switch (relationOf(runs)) {
    case 'notebooks':
      return 'Or let the notebooks log to one run: a notebook is a process of its own (papermill, nbconvert), so set os.environ["MLFLOW_RUN_ID"] to the id of the outer run before it starts.'
    case 'concurrent':
      return 'Or start only one: the runs overlap in time, so several processes or threads started them (ranks of torchrun, joblib, subprocesses), where nested=True cannot join them. Start the run in rank 0 only, or pass its id to the other processes in MLFLOW_RUN_ID.'
    case 'sequential':
      return 'Or put them into one parent run: with mlflow.start_run() around all, and mlflow.start_run(nested=True) for each. A callback takes that as an option (MLflowCallback of Optuna: mlflow_kwargs={"nested": True}). Runs of several processes cannot be nested: pass the id of one to the others in MLFLOW_RUN_ID.'
  }
}

function describeConflict(capture: Capture & { kind: 'conflict' }, facts: CaptureFacts): string {
  const { id, printedRunIds, otherRuns = [] } = capture
  const lines = printedRunIds.map((each) => formatRunLine(each, facts.printedRuns)).join('\n')
  if (id === undefined)
    return `The script printed the ids of ${printedRunIds.length} runs, so the run of the model is ambiguous:\n${lines}\nPrint one id only.`
  const own = formatRunLine(id, facts.printedRuns)
  if (capture.by !== 'precreate')
    return `The script printed the ids of other runs:\n${lines}\nThe run of the script is:\n${own}\nPrint the id of that run (mlflow.active_run().info.run_id), or no id.`
  if (!facts.isPrecreatedFinished)
    return `The script printed the ids of other runs:\n${lines}\nIt did not finish the precreated run, which is now FAILED:\n${own}\n${facts.hasExperimentMismatch ? EXPERIMENT_HINT : NOT_TAKEN_HINT}`
  return printedRunIds.every((printed) => otherRuns.some((run) => run.id === printed))
    ? `The script printed the ids of other runs:\n${lines}\nAn earlier start_run() of the script had taken the precreated run, as the first one does, also in a callback (the first trial of MLflowCallback of Optuna):\n${own}\nUse capture: auto, which takes the printed run, or start the run of the model first.`
    : `The script printed the ids of other runs:\n${lines}\nThe precreated run, which the script finished, is:\n${own}\nPrint the id of that run, or no id.`
}

const IGNORED_REASONS: Readonly<Record<IgnoredReason, string>> = {
  form: 'is not written "RUN_ID: <id>"',
  prefix:
    'has text before RUN_ID, as of a logger or of docker compose; use print(), and docker compose run or --no-log-prefix',
  suffix: 'has text after the id',
  id: 'has no id of 32 lower-case hex digits',
}

function formatIgnoredLines(lines: readonly IgnoredLine[]): string[] {
  if (lines.length === 0) return []
  const listed = lines.map(({ text, reason }) => `  ${JSON.stringify(text)} ${IGNORED_REASONS[reason]}`)
  return ['Printed lines that seem to name a run, and do not count:', ...listed]
}

/** Why the run of a successful script is not a good result, and how to fix it. */
export function defectProblem(
  defect: Defect,
  capture: Capture & { kind: 'found' },
  run: ObservedRun | undefined,
  {
    startedAt,
    server,
    hasExperimentMismatch,
  }: Pick<CaptureFacts, 'server' | 'hasExperimentMismatch'> & { startedAt: number },
): string {
  const which = run ? `\n${formatRuns([run])}\n` : ' '
  switch (defect) {
    case 'unknown':
      return `The script printed RUN_ID: ${capture.id}, but MLflow at ${server} knows no such run. Print the id of a run of that server, or set tracking-uri to the server of the script. ${HAND_ON_HINT('MLFLOW_RUN_CONTEXT')}`
    case 'deleted':
      return `The MLflow run of the script is deleted:${which}Restore it, or do not delete it in the script.`
    case 'older':
      return `The printed run started at ${formatTime(run?.startTime)}, before this step at ${formatTime(startedAt)}, so it belongs to another training:${which}Print the id of the run that the script creates.`
    case 'running':
      if (capture.by !== 'precreate')
        return `The script has ended, but its MLflow run is still running:${which}End it in the script with "with mlflow.start_run():", mlflow.end_run(), or set_terminated of MlflowClient.`
      return `The script ended without finishing the precreated run:${which}The run is now FAILED. ${hasExperimentMismatch ? EXPERIMENT_HINT : NOT_RESUMED_HINT}`
    case 'unfinished':
      return `The script succeeded, but its MLflow run did not:${which}Exit the script with a code other than 0 when the run fails.`
  }
}

/**
 * Warns of runs beside the precreated or the printed one, which alone is the result.
 * @param run the result
 */
export function otherRunsNote(
  runs: readonly ObservedRun[],
  by: 'tag' | 'line' | 'precreate',
  run: ObservedRun | undefined,
): string {
  const which = by === 'precreate' ? 'precreated' : 'printed'
  return `The script created ${runs.length} more MLflow run${runs.length === 1 ? '' : 's'} beside the ${which} one, which alone is the result of the step:\n${formatRuns(runs)}\n${otherRunsHint(by, run)}`
}

function otherRunsHint(by: 'tag' | 'line' | 'precreate', run: ObservedRun | undefined): string {
  if (by !== 'precreate') return 'Runs that belong to it can be nested in it: mlflow.start_run(nested=True).'
  if (isAutologged(run))
    return `Autologging resumed it for a fit() and ended it there, so what the script logged outside that fit() went to another run. ${START_RUN_HINT}`
  return 'Only the first start_run() resumes it, also in a callback (the first trial of MLflowCallback of Optuna). If another run has the model, use capture: auto and print its RUN_ID; else start the others inside it with mlflow.start_run(nested=True), or move them to a step of their own.'
}

/** One line per run, of a limited number. */
export function formatRuns(runs: readonly ObservedRun[]): string {
  const lines = runs.slice(0, MAX_LISTED_RUNS).map(({ id, name, experimentId, status, deleted }) => {
    const state = deleted ? `${status}, deleted` : status
    return `  ${id} ${JSON.stringify(truncate(name, MAX_NAME_LENGTH))} in experiment ${experimentId}, ${state}`
  })
  const rest = runs.length - lines.length
  return [...lines, ...(rest > 0 ? [`  and ${rest} more`] : [])].join('\n')
}

function formatRunLine(id: string, known: readonly ObservedRun[]): string {
  const run = known.find((one) => one.id === id)
  return run ? formatRuns([run]) : `  ${id}, which MLflow does not know`
}

function formatTime(milliseconds: number | undefined): string {
  return milliseconds === undefined ? 'an unknown time' : new Date(milliseconds).toISOString()
}
