import { CAPTURE_TAG, type Capture, type Defect, type SeenRun } from './capture.ts'

const PRINT_IT = 'print "RUN_ID: " and its id on a line of its own'

/** Why no single run could be named, and what to change in the script. `known` are the runs that lines named. */
export function captureProblem(
  found: Exclude<Capture, { kind: 'found' }>,
  server: string,
  known: readonly SeenRun[],
): string {
  switch (found.kind) {
    case 'none':
      return `No MLflow run of the script was found at ${server}: none carries the script's tag ${CAPTURE_TAG}, and no line "RUN_ID: <32 hex digits>" was printed. Start the run with mlflow.start_run() or autolog, without a set_tracking_uri of your own; where MlflowClient.create_run or the command mlflow run makes it, ${PRINT_IT}.`
    case 'several':
      return `The script made ${found.runs.length} MLflow runs that do not belong together, so it is open which one is the model's:\n${listed(found.runs)}\nStart the others inside the first with mlflow.start_run(nested=True), or move them to a step of their own.`
    case 'disagree': {
      const lines = found.announced.map((id) => runLine(id, known))
      const cure =
        found.by === 'precreate'
          ? `MlflowClient.create_run does not take the run over that was made for the script: use capture: auto. Else print the id of that one, or no such line at all.`
          : 'Print the id of that one (mlflow.active_run().info.run_id), or no such line at all.'
      return found.id === undefined
        ? `The script printed RUN_ID lines of ${lines.length} runs, so it is open which one is the model's:\n${lines.join('\n')}\nPrint the line for one run only.`
        : `The script printed RUN_ID lines of other runs than its own:\n${lines.join('\n')}\nIts own run is:\n${runLine(found.id, known)}\n${cure}`
    }
  }
}

/** Why a run is not the good end of a script that itself ended well, and the cure. */
export function defectProblem(
  defect: Defect,
  found: Capture & { kind: 'found' },
  run: SeenRun | undefined,
  since: number,
  server: string,
): string {
  const which = run ? `\n${listed([run])}\n` : ' '
  switch (defect) {
    case 'unknown':
      return `The script printed RUN_ID: ${found.id}, and MLflow at ${server} knows no such run. Print the id of a run of that server, or give tracking-uri the address of the script's own.`
    case 'deleted':
      return `The script's MLflow run is deleted:${which}Restore it, or do not delete the run that is the step's result.`
    case 'older':
      return `The run that the script named was started at ${time(run?.startTime)}, before this step at ${time(since)}, so it is not of this training:${which}Print the RUN_ID of the run that the script itself makes.`
    case 'running':
      return found.by === 'precreate'
        ? `The script ended without finishing the run that was made for it:${which}It was marked FAILED. A script that makes its run with MlflowClient.create_run does not take it over: use capture: auto and ${PRINT_IT}.`
        : `The script has ended, but its MLflow run has not:${which}End it in the script: "with mlflow.start_run():", mlflow.end_run(), or set_terminated of MlflowClient.`
    case 'unfinished':
      return `The script ended well, but its MLflow run did not:${which}Let the error that ended the run end the script too, with an exit code that is not 0.`
  }
}

/** What to know of runs that the script made beside the one that was made for it, which alone is the result. */
export function besidesNote(runs: readonly SeenRun[]): string {
  return `The script made ${runs.length} more MLflow run${runs.length === 1 ? '' : 's'} beside the one that was made for it, which alone is the step's result:\n${listed(runs)}\nOnly the first start_run() takes it over; start the others inside it with mlflow.start_run(nested=True), or move them to a step of their own.`
}

/** Runs as people look for them, a line each. */
export function listed(runs: readonly SeenRun[]): string {
  return runs
    .map(({ id, name, experimentId, status, deleted }) => {
      const state = deleted ? `${status}, deleted` : status
      return `  ${id} ${JSON.stringify(name)} in experiment ${experimentId}, ${state}`
    })
    .join('\n')
}

function runLine(id: string, known: readonly SeenRun[]): string {
  const run = known.find((one) => one.id === id)
  return run ? listed([run]) : `  ${id}, which MLflow does not know`
}

function time(milliseconds: number | undefined): string {
  return milliseconds === undefined ? 'an unknown time' : new Date(milliseconds).toISOString()
}
