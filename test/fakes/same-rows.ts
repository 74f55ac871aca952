// A workspace, models and a server for the tests of scoring on the same rows.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeEach, expect } from 'vitest'
import {
  type Adapters,
  type Judged,
  type Role,
  type SameRows,
  scoreOnSameRows,
} from '../../actions/gatekeeper/same-rows.ts'
import type { Place } from '../../src/adapters/mlflow/artifacts.ts'
import { NotFound } from '../../src/adapters/mlflow/failures.ts'
import { fakeRun } from '../../src/adapters/mlflow/fake.ts'
import { runScript } from '../../src/adapters/process/run-script.ts'
import type { GatePolicy, HoldoutPolicy, PredictionsPolicy } from '../../src/domain/gate/policy.ts'

export const workspace = mkdtempSync(join(tmpdir(), 'same-rows-workspace-'))
export const temp = mkdtempSync(join(tmpdir(), 'same-rows-temp-'))
/** What the log was told, what the scripts printed, and what is on the server. */
export const seen: { logged: string[]; printed: string; files: Record<string, string> } = {
  logged: [],
  printed: '',
  files: {},
}

/** Registers, for a file of tests, that each begins with two models and a holdout. */
export function prepareWorkspace(): void {
  beforeEach(() => {
    seen.logged = []
    write('holdout.csv', 'id,label,country\n1,yes,DE\n2,no,FR\n3,yes,DE\n')
    // A model here is what it answers, one word per row.
    seen.files = { ...model('candidate', 'yes no yes'), ...model('champion', 'yes yes no') }
  })
  afterAll(() => {
    for (const folder of [workspace, temp]) rmSync(folder, { recursive: true, force: true })
  })
}

export const write = (name: string, content: string) => writeFileSync(join(workspace, name), content)
export const model = (who: string, answers: string) => ({
  [`${who}/MLmodel`]: 'x',
  [`${who}/answers`]: answers,
})

/** All places are folders of one map. */
const mlflow = {
  list: async (place: Place, folder = '') => {
    const root = rootOf(place)
    const below = Object.keys(seen.files).filter((path) => path.startsWith(`${root}${folder}`))
    return below.map((path) => ({
      path: path.slice(root.length),
      isFolder: false,
      size: seen.files[path]?.length,
    }))
  },
  read: async (place: Place, path: string) => {
    const content = seen.files[rootOf(place) + path]
    if (content === undefined) throw new NotFound({ call: `GET ${path}`, said: 'none', next: '' })
    return (async function* () {
      yield Buffer.from(content)
    })()
  },
}
const rootOf = (place: Place) =>
  `${place.kind === 'run' ? `run-${place.runId}` : place.kind === 'proxy' ? place.path : place.id}/`

export const judged = (who: Role): Judged => ({ run: fakeRun(who), place: { kind: 'logged-model', id: who } })

export const SCRIPT = `
echo id,prediction > "$PREDICTIONS_PATH"
row=0
for word in $(cat "$MODEL_URI/answers"); do row=$((row + 1)); echo "$row,$word" >> "$PREDICTIONS_PATH"; done
`
export const evaluate = (
  run = SCRIPT,
  change: Partial<Extract<PredictionsPolicy, { kind: 'evaluate' }>> = {},
) =>
  ({ kind: 'evaluate', run, shell: 'bash', workingDirectory: undefined, timeout: 20_000, ...change }) as const

export function policy(
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
    champion: { maxAge: undefined, onStale: 'warn', incomparable: undefined },
    comparable: { sameData: 'known', sha256: 'sha256', rows: undefined },
    predictions,
    holdout,
    statistics: { confidence: 0.95, resamples: 200, minRows: 1, minGroups: 1 },
    decision: { mode: 'enforce', onInconclusive: 'skip', maxRejections: 3 },
  }
}

export function score(
  gate: GatePolicy,
  models: Partial<Record<Role, Judged>> = { candidate: judged('candidate'), champion: judged('champion') },
  change: { env?: Record<string, string>; cancelled?: AbortSignal; now?: number } = {},
): Promise<SameRows> {
  seen.printed = ''
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      seen.printed += chunk
      done()
    },
  })
  const adapters: Adapters = { runScript: (script) => runScript(script, out), now: () => change.now ?? 0 }
  const context = {
    env: { PATH: process.env.PATH, ...change.env },
    temp,
    workspace,
    cancelled: change.cancelled ?? new AbortController().signal,
    log: { info: (line: string) => seen.logged.push(line), warning: () => undefined, group: () => undefined },
  }
  return scoreOnSameRows(context, { policy: gate, labels: 'classes', models, mlflow }, adapters)
}

export async function scored(
  ...given: Parameters<typeof score>
): Promise<Extract<SameRows, { kind: 'scored' }>> {
  const result = await score(...given)
  if (result.kind !== 'scored') throw new Error('not scored')
  // Whatever happened, nothing of it is left.
  expect(readdirSync(temp)).toEqual([])
  return result
}

export const codes = ({ predictions }: Extract<SameRows, { kind: 'scored' }>) =>
  Object.fromEntries(Object.entries(predictions).map(([who, { classes }]) => [who, [...(classes ?? [])]]))
