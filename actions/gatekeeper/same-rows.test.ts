import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  codes,
  evaluate,
  judged,
  model,
  policy,
  prepareWorkspace,
  SCRIPT,
  score,
  scored,
  seen,
  temp,
  workspace,
  write,
} from '../../test/fakes/same-rows.ts'

prepareWorkspace()

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
  })

  it('are scored one after the other, the candidate last, and read before the next one runs', async () => {
    const models = { candidate: judged('candidate'), champion: judged('champion'), anchor: judged('anchor') }
    seen.files = { ...seen.files, ...model('anchor', 'no no no') }
    const watchful = `${SCRIPT}
      echo "$PREDICTIONS_PATH" >> paths
      for path in $(head -n -1 paths); do test ! -e "$path" || exit 7; done`
    const result = await scored(policy(evaluate(watchful)), models)
    expect(seen.logged).toEqual(['Scoring the champion.', 'Scoring the anchor.', 'Scoring the candidate.'])
    expect(result.failures).toEqual({})
    expect(readFileSync(join(workspace, 'paths'), 'utf8').trim().split('\n')).toHaveLength(3)
  })

  it('are scored although their code stays behind: it is ended before they are read', async () => {
    const result = await scored(policy(evaluate(`${SCRIPT}\n(sleep 1; echo 1,no > "$PREDICTIONS_PATH") &`)))
    expect(codes(result)).toEqual({ candidate: [1, 0, 1], champion: [1, 1, 0] })
  })

  it('are not scored where something that they started cannot be ended', async () => {
    const escapes = `${SCRIPT}\nif grep -q 'yes no yes' "$MODEL_URI/answers"; then setsid sleep 5 & sleep 0.2; fi`
    expect((await scored(policy(evaluate(escapes)))).failures).toEqual({
      candidate: 'the script left processes behind that could not be ended',
    })
  })

  it('are given no rights, an empty folder of their own, and no name', async () => {
    const spy = `${SCRIPT}
      env | cut -d= -f1 | sort > names; pwd; ls -A "$(dirname "$PREDICTIONS_PATH")"; echo "$MODEL_URI"
      echo "temp $RUNNER_TEMP $TMPDIR $(ls -A "$RUNNER_TEMP")"`
    const env = {
      GITHUB_OUTPUT: '/x',
      MLFLOW_TRACKING_URI: 'http://x',
      INPUT_A: 'x',
      AWS_PROFILE: 'x',
      KEPT: 'y',
      RUNNER_TEMP: temp,
      TMPDIR: temp,
    }
    await scored(policy(evaluate(`${spy}; cat names; rm names`)), undefined, { env })
    const lines = seen.printed.split('\n')
    expect(lines.filter((line) => /^(GITHUB_|MLFLOW_|INPUT_|AWS_)/.test(line))).toEqual([])
    expect(lines.filter((line) => line === 'KEPT')).toHaveLength(2)
    expect(lines.filter((line) => line === workspace)).toHaveLength(2)
    expect(lines.filter((line) => /candidate|champion/.test(line))).toEqual([])
    const folders = lines.filter((line) => line.endsWith('/model'))
    expect(new Set(folders).size).toBe(2)
    const temporary = folders.map((model) => model.replace(/model$/, 'tmp'))
    expect(lines.filter((line) => line.startsWith('temp '))).toEqual(
      temporary.map((own) => `temp ${own} ${own} `),
    )
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
    seen.files = model('candidate', 'yes no yes')
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
      'Policy evaluate.run: it gave predictions of no model (champion: the script exited with 3; the log has what it said; candidate: the script exited with 3; the log has what it said); mend the script.',
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
    expect(seen.logged).toEqual(['Scoring the champion.'])
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
      'candidate: 1 row of the predictions with ids that the holdout lacks or leaves out: not counted',
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
    seen.files = { 'run-candidate/out/p.csv': 'id,proba_yes\n1,0.5\n2,0.25\n3,1\n', 'run-champion/other': '' }
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
