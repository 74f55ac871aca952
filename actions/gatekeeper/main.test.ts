import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import { Fault } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { gate, REPORT, RUN, registry } from '../../test/fakes/gatekeeper.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'
import { reportSchema } from './report-schema.ts'

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

  it('tells its verdict also where MLflow does not take it, and lets nothing through then', async () => {
    for (const [auc, verdict] of [
      [0.7, 'reject'],
      [0.9, 'promote'],
    ] as const) {
      const mlflow = registry(auc)
      mlflow.beforeWrite = () => {
        throw new Fault({ system: 'MLflow', call: 'POST', status: 403, said: 'no', next: 'Ask.' })
      }
      const { outputs, failure, summary } = await gate(mlflow)
      expect(outputs).toMatchObject({ verdict, promote: 'false' })
      expect(failure).toBeInstanceOf(Fault)
      expect(summary).toContain(`Gate of fraud: ${verdict}`)
    }
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
