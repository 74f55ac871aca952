import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GateJob, gate, mlflow, newModel, reportAt, trainer } from './gate.ts'

/** Rows of a holdout. Each row's label is the parity of its id. */
export const ROWS = 1000

/**
 * A script that scores a model: it is right but for a range of rows. Rows count from 1 in every ten thousand ids, so
 * that a model is as good on one holdout as on another.
 */
export const SCORE = `
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

/** What a model answers that is wrong on the first so many rows, as SCORE would write it. */
export function predictions(wrong: number): string {
  const lines = ids().map((id) => `${id},${id > wrong ? id % 2 : 1 - (id % 2)}`)
  return `id,prediction\n${lines.join('\n')}\n`
}

/** A workspace with `holdout.csv`: id, label, and when each row is from. */
export function workspaceWith({ from = 0, time = '2025-01-01T00:00:00Z' } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdout-'))
  const lines = ids().map((id) => `${from + id},${id % 2},${time}`)
  writeFileSync(join(folder, 'holdout.csv'), `id,label,time\n${lines.join('\n')}\n`)
  return folder
}

function ids(): number[] {
  return Array.from({ length: ROWS }, (_, row) => row + 1)
}

/** A training whose model is wrong on the first so many rows; undefined, one that SCORE cannot load any more. */
export function trainedWrong(wrong: number | undefined): Promise<{ runId: string; modelId: string }> {
  return trainer.train({ files: wrong === undefined ? {} : { 'data/wrong.txt': `1 ${wrong}` } })
}

/** A registered model whose versions are wrong on so many rows each; the last one is champion. */
export async function versionsWrong(...wrong: (number | undefined)[]) {
  const model = newModel()
  await trainer.call('POST', 'registered-models/create', { name: model })
  const runs: string[] = []
  for (const each of wrong) {
    const { runId, modelId } = await trainedWrong(each)
    const body = { name: model, source: `models:/${modelId}`, model_id: modelId, run_id: runId }
    await trainer.call('POST', 'model-versions/create', body)
    runs.push(runId)
  }
  await mlflow.setAlias(model, 'champion', String(wrong.length))
  return { model, runs }
}

/** A gate section that has both models scored; JSON is YAML, too. */
export function rowsPolicy(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    metric: 'accuracy',
    min_improvement: 0.01,
    evaluate: { run: SCORE, shell: 'python', timeout: '60s' },
    holdout: { path: 'holdout.csv' },
    ...changes,
  })
}

/** A job as a runner starts it, with everything that a scoring script must not have. */
export const RIGHTS = {
  MLFLOW_TRACKING_URI: 'http://mlflow.invalid',
  MLFLOW_TRACKING_TOKEN: 'of the registry',
  'INPUT_TRACKING-PASSWORD': 'of the registry',
  GITHUB_TOKEN: 'of the job',
  GITHUB_OUTPUT: '/tmp/outputs-of-the-step',
  ACTIONS_RUNTIME_TOKEN: 'of the runner',
}
export const env = { PATH: process.env.PATH ?? '', SHOP: 'digits', ...RIGHTS }

/** The usual holdout. */
export const workspace = workspaceWith()

/** Judges a model that is wrong on so many rows. */
export async function judge(
  model: string,
  wrong: number | undefined,
  policy: string,
  at: GateJob & { before?: (runId: string) => Promise<void> } = {},
) {
  const { runId } = await trainedWrong(wrong)
  await at.before?.(runId)
  const inputs = { metric: '', 'run-id': runId, policy }
  const outcome = await gate(model, inputs, { workspace, env, ...at })
  return { ...outcome, runId, report: reportAt(outcome.outputs) }
}
