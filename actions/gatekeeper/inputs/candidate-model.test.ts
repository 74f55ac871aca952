import { describe, expect, it } from 'vitest'
import { ArtifactsNotListable } from '../../../src/adapters/mlflow/http/faults.ts'
import type { ModelVersion } from '../../../src/adapters/mlflow/schemas.ts'
import { Fault, UserError } from '../../../src/domain/core/errors.ts'
import { versionTags } from '../../../src/domain/registry/version-tags.ts'
import {
  CANDIDATE_RUN,
  championVersion,
  decodeEntities,
  registryWithChampion,
  runGate,
} from '../../../test/fakes/gatekeeper.ts'
import { fakeVersion } from '../../../test/fakes/mlflow.ts'

describe('the candidate', () => {
  it('is evaluated again if it is a quarantined champion', async () => {
    const mlflow = registryWithChampion()
    mlflow.allVersions[0] = {
      ...championVersion,
      tags: { ...championVersion.tags, [versionTags.quarantined]: 'OOMKilled' },
    }
    const { outputs } = await runGate(mlflow, { 'run-id': '', 'model-version': '1' })
    expect(outputs).toMatchObject({ verdict: 'reject' })
  })

  describe('of a run that logged several models', () => {
    const ids = ['1', '2', '3'].map((digit) => `m-${digit.repeat(32)}`)
    const setUp = (names: readonly string[], step = (_index: number) => 0) => {
      const models = names.map((_, index) => ({ id: ids[index] ?? '', step: step(index) }))
      const mlflow = registryWithChampion(0.9, { models })
      for (const [index, name] of names.entries()) mlflow.modelNames.set(ids[index] ?? '', name)
      return mlflow
    }
    const source = async (mlflow: ReturnType<typeof setUp>, modelId: string) => {
      const { outputs } = await runGate(mlflow, { 'model-id': modelId })
      expect(outputs.verdict).toBe('promote')
      return mlflow.allVersions.at(-1)?.source
    }

    it('needs a name or an id, recommends the name, and writes nothing without', async () => {
      const mlflow = setUp(['my_model', 'model'])
      const asking = runGate(mlflow)
      await expect(asking).rejects.toBeInstanceOf(UserError)
      await expect(asking).rejects.toThrow(
        `Input model-name-in-run: run ${CANDIDATE_RUN} logged several models: "model" (${ids[1]}), "my_model" (${ids[0]}). Set model-name-in-run to the name of one, which stays the same in the next training, or model-id to one of these ids.`,
      )
      await expect(runGate(setUp(['model', 'model']))).rejects.toThrow(
        /Give each a name of its own, as in log_model\(name="\.\.\."\), with mlflow\.autolog\(log_models=False\).* model-name-in-run .* model-id to one of these ids\./,
      )
      expect(mlflow.writes).toEqual([])
    })

    it('takes the name or the id, of any step', async () => {
      expect(await source(setUp(['my_model', 'model']), 'my_model')).toBe(`models:/${ids[0]}`)
      expect(await source(setUp(['my_model', 'model']), ids[1] ?? '')).toBe(`models:/${ids[1]}`)
      expect(
        await source(
          setUp(['best', 'last'], (index) => index),
          'best',
        ),
      ).toBe(`models:/${ids[0]}`)
      expect(await source(setUp(['my model (v2)', 'model']), 'my model (v2)')).toBe(`models:/${ids[0]}`)
    })

    it('rejects a name of none, in other letters too, and lists what there is', async () => {
      for (const wanted of ['other', 'My_Model', ids[2] ?? ''])
        await expect(runGate(setUp(['my_model', 'model']), { 'model-id': wanted })).rejects.toThrow(
          `run ${CANDIDATE_RUN} did not log ${wanted}. It logged "model" (${ids[1]}), "my_model" (${ids[0]}).`,
        )
      await expect(runGate(setUp([]), { 'model-id': 'my_model' })).rejects.toThrow(/It logged none\.$/)
    })

    it('rejects a name of several, also of several steps', async () => {
      for (const step of [() => 0, (index: number) => index])
        await expect(runGate(setUp(['a', 'a', 'b'], step), { 'model-id': 'a' })).rejects.toThrow(
          `several models of that name: "a" (${ids[0]}), "a" (${ids[1]}). Give each a name of its own`,
        )
    })

    it('takes the name of model-name-in-run, and no id there', async () => {
      const mlflow = setUp(['my_model', 'model'])
      expect((await runGate(mlflow, { 'model-name-in-run': 'my_model' })).outputs.verdict).toBe('promote')
      expect(mlflow.allVersions.at(-1)?.source).toBe(`models:/${ids[0]}`)
      for (const wanted of ['other', ids[0] ?? ''])
        await expect(runGate(setUp(['my_model']), { 'model-name-in-run': wanted })).rejects.toThrow(
          `Input model-name-in-run: run ${CANDIDATE_RUN} did not log ${wanted}. It logged "my_model"`,
        )
      const both = { 'model-name-in-run': 'my_model', 'model-id': ids[0] ?? '' }
      await expect(runGate(setUp(['my_model']), both)).rejects.toThrow(
        'set only one of model-name-in-run and model-id',
      )
    })

    describe('of a search', () => {
      const search = { estimator_class: 'sklearn.model_selection._search.GridSearchCV' }
      const setUpSearch = (names: readonly string[], tags: Record<string, string>) => {
        const mlflow = setUp(names)
        const run = mlflow.runs.get(CANDIDATE_RUN)
        if (run) mlflow.runs.set(CANDIDATE_RUN, { ...run, tags })
        return mlflow
      }

      it('takes the best estimator, with a note', async () => {
        const mlflow = setUpSearch(['best_estimator', 'model'], search)
        const { outputs, summary } = await runGate(mlflow)
        expect(outputs.verdict).toBe('promote')
        expect(mlflow.allVersions.at(-1)?.source).toBe(`models:/${ids[0]}`)
        expect(decodeEntities(summary ?? '')).toMatch(
          /logged of GridSearchCV, the best estimator .* is taken/,
        )
      })

      it('takes the model that the user names', async () => {
        const mlflow = setUpSearch(['best_estimator', 'model'], search)
        await runGate(mlflow, { 'model-name-in-run': 'model' })
        expect(mlflow.allVersions.at(-1)?.source).toBe(`models:/${ids[1]}`)
      })

      it.each([
        ['names that a user gave', ['best_estimator', 'model'], {}],
        ['a third model', ['best_estimator', 'model', 'final'], search],
      ])('does not guess with %s', async (_case, names, tags) => {
        await expect(runGate(setUpSearch(names, tags))).rejects.toThrow('logged several models')
      })
    })

    it('lists ten of many', async () => {
      const models = Array.from({ length: 25 }, (_, index) => ({ id: `m-${100 + index}`, step: 0 }))
      await expect(runGate(registryWithChampion(0.9, { models }))).rejects.toThrow(
        /"model" \(m-109\), and 15 more\./,
      )
    })

    it.each(['models:/m-1', 'a/b', 'a.b', 'a"b'])(
      'rejects the input %s, which is no name',
      async (wanted) => {
        await expect(runGate(setUp(['a']), { 'model-id': wanted })).rejects.toThrow(
          /^Input model-id: .* is not the name or the id of a logged model/,
        )
      },
    )
  })

  it('gives the reason on one line, even if the tag has several', async () => {
    const mlflow = registryWithChampion(0.7)
    const forced = await runGate(mlflow, { force: 'true', 'force-reason': 'a\nb' })
    expect(forced.outputs.reason).toMatch(/^forced by ada: a b; /)
    const { tags } = mlflow.allVersions[1] ?? championVersion
    expect([tags[versionTags.reason], tags[versionTags.forced]].join()).not.toContain('\n')
    const old = { [versionTags.verdict]: 'promote', [versionTags.reason]: 'c\nd' }
    mlflow.allVersions[1] = { ...(mlflow.allVersions[1] ?? championVersion), tags: old }
    mlflow.aliases.set('champion', '2')
    expect((await runGate(mlflow)).outputs.reason).toMatch(/Its recorded verdict: c d$/)
  })

  it('is rejected if its version names the run of another model', async () => {
    const mlflow = registryWithChampion()
    const source = `models:/m-${'b'.repeat(32)}`
    mlflow.allVersions.push(fakeVersion('2', { runId: CANDIDATE_RUN, source }))
    const { outputs } = await runGate(mlflow, { 'run-id': '', 'model-version': '2' })
    expect(outputs.verdict).toBe('reject')
    expect(outputs.reason).toMatch(
      /version 2 has the files of logged model m-b+, which its run c+ did not log/,
    )
  })

  describe('a version whose files the server does not list', () => {
    const unlisted = new ArtifactsNotListable({
      call: 'GET model-versions/get-download-uri',
      detail: 'no',
      hint: 'Wait.',
    })
    const legacy = (tags: Record<string, string> = {}) => {
      const mlflow = registryWithChampion()
      mlflow.allVersions.push(fakeVersion('2', { runId: CANDIDATE_RUN, source: 's3://bucket/model', tags }))
      const { locateArtifacts, computeVersionDigest } = mlflow
      const known =
        <T>(ask: (version: ModelVersion) => Promise<T>) =>
        (version: ModelVersion) =>
          version.source.startsWith('s3:') ? Promise.reject(unlisted) : ask(version)
      return Object.assign(mlflow, {
        locateArtifacts: known(locateArtifacts),
        computeVersionDigest: known(computeVersionDigest),
      })
    }
    const asked = { 'run-id': '', 'model-version': '2', force: 'true', 'force-reason': 'now' }

    it('is inconclusive, even with force', async () => {
      const mlflow = legacy()
      const { outputs, failure } = await runGate(mlflow, asked)
      expect(failure).toBeUndefined()
      expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false', 'model-version': '2' })
      expect(outputs.reason).toMatch(
        /version 2 are at s3:\/\/bucket\/model, which .* does not list.*models:\/m-/,
      )
      expect(mlflow.allVersions[1]?.tags[versionTags.verdict]).toBe('inconclusive')
    })

    it('is still rejected by its own quarantine', async () => {
      const { outputs } = await runGate(legacy({ [versionTags.quarantined]: 'OOMKilled' }), asked)
      expect(outputs.verdict).toBe('reject')
      expect(outputs.reason).toContain('quarantined: the files are those of version 2, OOMKilled')
    })

    it('is a fault if the server is unavailable', async () => {
      const mlflow = registryWithChampion()
      mlflow.locateArtifacts = () =>
        Promise.reject(new Fault({ system: 'MLflow', call: 'GET', detail: 'x', hint: 'y' }))
      await expect(
        runGate(mlflow, { 'run-id': '', 'model-version': '1', metric: 'auc' }),
      ).rejects.toBeInstanceOf(Fault)
    })
  })

  it('tags the run with the model name, and writes a new verdict for another name', async () => {
    const mlflow = registryWithChampion(0.7, { tags: {} })
    await runGate(mlflow)
    expect(mlflow.runs.get(CANDIDATE_RUN)?.tags[versionTags.modelName]).toBe('fraud')
    const { length } = mlflow.writes
    await runGate(mlflow, { 'model-name': 'fraud-eu' })
    expect(mlflow.runs.get(CANDIDATE_RUN)?.tags[versionTags.modelName]).toBe('fraud-eu')
    expect(mlflow.writes.length).toBeGreaterThan(length)
  })

  it("keeps another model's verdict on the run when it promotes a version", async () => {
    const tags = { [versionTags.verdict]: 'reject', [versionTags.modelName]: 'fraud-eu' }
    const mlflow = registryWithChampion(0.9, { tags })
    await runGate(mlflow)
    expect(mlflow.runs.get(CANDIDATE_RUN)?.tags).toEqual(tags)
  })

  it('escapes outside text in the summary', async () => {
    const metric = '<img src=x>|[a](http://x)'
    const mlflow = registryWithChampion()
    const { summary } = await runGate(mlflow, { metric, direction: 'higher' })
    expect(summary).not.toMatch(/<img|\]\(http:\/\/x|(?<!&#\d+);<|\|\[/)
    expect(decodeEntities(summary)).toContain(`that the policy names: ${metric} (`)
    expect(decodeEntities(summary)).toContain(`| ${metric} |`)
  })

  it('must be exactly one and exist', async () => {
    await expect(runGate(registryWithChampion(), { 'model-version': '1' })).rejects.toThrow(
      /exactly one of run-id and model-version/,
    )
    await expect(runGate(registryWithChampion(), { 'run-id': '' })).rejects.toThrow(/exactly one/)
    await expect(runGate(registryWithChampion(), { 'run-id': 'd'.repeat(32) })).rejects.toThrow(
      /Input run-id: run d+ does not exist on/,
    )
    await expect(runGate(registryWithChampion(), { 'run-id': '', 'model-version': '9' })).rejects.toThrow(
      /no version 9/,
    )
  })
})
