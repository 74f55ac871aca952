import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import type { ModelVersion, Run } from '../../src/adapters/mlflow/schemas.ts'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'
import { reportSchema } from './report-schema.ts'

const RUN = 'c'.repeat(32)
const CHAMPION_RUN = 'a'.repeat(32)
const scored = (id: string, auc: number, changes: Partial<Run> = {}) =>
  fakeRun(id, { metrics: new Map([['auc', auc]]), ...changes })
const champion = fakeVersion('1', { runId: CHAMPION_RUN })
/** Written at every judgement, over the one before. */
const REPORT = 'write retrain/gate-report.json'
const registry = (auc = 0.9, changes: Partial<Run> = {}) =>
  fakeMlflow({
    runs: [scored(CHAMPION_RUN, 0.8), scored(RUN, auc, changes)],
    versions: [champion],
    aliases: { champion: '1' },
  })

async function gate(mlflow: FakeMlflow, given: Record<string, string> = {}, context = quietContext()) {
  const usual = { 'model-name': 'fraud', 'run-id': RUN, metric: 'auc', 'tracking-uri': 'http://mlflow.test' }
  const present = Object.entries({ ...usual, ...given }).filter(([, value]) => value !== '')
  const adapters = { mlflow: () => mlflow, now: () => new Date('2026-01-02T03:04:05Z') }
  const outcome = await main(parseInputs(contract, Object.fromEntries(present)), context, adapters)
  return { ...outcome, outputs: outcome.outputs as Record<string, string> }
}

/** What a person reads of markdown whose odd characters are entities. */
const readable = (markdown = '') =>
  markdown.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))

describe('gatekeeper', () => {
  it('registers a better candidate with its whole ledger in the one creation', async () => {
    const mlflow = registry()
    const { outputs } = await gate(mlflow)
    expect(outputs).toMatchObject({
      verdict: 'promote',
      promote: 'true',
      'model-version': '2',
      'champion-version': '1',
      'candidate-value': '0.9',
      'champion-value': '0.8',
      reason: 'auc 0.9 against 0.8 of champion 1: better by 0.1',
    })
    expect(mlflow.writes).toEqual([`createVersion models:/m-${RUN}`, REPORT])
    expect(mlflow.all[1]?.tags).toMatchObject({
      [ledger.verdict]: 'promote',
      [ledger.championVersion]: '1',
      [ledger.championValue]: '0.8',
      [ledger.artifactDigest]: `digest-of-${RUN}`,
      [ledger.runUrl]: 'https://github.com/shop/digits/actions/runs/77',
    })
  })

  it('writes a rejection on the run and the list of the champion, and the same one only once', async () => {
    const mlflow = registry(0.7)
    for (const _ of ['once', 'again']) {
      const { outputs, failure } = await gate(mlflow)
      expect(outputs).toMatchObject({ verdict: 'reject', promote: 'false', 'model-version': '' })
      expect(failure).toBeUndefined()
    }
    expect(mlflow.writes.filter((write) => write !== REPORT)).toEqual([
      expect.stringContaining(`setRunTags ${RUN}`),
      `setVersionTags 1 ${ledger.judgements}`,
    ])
  })

  it('takes a promotion back before anything else, where a later judgement rejects', async () => {
    const mlflow = registry()
    await gate(mlflow)
    mlflow.writes.length = 0
    const { outputs } = await gate(mlflow, { 'min-value': '0.99' })
    expect(outputs).toMatchObject({ verdict: 'reject', 'model-version': '2' })
    const [first] = mlflow.writes.filter((write) => write.startsWith('setVersionTags'))
    expect(first).toBe(`setVersionTags 2 ${ledger.verdict}`)
  })

  it('makes a promotion true last', async () => {
    const mlflow = registry()
    mlflow.all.push(
      fakeVersion('2', { runId: RUN, tags: { [ledger.verdict]: 'reject', [ledger.forced]: 'x' } }),
    )
    await gate(mlflow)
    const verdicts = mlflow.writes.flatMap((write, at) =>
      write.split(' ').includes(ledger.verdict) ? [at] : [],
    )
    expect(verdicts).toEqual([mlflow.writes.findLastIndex((write) => write !== REPORT)])
    expect(mlflow.all[1]?.tags[ledger.forced]).toBeUndefined()
  })

  it('changes the verdict that a run still carries from before', async () => {
    const mlflow = registry(0.9, { tags: { [ledger.verdict]: 'reject' } })
    await gate(mlflow)
    expect(mlflow.runs.get(RUN)?.tags[ledger.verdict]).toBe('promote')
  })

  it('asks force for a reason, and keeps it', async () => {
    await expect(gate(registry(), { force: 'true' })).rejects.toThrow(
      /Input force-reason: is required with force/,
    )
    const mlflow = registry(0.7)
    const { outputs } = await gate(mlflow, { force: 'true', 'force-reason': 'the data were wrong' })
    expect(outputs.promote).toBe('true')
    expect(outputs.reason).toMatch(/forced by ada: the data were wrong; the gate said reject: .*worse by 0.1/)
    expect(mlflow.all[1]?.tags[ledger.forced]).toBe('ada: the data were wrong')
  })

  it('holds also a caller to the reason that learns of force after the inputs were read', async () => {
    const mlflow = registry(0.7)
    const inputs = { 'model-name': 'fraud', 'run-id': RUN, metric: 'auc' }
    const forced = { ...parseInputs(contract, inputs), force: true }
    const adapters = { mlflow: () => mlflow, now: () => new Date() }
    await expect(main(forced, quietContext(), adapters)).rejects.toThrow(
      /^Input force-reason: is required with force/,
    )
    expect(mlflow.writes).toEqual([])
  })

  it('takes the word of a force back from the run, too, where a later judgement rejects', async () => {
    const mlflow = registry(0.7)
    await gate(mlflow)
    await gate(mlflow, { force: 'true', 'force-reason': 'the data were wrong' })
    expect(mlflow.runs.get(RUN)?.tags[ledger.forced]).toBe('ada: the data were wrong')
    await gate(mlflow)
    expect(mlflow.runs.get(RUN)?.tags).toMatchObject({ [ledger.verdict]: 'reject' })
    expect(mlflow.runs.get(RUN)?.tags).not.toHaveProperty(ledger.forced)
    mlflow.writes.length = 0
    await gate(mlflow)
    expect(mlflow.writes).toEqual([REPORT])
  })

  it('judges a champion in quarantine anew', async () => {
    const mlflow = registry()
    mlflow.all[0] = { ...champion, tags: { ...champion.tags, [ledger.quarantined]: 'OOMKilled' } }
    const { outputs } = await gate(mlflow, { 'run-id': '', 'model-version': '1' })
    expect(outputs).toMatchObject({ verdict: 'reject' })
  })

  it('asks which of several models is meant, or what a wrong model-id should be, and writes nothing', async () => {
    const ids = ['1', '2'].map((digit) => `m-${digit.repeat(32)}`)
    const models = ids.map((id) => ({ id, step: 0 }))
    const mlflow = registry(0.9, { models })
    await expect(gate(mlflow)).rejects.toThrow(
      `Input model-id: the run ${RUN} logged several models (${ids.join(', ')}); say which is meant.`,
    )
    const wrong = gate(mlflow, { 'model-id': `m-${'3'.repeat(32)}` })
    await expect(wrong).rejects.toBeInstanceOf(UserError)
    await expect(wrong).rejects.toThrow(/^Input model-id: .* did not log m-3+; it logged m-1+, m-2+\.$/)
    expect(mlflow.writes).toEqual([])
    expect((await gate(mlflow, { 'model-id': ids[1] ?? '' })).outputs.verdict).toBe('promote')
    const none = gate(registry(0.9, { models: [] }), { 'model-id': ids[0] ?? '' })
    await expect(none).rejects.toThrow(/it logged none\.$/)
  })

  it('gives a reason on one line, also one that an older suite recorded on several', async () => {
    const mlflow = registry(0.7)
    const forced = await gate(mlflow, { force: 'true', 'force-reason': 'a\nb' })
    expect(forced.outputs.reason).toMatch(/^forced by ada: a b; /)
    const { tags } = mlflow.all[1] ?? champion
    expect([tags[ledger.reason], tags[ledger.forced]].join()).not.toContain('\n')
    const old = { [ledger.verdict]: 'promote', [ledger.reason]: 'c\nd' }
    mlflow.all[1] = { ...(mlflow.all[1] ?? champion), tags: old }
    mlflow.aliases.set('champion', '2')
    expect((await gate(mlflow)).outputs.reason).toMatch(/its verdict then: c d$/)
  })

  describe('a version whose files the server does not list', () => {
    const unlisted = new Unlisted({ call: 'GET model-versions/get-download-uri', said: 'no', next: 'Wait.' })
    const legacy = (tags: Record<string, string> = {}) => {
      const mlflow = registry()
      mlflow.all.push(fakeVersion('2', { runId: RUN, source: 's3://bucket/model', tags }))
      const { placeOf, artifactDigest } = mlflow
      const known =
        <T>(ask: (version: ModelVersion) => Promise<T>) =>
        (version: ModelVersion) =>
          version.source.startsWith('s3:') ? Promise.reject(unlisted) : ask(version)
      return Object.assign(mlflow, { placeOf: known(placeOf), artifactDigest: known(artifactDigest) })
    }
    const asked = { 'run-id': '', 'model-version': '2', force: 'true', 'force-reason': 'now' }

    it('is undecided, also with force, and the reason says what to do', async () => {
      const mlflow = legacy()
      const { outputs, failure } = await gate(mlflow, asked)
      expect(failure).toBeUndefined()
      expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false', 'model-version': '2' })
      expect(outputs.reason).toMatch(
        /version 2 are at s3:\/\/bucket\/model, which .* does not list.*models:\/m-/,
      )
      expect(mlflow.all[1]?.tags[ledger.verdict]).toBe('inconclusive')
    })

    it('is known by its own quarantine all the same', async () => {
      const { outputs } = await gate(legacy({ [ledger.quarantined]: 'OOMKilled' }), asked)
      expect(outputs.verdict).toBe('reject')
      expect(outputs.reason).toContain('quarantined: these files are version 2, OOMKilled')
    })

    it('is a fault where the server is only away', async () => {
      const mlflow = registry()
      mlflow.placeOf = () =>
        Promise.reject(new Fault({ system: 'MLflow', call: 'GET', said: 'x', next: 'y' }))
      await expect(
        gate(mlflow, { 'run-id': '', 'model-version': '1', metric: 'auc' }),
      ).rejects.toBeInstanceOf(Fault)
    })
  })

  it('says for which model a run was judged, and writes the verdict for another one anew', async () => {
    const mlflow = registry(0.7, { tags: {} })
    await gate(mlflow)
    expect(mlflow.runs.get(RUN)?.tags[ledger.modelName]).toBe('fraud')
    const { length } = mlflow.writes
    await gate(mlflow, { 'model-name': 'fraud-eu' })
    expect(mlflow.runs.get(RUN)?.tags[ledger.modelName]).toBe('fraud-eu')
    expect(mlflow.writes.length).toBeGreaterThan(length)
  })

  it("leaves another model's verdict on a run alone, where the promotion stands on a version", async () => {
    const tags = { [ledger.verdict]: 'reject', [ledger.modelName]: 'fraud-eu' }
    const mlflow = registry(0.9, { tags })
    await gate(mlflow)
    expect(mlflow.runs.get(RUN)?.tags).toEqual(tags)
  })

  it('shows outside text as text', async () => {
    const metric = '<img src=x>|[a](http://x)'
    const mlflow = registry()
    const { summary } = await gate(mlflow, { metric })
    expect(summary).not.toMatch(/<img|\]\(http:\/\/x|(?<!&#\d+);<|\|\[/)
    expect(readable(summary)).toContain(`the candidate's ${metric} is missing`)
    expect(readable(summary)).toContain(`| ${metric} |`)
  })

  it('needs exactly one candidate that is there', async () => {
    await expect(gate(registry(), { 'model-version': '1' })).rejects.toThrow(
      /exactly one of run-id and model-version/,
    )
    await expect(gate(registry(), { 'run-id': '' })).rejects.toThrow(/exactly one/)
    await expect(gate(registry(), { 'run-id': 'd'.repeat(32) })).rejects.toThrow(
      /Input run-id: .*knows no run/,
    )
    await expect(gate(registry(), { 'run-id': '', 'model-version': '9' })).rejects.toThrow(/no version 9/)
  })

  describe('policy', () => {
    const seen = (path: string | undefined) => JSON.parse(readFileSync(path ?? '', 'utf8')).policy

    it('comes from YAML, a file, and inputs, which go first', async () => {
      const inline = await gate(registry(), {
        metric: '',
        policy: 'metric: auc\nmin-improvement: 0.10\nmin-value: "0.5"',
      })
      expect(seen(inline.outputs.report)).toMatchObject({
        primary: { metric: 'auc', direction: 'higher', minValue: '0.5' },
        comparison: { kind: 'challenger', minImprovement: { absolute: '0.10' } },
      })
      const context = quietContext({ workspace: mkdtempSync(join(tmpdir(), 'policy-')) })
      writeFileSync(
        join(context.workspace, 'gate.yml'),
        'metric: auc\ndirection: lower\nmin-improvement: 1e-3\n',
      )
      const file = await gate(registry(), { metric: '', policy: 'gate.yml', 'min-improvement': '0' }, context)
      expect(seen(file.outputs.report)).toMatchObject({
        primary: { metric: 'auc', direction: 'lower' },
        comparison: { minImprovement: { absolute: '0' } },
      })
      expect(file.outputs.verdict).toBe('reject')
    })

    it.each([
      ['metric: auc\nmin_valu: 1', /policy, line 2: unknown key "min_valu".*min_value.*metric/],
      [
        'metric: auc\ndirection: up\nmin-improvement: 5%',
        /line 2: direction "up" is not one of[\s\S]*line 3: min_improvement "5%" is not a decimal/,
      ],
      ['metric: auc\nmin-improvement: -1', /line 2: min_improvement is negative/],
      ['metric:', /line 1: metric has no value/],
      ['metric: [1]', /line 1: metric is a list or a mapping; give one value/],
      ['{metric: auc', /policy, line 1: .*[^:]$/],
      ['metric: auc\nmetric: f1', /line 2: .*unique/],
      ['- auc\n- f1', /is not a mapping/],
      ['nowhere.yml', /"nowhere.yml" is neither YAML nor a file/],
    ])('is refused: %j', async (policy, why) => {
      await expect(gate(registry(), { metric: '', policy })).rejects.toThrow(why)
    })

    it('asks for a metric, and for the direction of a loss', async () => {
      await expect(gate(registry(), { metric: '' })).rejects.toThrow(/Input metric: is required/)
      await expect(gate(registry(), { metric: 'val_loss' })).rejects.toThrow(
        /Input direction: "val_loss" sounds like/,
      )
      await expect(gate(registry(), { metric: '', policy: 'metric: val_loss' })).rejects.toThrow(
        /Input direction: "val_loss" sounds like/,
      )
      await expect(gate(registry(), { metric: '', policy: 'min-value: 1' })).rejects.toThrow(
        /Input metric: is required/,
      )
    })

    it('is told of together with every other bad input', async () => {
      const bad = { 'run-id': 'x', 'min-value': '5%' }
      await expect(gate(registry(), { ...bad, metric: '' })).rejects.toThrow(
        /^Input run-id: .*\nInput min-value: .*\nInput metric: is required/,
      )
      await expect(gate(registry(), { ...bad, metric: 'val_loss' })).rejects.toThrow(
        /^Input run-id: .*\nInput min-value: .*\nInput direction: "val_loss" sounds like/,
      )
      await expect(gate(registry(), { ...bad, metric: '', policy: 'metric: auc' })).rejects.toThrow(
        /^Input run-id: .*\nInput min-value: [^\n]*$/,
      )
    })

    it.each([
      [{ metric: 'a'.repeat(251) }, /^Input metric: "a{77}\.\.\." has 251 characters, .* at most 250; /],
      [{ metric: '', policy: 'metric: ""' }, /line 1: metric is empty; name the metric/],
    ])('says in our own words what is wrong with a name of a metric: %#', async (given, why) => {
      await expect(gate(registry(), given as Record<string, string>)).rejects.toThrow(why)
    })
  })

  describe('what makes stored values prove nothing', () => {
    const data = (digest: string, context = 'test') => ({ name: 'holdout', digest, context })

    it('different evaluation data', async () => {
      const mlflow = registry(0.9, { datasets: [data('6dee42c1')] })
      const rival = mlflow.runs.get(CHAMPION_RUN)
      if (rival) mlflow.runs.set(CHAMPION_RUN, { ...rival, datasets: [data('00000000')] })
      const { outputs } = await gate(mlflow)
      expect(outputs).toMatchObject({ verdict: 'inconclusive', promote: 'false' })
      expect(outputs.reason).toMatch(
        /evaluated on different data: .*6dee42c1, the champion on holdout 00000000/,
      )
    })

    it('unknown evaluation data, where the policy asks for the same', async () => {
      const policy = 'metric: auc\ncomparable: {same_data: required}'
      const { outputs } = await gate(registry(), { metric: '', policy })
      expect(outputs.verdict).toBe('inconclusive')
      expect(outputs.reason).toMatch(/asks for the same evaluation data.*the candidate's run does not say/)
    })

    it('a metric of the training data', async () => {
      const mlflow = registry(0.9, { datasets: [data('6dee42c1', 'training')] })
      mlflow.measuredOn = async () => [{ key: 'auc', name: 'holdout', digest: '6dee42c1' }]
      expect((await gate(mlflow)).outputs).toMatchObject({
        verdict: 'inconclusive',
        reason: 'auc of the candidate was measured on its training data (holdout): log it on a holdout',
      })
    })

    it('a metric of another step than the model', async () => {
      const models = [{ id: `m-${RUN}`, step: 5 }]
      const mlflow = registry(0.9, { models, steps: new Map([['auc', 10]]) })
      expect((await gate(mlflow)).outputs.reason).toMatch(
        /auc of the candidate is of step 10, and its model of step 5/,
      )
      const same = registry(0.9, { models, steps: new Map([['auc', 5]]) })
      expect((await gate(same)).outputs.verdict).toBe('promote')
    })

    it('a stale champion, where the policy says so', async () => {
      const mlflow = registry()
      mlflow.all[0] = { ...champion, tags: { ...champion.tags, [ledger.promotedAt]: '2025-09-01T00:00:00Z' } }
      const policy = 'metric: auc\nchampion: {max_age: 90d, on_stale: inconclusive}'
      expect((await gate(mlflow, { metric: '', policy })).outputs).toMatchObject({
        verdict: 'inconclusive',
        reason: expect.stringMatching(/champion 1 is 123 days old, and the policy calls it stale after 90/),
      })
      const warned = await gate(mlflow, { metric: '', policy: 'metric: auc\nchampion: {max_age: 90d}' })
      expect(warned.outputs.verdict).toBe('promote')
      expect(readable(warned.summary)).toContain('Champion 1 is 123 days old, and the policy calls it stale')
    })
  })

  describe('rejecting for ever', () => {
    it('is not silent', async () => {
      const mlflow = registry(0.7)
      const seen: string[][] = []
      for (const digit of ['1', '2', '3']) {
        const id = digit.repeat(32)
        mlflow.runs.set(id, scored(id, 0.7))
        const context = quietContext()
        const { outputs } = await gate(mlflow, { 'run-id': id }, context)
        const warned = context.said.some((line) => line.includes('in a row were not let through'))
        seen.push([
          outputs['consecutive-rejections'] ?? '',
          outputs['max-rejections-reached'] ?? '',
          String(warned),
        ])
      }
      expect(seen).toEqual([
        ['1', 'false', 'false'],
        ['2', 'false', 'false'],
        ['3', 'true', 'true'],
      ])
    })

    it('counts a candidate once, and none in a dry run', async () => {
      const mlflow = registry(0.7)
      for (const _ of ['once', 'again'])
        expect((await gate(mlflow)).outputs['consecutive-rejections']).toBe('1')
      const dry = registry(0.7)
      await gate(dry, { mode: 'dry-run' })
      await gate(dry, { metric: '', policy: 'metric: auc\ndecision: {mode: dry-run}' })
      expect(dry.writes).toEqual([])
    })
  })

  it('is red on an inconclusive verdict where the policy says so', async () => {
    const mlflow = registry(0.9, { steps: new Map([['auc', 3]]), models: [{ id: `m-${RUN}`, step: 1 }] })
    const policy = 'metric: auc\ndecision: {on_inconclusive: fail}'
    const { outputs, failure } = await gate(mlflow, { metric: '', policy })
    expect(outputs.verdict).toBe('inconclusive')
    expect(failure?.message).toMatch(/red because the policy says on_inconclusive: fail/)
  })

  it('says the same in the JSON report, in the form that is published, and logs it to the run', async () => {
    const mlflow = registry(0.7)
    const { outputs } = await gate(mlflow)
    const report = readFileSync(outputs.report ?? '', 'utf8')
    expect(reportSchema.parse(JSON.parse(report))).toMatchObject({
      verdict: 'reject',
      checks: [{ kind: 'primary', result: 'fails', candidate: 0.7, rival: 0.8 }],
      counts: { refusedInARow: 1 },
    })
    expect(mlflow.written.get(`mlflow-artifacts:/1/${RUN}/artifacts/retrain/gate-report.json`)).toBe(report)
  })

  it('keeps its verdict where the report cannot be logged', async () => {
    const mlflow = registry(0.7)
    mlflow.write = () =>
      Promise.reject(new Fault({ system: 'MLflow', call: 'PUT', said: 'no', next: 'Wait.' }))
    const context = quietContext()
    expect((await gate(mlflow, {}, context)).outputs.verdict).toBe('reject')
    expect(context.said.join()).toContain('The report could not be logged to the run')
  })
})
