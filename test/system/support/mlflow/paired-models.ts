import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GateJob, mlflow, newModelName, readReport, runGatekeeper, trainer } from './gatekeeper.ts'

/** Rows of a holdout. Each row's label is the parity of its id. */
export const ROWS = 1000

/**
 * A script whose predictions are wrong on a range of rows. Row numbers start at 1 in every ten thousand ids, so that a
 * model is equally good on each holdout.
 */
export const SCORING_SCRIPT = `
import csv, os, pathlib, sys
model = pathlib.Path(os.environ["MODEL_URI"])
assert (model / "MLmodel").is_file()
known = model / "data" / "wrong.txt"
if not known.is_file():
    sys.exit(3)
first, last = map(int, known.read_text().split())
with open("holdout.csv") as rows, open(os.environ["PREDICTIONS_PATH"], "w", newline="") as out:
    write = csv.writer(out)
    write.writerow(["id", "prediction"])
    for row in csv.DictReader(rows):
        id = int(row["id"])
        write.writerow([id, id % 2 if not first <= id % 10000 <= last else 1 - id % 2])
`

/** Predictions that are wrong on the first rows, in the format of SCORING_SCRIPT. */
export function writePredictions(wrong: number): string {
  const lines = rowIds().map((id) => `${id},${id > wrong ? id % 2 : 1 - (id % 2)}`)
  return `id,prediction\n${lines.join('\n')}\n`
}

/** Creates a workspace with `holdout.csv`: id, label and time. */
export function createWorkspace({ from = 0, time = '2025-01-01T00:00:00Z' } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdout-'))
  const lines = rowIds().map((id) => `${from + id},${id % 2},${time}`)
  writeFileSync(join(folder, 'holdout.csv'), `id,label,time\n${lines.join('\n')}\n`)
  return folder
}

function rowIds(): number[] {
  return Array.from({ length: ROWS }, (_, row) => row + 1)
}

/** Trains a model that is wrong on the first rows; undefined trains one that SCORING_SCRIPT cannot load. */
export function trainWithErrors(wrong: number | undefined): Promise<{ runId: string; modelId: string }> {
  return trainer.train({ files: wrong === undefined ? {} : { 'data/wrong.txt': `1 ${wrong}` } })
}

/** Registers a model with one version for each number of errors. The last version is the champion. */
export async function registerWithErrors(...wrong: (number | undefined)[]) {
  const model = newModelName()
  await trainer.call('POST', 'registered-models/create', { name: model })
  const runs: string[] = []
  for (const each of wrong) {
    const { runId, modelId } = await trainWithErrors(each)
    const body = { name: model, source: `models:/${modelId}`, model_id: modelId, run_id: runId }
    await trainer.call('POST', 'model-versions/create', body)
    runs.push(runId)
  }
  await mlflow.setAlias(model, 'champion', String(wrong.length))
  return { model, runs }
}

/** Builds a gate section that scores both models, as JSON, which is YAML. */
export function pairedPolicy(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    metric: 'accuracy',
    min_improvement: 0.01,
    evaluate: { run: SCORING_SCRIPT, shell: 'python', timeout: '60s' },
    holdout: { path: 'holdout.csv' },
    ...changes,
  })
}

/** The environment of a job, with all that a scoring script must not get. */
export const SECRET_VARIABLES = {
  MLFLOW_TRACKING_URI: 'http://mlflow.invalid',
  MLFLOW_TRACKING_TOKEN: 'of the registry',
  'INPUT_TRACKING-PASSWORD': 'of the registry',
  GITHUB_TOKEN: 'of the job',
  GITHUB_OUTPUT: '/tmp/outputs-of-the-step',
  ACTIONS_RUNTIME_TOKEN: 'of the runner',
}
export const env = { PATH: process.env.PATH ?? '', SHOP: 'digits', ...SECRET_VARIABLES }

/** The default holdout. */
export const workspace = createWorkspace()

/** Runs the gatekeeper on a model that is wrong on the first rows. */
export async function evaluateModel(
  model: string,
  wrong: number | undefined,
  policy: string,
  at: GateJob & { before?: (runId: string) => Promise<void> } = {},
) {
  const { runId } = await trainWithErrors(wrong)
  await at.before?.(runId)
  const inputs = { metric: '', 'run-id': runId, policy }
  const outcome = await runGatekeeper(model, inputs, { workspace, env, ...at })
  return { ...outcome, runId, report: readReport(outcome.outputs) }
}
