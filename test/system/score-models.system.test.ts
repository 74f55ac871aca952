import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ModelToScore, scoreModels } from '../../actions/gatekeeper/evaluation/score-models.ts'
import { up } from '../../rig/index.ts'
import { parseArtifactUri } from '../../src/adapters/mlflow/artifacts/artifacts.ts'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import type { GatePolicy } from '../../src/domain/gate/criteria/gate-policy.ts'
import { createTrainer, type Trainer } from './support/mlflow/trainer.ts'

let trainer: Trainer
let mlflow: Mlflow
let workspace: string
let temp: string

beforeAll(async () => {
  const rig = await up({ only: ['mlflow'] })
  trainer = await createTrainer(rig.mlflow?.uri ?? '')
  mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': trainer.uri }, {}))
  workspace = mkdtempSync(join(tmpdir(), 'same-rows-workspace-'))
  temp = mkdtempSync(join(tmpdir(), 'same-rows-temp-'))
  writeFileSync(join(workspace, 'holdout.csv'), 'id,label\n1,0\n2,1\n3,1\n4,0\n')
})
afterAll(() => {
  for (const folder of [workspace, temp]) rmSync(folder, { recursive: true, force: true })
})

/** A model is a threshold on the id. It predicts the probability of the label 1. */
const SCORING_SCRIPT = `
import csv, os, pathlib
assert not [name for name in os.environ if name.startswith("MLFLOW_")]
model = pathlib.Path(os.environ["MODEL_URI"])
assert (model / "MLmodel").is_file()
threshold = float((model / "data" / "threshold.txt").read_text())
with open("holdout.csv") as rows, open(os.environ["PREDICTIONS_PATH"], "w", newline="") as out:
    write = csv.writer(out)
    write.writerow(["id", "proba_1"])
    for row in csv.DictReader(rows):
        write.writerow([row["id"], 0.9 if float(row["id"]) >= threshold else 0.1])
`

async function createModel(
  threshold: string,
  model: 'logged' | 'mlflow-2' = 'logged',
): Promise<ModelToScore> {
  const { runId, modelId } = await trainer.train({ model, files: { 'data/threshold.txt': threshold } })
  const source = model === 'logged' ? `models:/${modelId}` : `runs:/${runId}/model`
  return { run: await mlflow.getRun(runId), place: parseArtifactUri(source) }
}

const runPath = ({ run }: ModelToScore) => run?.artifactUri.replace('mlflow-artifacts:/', '') ?? ''

function createPolicy(
  change: Partial<GatePolicy> = {},
  holdout: Partial<NonNullable<GatePolicy['holdout']>> = {},
): GatePolicy {
  return {
    primary: { metric: 'auc', direction: 'higher', statistic: 'auc', minValue: undefined },
    comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
    guardrails: [],
    slices: [],
    champion: { maxAge: undefined, onStale: 'warn', waiver: undefined },
    comparable: { sameData: 'known', sha256: 'sha256', rows: undefined },
    predictions: {
      kind: 'evaluate',
      run: SCORING_SCRIPT,
      shell: 'python3 {0}',
      workingDirectory: undefined,
      timeout: 60_000,
    },
    holdout: {
      source: { path: 'holdout.csv' },
      id: 'id',
      label: 'label',
      group: undefined,
      query: undefined,
      time: undefined,
      weight: undefined,
      positive: undefined,
      trainingIds: undefined,
      trainingCutoff: undefined,
      labelLag: undefined,
      ...holdout,
    },
    statistics: { confidence: 0.95, resamples: 200, minRows: 1, minGroups: 1 },
    decision: { mode: 'enforce', onInconclusive: 'skip', maxRejections: 3 },
    ...change,
  }
}

async function score(gate: GatePolicy, candidate: ModelToScore, champion: ModelToScore) {
  const context = {
    env: { PATH: process.env.PATH, MLFLOW_TRACKING_URI: trainer.uri },
    temp,
    workspace,
    cancelled: new AbortController().signal,
    log: {
      info: () => undefined,
      warning: () => undefined,
      annotate: () => undefined,
      group: () => undefined,
    },
  }
  const result = await scoreModels(context, {
    policy: gate,
    labels: 'classes',
    models: { candidate, champion },
    mlflow,
  })
  expect(readdirSync(temp)).toEqual([])
  if (result.kind !== 'scored') throw new Error('not scored')
  return result
}

describe('two models on a real server', () => {
  it('are scored by a real script on the same rows', async () => {
    const result = await score(createPolicy(), await createModel('3'), await createModel('2', 'mlflow-2'))
    expect(result).toMatchObject({
      failures: {},
      invalid: [],
      notes: [expect.stringContaining('Leakage was not checked')],
    })
    expect(result.rows.labels).toMatchObject({ codes: Int32Array.of(0, 1, 1, 0), positive: 1 })
    expect(result.predictions.candidate?.scores).toEqual(Float64Array.of(0.1, 0.1, 0.9, 0.9))
    expect(result.predictions.champion?.scores).toEqual(Float64Array.of(0.1, 0.9, 0.9, 0.9))
    expect(result.predictions.champion?.probabilities?.[0]?.[0]).toBeCloseTo(0.9)
  })

  it('are reported separately if one lost its files', async () => {
    const bare = await trainer.train({ model: 'none' })
    const gone: ModelToScore = {
      run: await mlflow.getRun(bare.runId),
      place: parseArtifactUri(`runs:/${bare.runId}/model`),
    }
    const result = await score(createPolicy(), await createModel('3'), gone)
    expect(result.failures).toEqual({
      champion: 'its files are missing, or contain no MLmodel',
    })
    expect(Object.keys(result.predictions)).toEqual(['candidate'])
  })

  it('have predictions, holdout and ids of training rows in the artifacts of their runs', async () => {
    const [candidate, champion] = [await createModel('3'), await createModel('2')]
    await trainer.put(`${runPath(candidate)}/eval/predictions.csv`, 'id,score\n4,4\n3,3\n2,2\n1,1\n')
    await trainer.put(`${runPath(candidate)}/holdout.csv`, 'id,label\n4,0\n3,1\n2,1\n1,0\n')
    await trainer.put(`${runPath(candidate)}/ids.csv`, 'id\n4\n99\n')
    const source = { artifact: 'holdout.csv' }
    const gate = createPolicy(
      { predictions: { kind: 'artifact', artifact: 'eval/predictions.csv' } },
      { source, trainingIds: { artifact: 'ids.csv' } },
    )
    const result = await score(gate, candidate, champion)
    expect(result.predictions.candidate?.scores).toEqual(Float64Array.of(1, 2, 3, 4))
    expect(result.failures).toEqual({
      champion: `its run ${champion.run?.id} has no artifact "eval/predictions.csv"`,
    })
    expect(result.invalid).toEqual([
      `leakage: the candidate was trained on 1 of the holdout's 4 rows (ids "4")`,
      `the champion's training rows are unknown: its run ${champion.run?.id} has no artifact "ids.csv"`,
    ])
  })
})
