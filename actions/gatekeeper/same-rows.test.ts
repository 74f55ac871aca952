import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Place } from '../../src/adapters/mlflow/artifacts.ts'
import { NotFound } from '../../src/adapters/mlflow/failures.ts'
import { fakeRun } from '../../src/adapters/mlflow/fake.ts'
import { runScript } from '../../src/adapters/process/run-script.ts'
import type { GatePolicy, HoldoutPolicy, PredictionsPolicy } from '../../src/domain/gate/policy.ts'
import { type Adapters, type Judged, type Role, type SameRows, scoreOnSameRows } from './same-rows.ts'

let workspace: string
let temp: string
let logged: string[]
let files: Record<string, string>
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'same-rows-workspace-'))
  temp = mkdtempSync(join(tmpdir(), 'same-rows-temp-'))
})
afterAll(() => {
  for (const folder of [workspace, temp]) rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  logged = []
  write('holdout.csv', 'id,label,country\n1,yes,DE\n2,no,FR\n3,yes,DE\n')
  // A model here is what it answers, one word per row.
  files = { ...model('candidate', 'yes no yes'), ...model('champion', 'yes yes no') }
})

const write = (name: string, content: string) => writeFileSync(join(workspace, name), content)
const model = (who: string, answers: string) => ({ [`${who}/MLmodel`]: 'x', [`${who}/answers`]: answers })

/** All places are folders of one map. */
const mlflow = {
  list: async (place: Place, folder = '') => {
    const root = rootOf(place)
    const below = Object.keys(files).filter((path) => path.startsWith(`${root}${folder}`))
    return below.map((path) => ({
      path: path.slice(root.length),
      isFolder: false,
      size: files[path]?.length,
    }))
  },
  read: async (place: Place, path: string) => {
    const content = files[rootOf(place) + path]
    if (content === undefined) throw new NotFound({ call: `GET ${path}`, said: 'none', next: '' })
    return (async function* () {
      yield Buffer.from(content)
    })()
  },
}
const rootOf = (place: Place) =>
  `${place.kind === 'run' ? `run-${place.runId}` : place.kind === 'proxy' ? place.path : place.id}/`

const judged = (who: Role): Judged => ({ run: fakeRun(who), place: { kind: 'logged-model', id: who } })

const SCRIPT = `
echo id,prediction > "$PREDICTIONS_PATH"
row=0
for word in $(cat "$MODEL_URI/answers"); do row=$((row + 1)); echo "$row,$word" >> "$PREDICTIONS_PATH"; done
`
const evaluate = (run = SCRIPT, change: Partial<Extract<PredictionsPolicy, { kind: 'evaluate' }>> = {}) =>
  ({ kind: 'evaluate', run, shell: 'bash', workingDirectory: undefined, timeout: 20_000, ...change }) as const

function policy(predictions: PredictionsPolicy | undefined, change: Partial<HoldoutPolicy> = {}): GatePolicy {
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

let printed: string
function score(
  gate: GatePolicy,
  models: Partial<Record<Role, Judged>> = { candidate: judged('candidate'), champion: judged('champion') },
  change: { env?: Record<string, string>; cancelled?: AbortSignal; now?: number } = {},
): Promise<SameRows> {
  printed = ''
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      printed += chunk
      done()
    },
  })
  const adapters: Adapters = { runScript: (script) => runScript(script, out), now: () => change.now ?? 0 }
  const context = {
    env: { PATH: process.env.PATH, ...change.env },
    temp,
    workspace,
    cancelled: change.cancelled ?? new AbortController().signal,
    log: { info: (line: string) => logged.push(line), warning: () => undefined, group: () => undefined },
  }
  return scoreOnSameRows(context, { policy: gate, labels: 'classes', models, mlflow }, adapters)
}

async function scored(...given: Parameters<typeof score>): Promise<Extract<SameRows, { kind: 'scored' }>> {
  const result = await score(...given)
  if (result.kind !== 'scored') throw new Error('not scored')
  // Whatever happened, nothing of it is left.
  expect(readdirSync(temp)).toEqual([])
  return result
}

const codes = ({ predictions }: Extract<SameRows, { kind: 'scored' }>) =>
  Object.fromEntries(Object.entries(predictions).map(([who, { classes }]) => [who, [...(classes ?? [])]]))

describe('models that a script scores', () => {
  it('are judged on the same rows', async () => {
    const result = await scored(policy(evaluate()))
    expect(result.rows).toMatchObject({
      count: 3,
      labels: { names: ['no', 'yes'], codes: Int32Array.of(1, 0, 1) },
    })
    expect([...result.rows.columns.keys()]).toEqual(['country'])
    expect(codes(result)).toEqual({ candidate: [1, 0, 1], champion: [1, 1, 0] })
    expect(result).toMatchObject({ failures: {}, invalid: [], notes: [] })
    expect(logged).toEqual(['Scoring the candidate.', 'Scoring the champion.'])
  })

  it('are given no rights, an empty folder of their own, and no name', async () => {
    const spy = `${SCRIPT}
      env | cut -d= -f1 | sort > names; pwd; ls -A "$(dirname "$PREDICTIONS_PATH")"; echo "$MODEL_URI"`
    const env = {
      GITHUB_OUTPUT: '/x',
      MLFLOW_TRACKING_URI: 'http://x',
      INPUT_A: 'x',
      AWS_PROFILE: 'x',
      KEPT: 'y',
    }
    await scored(policy(evaluate(`${spy}; cat names; rm names`)), undefined, { env })
    const lines = printed.split('\n')
    expect(lines.filter((line) => /^(GITHUB_|MLFLOW_|INPUT_|AWS_)/.test(line))).toEqual([])
    expect(lines.filter((line) => line === 'KEPT')).toHaveLength(2)
    expect(lines.filter((line) => line === workspace)).toHaveLength(2)
    expect(lines.filter((line) => /candidate|champion/.test(line))).toEqual([])
    const folders = lines.filter((line) => line.endsWith('/model'))
    expect(new Set(folders).size).toBe(2)
  })

  it('fail alone where the script fails for one of them', async () => {
    const failing = (what: string) =>
      scored(policy(evaluate(`${SCRIPT}\nif grep -q 'yes yes' "$MODEL_URI/answers"; then ${what}; fi`)))
    const because = async (what: string) => (await failing(what)).failures
    expect(await because('exit 3')).toEqual({
      champion: 'the script exited with 3; the log has what it said',
    })
    expect(await because('kill -KILL $$')).toEqual({ champion: 'the script was ended by SIGKILL' })
    const nothing = { champion: 'the script wrote no file to $PREDICTIONS_PATH' }
    expect(await because('rm "$PREDICTIONS_PATH"')).toEqual(nothing)
    expect(await because('> "$PREDICTIONS_PATH"')).toEqual(nothing)
    expect(await because('rm "$PREDICTIONS_PATH"; mkfifo "$PREDICTIONS_PATH"')).toEqual(nothing)
    expect(await because('echo x,y > "$PREDICTIONS_PATH"')).toEqual({
      champion: 'its predictions: has "x", "y"; write prediction, score, or a proba_<class> for each class.',
    })
    expect(await because('sed -i 3d "$PREDICTIONS_PATH"')).toEqual({
      champion: `1 of the holdout's 3 rows have no prediction ("2")`,
    })
    expect(codes(await failing('exit 3'))).toEqual({ candidate: [1, 0, 1] })
  })

  it('fail alone where their files are gone', async () => {
    files = model('candidate', 'yes no yes')
    const models = {
      candidate: judged('candidate'),
      champion: judged('champion'),
      anchor: { run: undefined, place: undefined },
    }
    const result = await scored(policy(evaluate()), models)
    expect(result.failures).toEqual({
      champion: 'its files are not there any more, or no MLmodel is among them',
      anchor: 'nobody knows where its files are',
    })
    expect(codes(result)).toEqual({ candidate: [1, 0, 1] })
  })

  it('are ended when the script takes too long', async () => {
    const models = { candidate: { run: undefined, place: undefined }, champion: judged('champion') }
    const result = await scored(policy(evaluate('sleep 60', { timeout: 200 })), models)
    expect(result.failures.champion).toBe('the script did not end within 0.2 seconds, and was stopped')
  })

  it('are no models’ fault where the script never works', async () => {
    await expect(score(policy(evaluate('exit 3')))).rejects.toThrow(
      'Policy evaluate.run: it gave predictions of no model (candidate: the script exited with 3; the log has what it said; champion: the script exited with 3; the log has what it said); mend the script.',
    )
    await expect(score(policy(evaluate('exit 3')), { candidate: judged('candidate') })).rejects.toThrow(
      'mend the script',
    )
    await expect(score(policy(evaluate('x', { shell: 'no-such-shell {0}' })))).rejects.toThrow(
      'Policy evaluate.shell: no-such-shell could not be started (ENOENT)',
    )
    await expect(score(policy(evaluate('x', { workingDirectory: 'none' })))).rejects.toThrow(
      'Policy evaluate.working_directory: "none" is not a folder below',
    )
    expect(readdirSync(temp)).toEqual([])
  })

  it('are not scored any more in a cancelled job', async () => {
    const cancel = new AbortController()
    const waiting = score(policy(evaluate('sleep 60')), undefined, { cancelled: cancel.signal })
    setTimeout(() => cancel.abort(), 200)
    await expect(waiting).rejects.toThrow(/abort/)
    expect(logged).toEqual(['Scoring the candidate.'])
    expect(readdirSync(temp)).toEqual([])
  })
})

describe('predictions that are there already', () => {
  it('come from files of the workspace', async () => {
    write('a.csv', 'id,prediction,label\n3,yes,no\n2,no,no\n1,yes,no\n4,no,no\n')
    const result = await scored(
      policy({ kind: 'files', candidate: 'a.csv', champion: undefined, anchor: undefined }),
    )
    expect(codes(result)).toEqual({ candidate: [1, 0, 1] })
    expect(result.failures).toEqual({ champion: 'the policy names no predictions of it' })
    expect(result.notes).toEqual([
      'candidate: 1 row of the predictions with ids that the holdout lacks: not counted',
      'candidate: the column "label" of the predictions is not read: labels come from the holdout',
    ])
  })

  it('are the user’s to mend where a file cannot be used', async () => {
    const from = (candidate: string) =>
      ({ kind: 'files', candidate, champion: undefined, anchor: undefined }) as const
    await expect(score(policy(from('none.csv')))).rejects.toThrow(
      'Policy predictions.candidate: "none.csv": cannot be opened (ENOENT)',
    )
    write('b.csv', 'key,prediction\n1,yes\n')
    await expect(score(policy(from('b.csv')))).rejects.toThrow(
      'Policy predictions.candidate: "b.csv": there is no column "id"; it has "key", "prediction".',
    )
  })

  it('come from artifacts of each model’s run', async () => {
    files = { 'run-candidate/out/p.csv': 'id,proba_yes\n1,0.5\n2,0.25\n3,1\n', 'run-champion/other': '' }
    const models = {
      candidate: judged('candidate'),
      champion: judged('champion'),
      anchor: { run: undefined, place: undefined },
    }
    const result = await scored(
      policy({ kind: 'artifact', artifact: 'out/p.csv' }, { positive: 'yes' }),
      models,
    )
    expect(result.predictions.candidate?.scores).toEqual(Float64Array.of(0.5, 0.25, 1))
    expect(result.failures).toEqual({
      champion: 'its run champion has no artifact "out/p.csv"',
      anchor: 'no run is known that could have the artifact "out/p.csv"',
    })
  })
})

describe('a holdout', () => {
  const none = evaluate()
  it('is not asked for where nobody predicts', async () => {
    expect(await score(policy(undefined))).toEqual({ kind: 'none' })
  })

  it('may be an artifact of the candidate’s run', async () => {
    files['run-candidate/h.csv'] = 'id,label,country\n2,no,FR\n1,yes,DE\n3,yes,DE\n'
    const one = await scored(policy(none, { source: { artifact: 'h.csv' } }))
    expect(one.rows.digest).toBe((await scored(policy(none))).rows.digest)
    await expect(score(policy(none, { source: { artifact: 'none.csv' } }))).rejects.toThrow(
      'Policy holdout: of the candidate, its run candidate has no artifact "none.csv".',
    )
  })

  it('must have what the policy names', async () => {
    await expect(score(policy(none, { group: 'user' }))).rejects.toThrow(
      'Policy holdout: "holdout.csv": there is no column "user"; it has "id", "label", "country".',
    )
    await expect(score(policy(none, { source: { path: 'no.csv' } }))).rejects.toThrow(
      'Policy holdout: "no.csv": cannot be opened (ENOENT)',
    )
    write('holdout.csv', 'id,label,country\n1,yes,DE\n1,no,DE\n')
    await expect(score(policy(none))).rejects.toThrow('ids that stand on several rows: 1 ("1")')
  })

  it('proves nothing where a model was trained on it, or nobody knows', async () => {
    files['run-candidate/train.csv'] = 'id,x\n7,\n1,\n2.0,\n'
    expect((await scored(policy(none, { trainingIds: { artifact: 'train.csv' } }))).invalid).toEqual([
      `the candidate was trained on 2 of the holdout's 3 rows (ids "1", "2"): it may know their answers by heart`,
      'which rows the champion was trained on is unknown: its run champion has no artifact "train.csv"',
    ])
    write('train.csv', 'id\n9\n')
    expect((await scored(policy(none, { trainingIds: { path: 'train.csv' } }))).invalid).toEqual([])
    await expect(score(policy(none, { trainingIds: { path: 'no.csv' } }))).rejects.toThrow(
      'Policy holdout.training_ids: "no.csv": cannot be opened',
    )
  })

  it('proves nothing where it is not later than the training, or its labels are young', async () => {
    write(
      'holdout.csv',
      'id,label,country,at\n1,yes,DE,2026-01-01\n2,no,FR,2026-01-02\n3,yes,DE,2026-01-03\n',
    )
    const models = {
      candidate: {
        ...judged('candidate'),
        run: fakeRun('candidate', { params: new Map([['until', '2026-01-02']]) }),
      },
      champion: judged('champion'),
    }
    const trainingCutoff = { param: 'until' }
    const now = Date.UTC(2026, 0, 4)
    const strict = policy(none, { time: 'at', trainingCutoff, labelLag: 86_400_001 })
    expect((await scored(strict, models, { now })).invalid).toEqual([
      "the candidate was trained on data until 2026-01-02T00:00:00Z, and 1 of the holdout's 3 rows are from before that (the first from 2026-01-01T00:00:00Z)",
      `until when the data of the champion's training go is unknown: its run lacks the param "until"`,
      "1 of the holdout's 3 rows are younger than 24 hours: their labels may still change",
    ])
    const fine = policy(none, { time: 'at', trainingCutoff: { time: '2026-01-01' }, labelLag: 86_400_000 })
    expect((await scored(fine, models, { now })).invalid).toEqual([])
  })
})
