// Workspace, models and server for tests of scoring.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeEach, expect } from 'vitest'
import {
  type ModelToScore,
  type Role,
  type ScoringAdapters,
  type ScoringResult,
  scoreModels,
} from '../../actions/gatekeeper/evaluation/score-models.ts'
import type { ArtifactLocation } from '../../src/adapters/mlflow/artifacts/artifacts.ts'
import { NotFound } from '../../src/adapters/mlflow/http/faults.ts'
import { runScript } from '../../src/adapters/process/run-script.ts'
import type {
  GatePolicy,
  HoldoutPolicy,
  PredictionsPolicy,
} from '../../src/domain/gate/criteria/gate-policy.ts'
import { fakeRun } from './mlflow.ts'

export const workspace = mkdtempSync(join(tmpdir(), 'scoring-workspace-'))
export const temp = mkdtempSync(join(tmpdir(), 'scoring-temp-'))
/** Log lines, script output, and the files on the server. */
export const captured: { logLines: string[]; scriptOutput: string; files: Record<string, string> } = {
  logLines: [],
  scriptOutput: '',
  files: {},
}

/** Creates two models and a holdout for each test of the calling file. */
export function prepareWorkspace(): void {
  beforeEach(() => {
    captured.logLines = []
    writeFixture('holdout.csv', 'id,label,country\n1,yes,DE\n2,no,FR\n3,yes,DE\n')
    // A model is a list of predictions, one word per row.
    captured.files = { ...modelFiles('candidate', 'yes no yes'), ...modelFiles('champion', 'yes yes no') }
  })
  afterAll(() => {
    for (const folder of [workspace, temp]) rmSync(folder, { recursive: true, force: true })
  })
}

export const writeFixture = (name: string, content: string) => writeFileSync(join(workspace, name), content)
export const modelFiles = (who: string, answers: string) => ({
  [`${who}/MLmodel`]: 'x',
  [`${who}/answers`]: answers,
})

/** A server that stores each artifact location as a folder in one map. */
const mlflow = {
  listArtifacts: async (place: ArtifactLocation, folder = '') => {
    const root = rootPath(place)
    const prefix = folder === '' ? root : `${root}${folder}/`
    const below = Object.keys(captured.files).filter((path) => path.startsWith(prefix))
    const entries = Map.groupBy(below, (path) => prefix + path.slice(prefix.length).split('/')[0])
    return [...entries.keys()].map((path) => ({
      path: path.slice(root.length),
      isFolder: captured.files[path] === undefined,
      size: captured.files[path]?.length,
    }))
  },
  readArtifact: async (place: ArtifactLocation, path: string) => {
    const content = captured.files[rootPath(place) + path]
    if (content === undefined) throw new NotFound({ call: `GET ${path}`, detail: 'none', hint: '' })
    return (async function* () {
      yield Buffer.from(content)
    })()
  },
}
const rootPath = (place: ArtifactLocation) =>
  `${place.kind === 'run' ? `run-${place.runId}` : place.kind === 'proxy' ? place.path : place.id}/`

export const modelToScore = (who: Role): ModelToScore => ({
  run: fakeRun(who),
  place: { kind: 'logged-model', id: who },
})

export const ANSWER_SCRIPT = `
echo id,prediction > "$PREDICTIONS_PATH"
row=0
for word in $(cat "$MODEL_URI/answers"); do row=$((row + 1)); echo "$row,$word" >> "$PREDICTIONS_PATH"; done
`
export const evaluatePolicy = (
  run = ANSWER_SCRIPT,
  change: Partial<Extract<PredictionsPolicy, { kind: 'evaluate' }>> = {},
) =>
  ({ kind: 'evaluate', run, shell: 'bash', workingDirectory: undefined, timeout: 20_000, ...change }) as const

export function scoringPolicy(
  predictions: PredictionsPolicy | undefined,
  change: Partial<HoldoutPolicy> = {},
): GatePolicy {
  const holdout = {
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
    ...change,
  }
  return {
    primary: { metric: 'accuracy', direction: 'higher', statistic: 'accuracy', minValue: undefined },
    comparison: { kind: 'challenger', minImprovement: { absolute: '0' } },
    guardrails: [],
    slices: [{ column: 'country', values: undefined, maxRegression: { absolute: '0' }, minSamples: 1 }],
    champion: { maxAge: undefined, onStale: 'warn', waiver: undefined },
    comparable: { sameData: 'known', sha256: 'sha256', rows: undefined },
    predictions,
    holdout,
    statistics: { confidence: 0.95, resamples: 200, minRows: 1, minGroups: 1 },
    decision: { mode: 'enforce', onInconclusive: 'skip', maxRejections: 3 },
  }
}

export function runScoring(
  gate: GatePolicy,
  models: Partial<Record<Role, ModelToScore>> = {
    candidate: modelToScore('candidate'),
    champion: modelToScore('champion'),
  },
  change: { env?: Record<string, string>; cancelled?: AbortSignal; now?: number } = {},
): Promise<ScoringResult> {
  captured.scriptOutput = ''
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      captured.scriptOutput += chunk
      done()
    },
  })
  const adapters: ScoringAdapters = {
    runScript: (script) => runScript(script, out),
    now: () => change.now ?? Date.UTC(2026, 10, 30),
  }
  const context = {
    env: { PATH: process.env.PATH, ...change.env },
    temp,
    workspace,
    cancelled: change.cancelled ?? new AbortController().signal,
    log: {
      info: (line: string) => captured.logLines.push(line),
      warning: () => undefined,
      annotate: () => undefined,
      group: () => undefined,
    },
  }
  return scoreModels(context, { policy: gate, labels: 'classes', models, mlflow }, adapters)
}

export async function runScored(
  ...given: Parameters<typeof runScoring>
): Promise<Extract<ScoringResult, { kind: 'scored' }>> {
  const result = await runScoring(...given)
  if (result.kind !== 'scored') throw new Error('not scored')
  // No temporary files remain.
  expect(readdirSync(temp)).toEqual([])
  return result
}

export const predictedClasses = ({ predictions }: Extract<ScoringResult, { kind: 'scored' }>) =>
  Object.fromEntries(Object.entries(predictions).map(([who, { classes }]) => [who, [...(classes ?? [])]]))
