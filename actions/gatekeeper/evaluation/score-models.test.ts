import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  ANSWER_SCRIPT,
  captured,
  evaluatePolicy,
  modelFiles,
  modelToScore,
  predictedClasses,
  prepareWorkspace,
  runScored,
  runScoring,
  scoringPolicy,
  temp,
  workspace,
  writeFixture,
} from '../../../test/fakes/scoring.ts'

prepareWorkspace()

describe('scoring with a script', () => {
  it('scores both models on the same rows', async () => {
    const result = await runScored(scoringPolicy(evaluatePolicy()))
    expect(result.rows).toMatchObject({
      count: 3,
      labels: { names: ['no', 'yes'], codes: Int32Array.of(1, 0, 1) },
    })
    expect([...result.rows.columns.keys()]).toEqual(['country'])
    expect(predictedClasses(result)).toEqual({ candidate: [1, 0, 1], champion: [1, 1, 0] })
    expect(result).toMatchObject({ failures: {}, invalid: [], notes: [] })
  })

  it('runs the models one after the other, the candidate last, and reads each before the next runs', async () => {
    const models = {
      candidate: modelToScore('candidate'),
      champion: modelToScore('champion'),
      anchor: modelToScore('anchor'),
    }
    captured.files = { ...captured.files, ...modelFiles('anchor', 'no no no') }
    const watchful = `${ANSWER_SCRIPT}
      echo "$PREDICTIONS_PATH" >> paths
      for path in $(head -n -1 paths); do test ! -e "$path" || exit 7; done`
    const result = await runScored(scoringPolicy(evaluatePolicy(watchful)), models)
    expect(captured.logLines).toEqual([
      'Scoring the champion.',
      'Scoring the anchor.',
      'Scoring the candidate.',
    ])
    expect(result.failures).toEqual({})
    expect(readFileSync(join(workspace, 'paths'), 'utf8').trim().split('\n')).toHaveLength(3)
  })

  it('kills background processes of the script before it reads the predictions', async () => {
    const result = await runScored(
      scoringPolicy(evaluatePolicy(`${ANSWER_SCRIPT}\n(sleep 1; echo 1,no > "$PREDICTIONS_PATH") &`)),
    )
    expect(predictedClasses(result)).toEqual({ candidate: [1, 0, 1], champion: [1, 1, 0] })
  })

  it('does not score a model whose script leaves a process that cannot be killed', async () => {
    const escapes = `${ANSWER_SCRIPT}\nif grep -q 'yes no yes' "$MODEL_URI/answers"; then setsid sleep 5 & sleep 0.2; fi`
    expect((await runScored(scoringPolicy(evaluatePolicy(escapes)))).failures).toEqual({
      candidate: 'the script left background processes that could not be killed',
    })
  })

  it('gives the script no credentials, an empty folder of its own, and no model name', async () => {
    const spy = `${ANSWER_SCRIPT}
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
    await runScored(scoringPolicy(evaluatePolicy(`${spy}; cat names; rm names`)), undefined, { env })
    const lines = captured.scriptOutput.split('\n')
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

  it('fails one model if the script fails for it', async () => {
    const failing = (what: string) =>
      runScored(
        scoringPolicy(
          evaluatePolicy(`${ANSWER_SCRIPT}\nif grep -q 'yes yes' "$MODEL_URI/answers"; then ${what}; fi`),
        ),
      )
    const because = async (what: string) => (await failing(what)).failures
    expect(await because('exit 3')).toEqual({
      champion: 'the script exited with code 3, see the log',
    })
    expect(await because('kill -KILL $$')).toEqual({ champion: 'the script was killed by SIGKILL' })
    const nothing = { champion: 'the script wrote no file to $PREDICTIONS_PATH' }
    expect(await because('rm "$PREDICTIONS_PATH"')).toEqual(nothing)
    expect(await because('> "$PREDICTIONS_PATH"')).toEqual(nothing)
    expect(await because('rm "$PREDICTIONS_PATH"; mkfifo "$PREDICTIONS_PATH"')).toEqual(nothing)
    expect(await because('echo x,y > "$PREDICTIONS_PATH"')).toEqual({
      champion:
        'its predictions: has no predictions, only "x", "y". Write a column prediction, score, or proba_<class> for each class.',
    })
    expect(await because('sed -i 3d "$PREDICTIONS_PATH"')).toEqual({
      champion: `1 of the holdout's 3 rows have no prediction (ids "2")`,
    })
    expect(predictedClasses(await failing('exit 3'))).toEqual({ candidate: [1, 0, 1] })
  })

  it('reads a folder of part files, and no link to what is no file', async () => {
    const parts = `mkdir "$PREDICTIONS_PATH" && cd "$PREDICTIONS_PATH" && touch _SUCCESS
      printf 'id,prediction\\n1,yes\\n' > part-0.csv; printf 'id,prediction\\n3,no\\n2,no\\n' | gzip > part-1.csv.gz`
    const result = await runScored(scoringPolicy(evaluatePolicy(parts)))
    expect(predictedClasses(result)).toEqual({ candidate: [1, 0, 0], champion: [1, 0, 0] })
    const linked = `${ANSWER_SCRIPT}\nif grep -q 'yes yes' "$MODEL_URI/answers"; then
      rm "$PREDICTIONS_PATH"; mkdir "$PREDICTIONS_PATH"; ln -s /dev/zero "$PREDICTIONS_PATH/part-0"; fi`
    expect((await runScored(scoringPolicy(evaluatePolicy(linked)))).failures).toEqual({
      champion: 'its predictions: "part-0": is not a file.',
    })
  })

  it('fails one model if its files are gone', async () => {
    captured.files = modelFiles('candidate', 'yes no yes')
    const models = {
      candidate: modelToScore('candidate'),
      champion: modelToScore('champion'),
      anchor: { run: undefined, place: undefined },
    }
    const result = await runScored(scoringPolicy(evaluatePolicy()), models)
    expect(result.failures).toEqual({
      champion: 'its files are missing, or contain no MLmodel',
      anchor: 'the location of its files is unknown',
    })
    expect(predictedClasses(result)).toEqual({ candidate: [1, 0, 1] })
  })

  it('kills the script after the timeout', async () => {
    const models = { candidate: { run: undefined, place: undefined }, champion: modelToScore('champion') }
    const result = await runScored(scoringPolicy(evaluatePolicy('sleep 60', { timeout: 200 })), models)
    expect(result.failures.champion).toBe('the script timed out after 0.2 seconds')
  })

  it('says what a script gets if it calls an MLflow server', async () => {
    const hint =
      'Its output mentions the MLflow server, which it must not call: it gets the files of the model in the folder MODEL_URI, and no credentials of the registry'
    const form = `A script may have this form:
import os, mlflow, pandas as pd
rows = pd.read_csv("holdout.csv", dtype={"id": str}, index_col="id").drop(columns="label")
model = mlflow.pyfunc.load_model(os.environ["MODEL_URI"])
table = pd.DataFrame({"prediction": model.predict(rows)}, index=rows.index)
table.to_csv(os.environ["PREDICTIONS_PATH"], index_label="id")`
    const calls = `echo "KeyError: 'MLFLOW_TRACKING_URI'" >&2; exit 1`
    await expect(runScoring(scoringPolicy(evaluatePolicy(calls)))).rejects.toThrow(
      `(champion: the script exited with code 1, see the log; candidate: the script exited with code 1, see the log). ${hint}. ${form}`,
    )
    const champion = `${ANSWER_SCRIPT}\nif grep -q 'yes yes' "$MODEL_URI/answers"; then ${calls}; fi`
    expect((await runScored(scoringPolicy(evaluatePolicy(champion)))).failures).toEqual({
      champion: `the script exited with code 1, see the log. ${hint}`,
    })
    expect(captured.logLines.at(-1)).toContain('table.to_csv(os.environ["PREDICTIONS_PATH"]')
    const works = `echo "no MLFLOW_TRACKING_URI, reading MODEL_URI"\n${ANSWER_SCRIPT}`
    expect((await runScored(scoringPolicy(evaluatePolicy(works)))).failures).toEqual({})
    expect(captured.logLines.at(-1)).toBe('Scoring the candidate.')
  })

  it('throws a user error if the script fails for every model', async () => {
    await expect(runScoring(scoringPolicy(evaluatePolicy('exit 3')))).rejects.toThrow(
      'Policy evaluate.run: the script failed for every model (champion: the script exited with code 3, see the log; candidate: the script exited with code 3, see the log). Fix the script.',
    )
    await expect(
      runScoring(scoringPolicy(evaluatePolicy('exit 3')), { candidate: modelToScore('candidate') }),
    ).rejects.toThrow('Fix the script')
    await expect(
      runScoring(scoringPolicy(evaluatePolicy('x', { shell: 'no-such-shell {0}' }))),
    ).rejects.toThrow('Policy evaluate.shell: no-such-shell could not be started (ENOENT)')
    await expect(
      runScoring(scoringPolicy(evaluatePolicy('x', { workingDirectory: 'none' }))),
    ).rejects.toThrow('Policy evaluate.working_directory: "none" is not a folder in')
    expect(readdirSync(temp)).toEqual([])
  })

  it('stops when the job is cancelled', async () => {
    const cancel = new AbortController()
    const waiting = runScoring(scoringPolicy(evaluatePolicy('sleep 60')), undefined, {
      cancelled: cancel.signal,
    })
    setTimeout(() => cancel.abort(), 200)
    await expect(waiting).rejects.toThrow(/abort/)
    expect(captured.logLines).toEqual(['Scoring the champion.'])
    expect(readdirSync(temp)).toEqual([])
  })
})

describe('scoring with given predictions', () => {
  it('reads files of the workspace', async () => {
    writeFixture('a.csv', 'id,prediction,label\n3,yes,no\n2,no,no\n1,yes,no\n4,no,no\n')
    const result = await runScored(
      scoringPolicy({ kind: 'files', candidate: 'a.csv', champion: undefined, anchor: undefined }),
    )
    expect(predictedClasses(result)).toEqual({ candidate: [1, 0, 1] })
    expect(result.failures).toEqual({ champion: 'the policy names no predictions for it' })
    expect(result.notes).toEqual([
      'candidate: ignored 1 row of the predictions with ids that are not in the holdout',
      'candidate: ignored column "label" of the predictions: labels come from the holdout',
    ])
  })

  it('throws a user error if a workspace file cannot be used', async () => {
    const from = (candidate: string) =>
      ({ kind: 'files', candidate, champion: undefined, anchor: undefined }) as const
    await expect(runScoring(scoringPolicy(from('none.csv')))).rejects.toThrow(
      'Policy predictions.candidate: "none.csv": cannot be opened (ENOENT)',
    )
    writeFixture('b.csv', 'key,prediction\n1,yes\n')
    await expect(runScoring(scoringPolicy(from('b.csv')))).rejects.toThrow(
      'Policy predictions.candidate: "b.csv": there is no column "id". It has "key", "prediction".',
    )
    const index =
      'is the index of the data frame. If it has the ids, name it: rename_axis("id") before writing, or to_csv(path, index_label="id"). If not, write a column "id", and no index (index=False).'
    writeFixture('b.csv', ',prediction\n1,yes\n')
    await expect(runScoring(scoringPolicy(from('b.csv')))).rejects.toThrow(
      `Policy predictions.candidate: "b.csv": there is no column "id". It has "", "prediction". The column without a name ${index}`,
    )
    writeFixture('b.csv', 'Unnamed: 0,prediction\n1,yes\n')
    await expect(runScoring(scoringPolicy(from('b.csv')))).rejects.toThrow(
      `It has "Unnamed: 0", "prediction". "Unnamed: 0" ${index}`,
    )
    writeFixture('b.csv', ',prediction,id\n0,yes,1\n1,no,2\n2,yes,3\n')
    expect((await runScored(scoringPolicy(from('b.csv')))).failures.candidate).toBeUndefined()
    const separated =
      'separates the columns by semicolons. Write the file with commas between columns and points in numbers (in pandas, to_csv without sep and decimal).'
    writeFixture('b.csv', 'id;prediction\n1;yes\n')
    await expect(runScoring(scoringPolicy(from('b.csv')))).rejects.toThrow(
      `Policy predictions.candidate: "b.csv": line 1 ${separated}`,
    )
    writeFixture('holdout.csv', 'id;label;country\n1;yes;DE\n')
    await expect(runScoring(scoringPolicy(from('b.csv')))).rejects.toThrow(
      `Policy holdout: "holdout.csv": line 1 ${separated}`,
    )
    writeFixture('holdout.csv', ',label,country\n1,yes,DE\n')
    await expect(runScoring(scoringPolicy(from('b.csv')))).rejects.toThrow(
      `Policy holdout: "holdout.csv": there is no column "id". It has "", "label", "country". The column without a name ${index}`,
    )
  })

  it('reads a folder of part files from each model’s run', async () => {
    captured.files = {
      'run-candidate/out/p/_SUCCESS': '',
      'run-candidate/out/p/part-1.csv': 'id,prediction\n2,no\n',
      'run-candidate/out/p/part-0.csv': 'id,prediction\n1,yes\n3,yes\n',
      'run-champion/out/p/country=DE/part-0.csv': 'id,prediction\n',
    }
    const result = await runScored(scoringPolicy({ kind: 'artifact', artifact: 'out/p/' }))
    expect(predictedClasses(result)).toEqual({ candidate: [1, 0, 1] })
    expect(result.failures).toEqual({
      champion:
        'the artifact "out/p": is a table partitioned by column "country", in one folder for each value. Write it without partitions (without partitionBy in Spark, partition_cols in pandas), or as one file',
    })
  })

  it('reads artifacts of each model’s run', async () => {
    captured.files = {
      'run-candidate/out/p.csv': 'id,proba_yes\n1,0.5\n2,0.25\n3,1\n',
      'run-champion/other': '',
    }
    const models = {
      candidate: modelToScore('candidate'),
      champion: modelToScore('champion'),
      anchor: { run: undefined, place: undefined },
    }
    const policy = scoringPolicy({ kind: 'artifact', artifact: 'out/p.csv' }, { positive: 'yes' })
    const primary = { ...policy.primary, metric: 'auc', statistic: 'auc' }
    const result = await runScored({ ...policy, primary }, models)
    expect(result.predictions.candidate?.scores).toEqual(Float64Array.of(0.5, 0.25, 1))
    expect(result.failures).toEqual({
      champion: 'its run champion has no artifact "out/p.csv"',
      anchor: 'it has no known run with the artifact "out/p.csv"',
    })
  })
})
