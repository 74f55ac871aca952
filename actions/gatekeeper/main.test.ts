import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { fakeContext, parseInputs } from '../../test/fakes/context.ts'
import { CANDIDATE_RUN, REPORT_WRITE, registryWithChampion, runGate } from '../../test/fakes/gatekeeper.ts'
import { fakeVersion } from '../../test/fakes/mlflow.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'
import { reportSchema } from './output/report-schema.ts'

describe('gatekeeper', () => {
  it('registers a better candidate with all tags in one request', async () => {
    const mlflow = registryWithChampion()
    const { outputs } = await runGate(mlflow)
    expect(outputs).toMatchObject({
      verdict: 'promote',
      promote: 'true',
      'model-version': '2',
      'champion-version': '1',
      'candidate-value': '0.9',
      'champion-value': '0.8',
      reason: 'auc 0.9 against 0.8 of champion 1: better by 0.1',
    })
    expect(mlflow.writes).toEqual([`createVersion models:/m-${CANDIDATE_RUN}`, REPORT_WRITE])
    expect(mlflow.allVersions[1]?.tags).toMatchObject({
      [versionTags.verdict]: 'promote',
      [versionTags.championVersion]: '1',
      [versionTags.championValue]: '0.8',
      [versionTags.artifactDigest]: `digest-of-${CANDIDATE_RUN}`,
      [versionTags.runUrl]: 'https://github.com/shop/digits/actions/runs/77',
    })
  })

  it('writes a rejection to the run and to the champion’s history, and only once', async () => {
    const mlflow = registryWithChampion(0.7)
    for (const _ of ['once', 'again']) {
      const { outputs, failure } = await runGate(mlflow)
      expect(outputs).toMatchObject({ verdict: 'reject', promote: 'false', 'model-version': '' })
      expect(failure).toBeUndefined()
    }
    expect(mlflow.writes.filter((write) => write !== REPORT_WRITE)).toEqual([
      expect.stringContaining(`setRunTags ${CANDIDATE_RUN}`),
      `setVersionTags 1 ${versionTags.evaluationHistory}`,
    ])
  })

  it('revokes an earlier promotion before anything else', async () => {
    const mlflow = registryWithChampion()
    await runGate(mlflow)
    mlflow.writes.length = 0
    const { outputs } = await runGate(mlflow, { 'min-value': '0.99' })
    expect(outputs).toMatchObject({ verdict: 'reject', 'model-version': '2' })
    const [first] = mlflow.writes.filter((write) => write.startsWith('setVersionTags'))
    expect(first).toBe(`setVersionTags 2 ${versionTags.verdict}`)
  })

  it('writes the verdict promote last', async () => {
    const mlflow = registryWithChampion()
    mlflow.allVersions.push(
      fakeVersion('2', {
        runId: CANDIDATE_RUN,
        tags: { [versionTags.verdict]: 'reject', [versionTags.forced]: 'x' },
      }),
    )
    await runGate(mlflow)
    const verdicts = mlflow.writes.flatMap((write, at) =>
      write.split(' ').includes(versionTags.verdict) ? [at] : [],
    )
    expect(verdicts).toEqual([mlflow.writes.findLastIndex((write) => write !== REPORT_WRITE)])
    expect(mlflow.allVersions[1]?.tags[versionTags.forced]).toBeUndefined()
  })

  it('replaces an earlier verdict on the run', async () => {
    const mlflow = registryWithChampion(0.9, { tags: { [versionTags.verdict]: 'reject' } })
    await runGate(mlflow)
    expect(mlflow.runs.get(CANDIDATE_RUN)?.tags[versionTags.verdict]).toBe('promote')
  })

  it('requires a reason for force and records it', async () => {
    await expect(runGate(registryWithChampion(), { force: 'true' })).rejects.toThrow(
      /Input force-reason: is required with force/,
    )
    const mlflow = registryWithChampion(0.7)
    const { outputs } = await runGate(mlflow, { force: 'true', 'force-reason': 'the data were wrong' })
    expect(outputs.promote).toBe('true')
    expect(outputs.reason).toMatch(/forced by ada: the data were wrong; overrides reject: .*worse by 0.1/)
    expect(mlflow.allVersions[1]?.tags[versionTags.forced]).toBe('ada: the data were wrong')
  })

  it('requires a reason for force that a caller sets after the inputs were read', async () => {
    const mlflow = registryWithChampion(0.7)
    const inputs = { 'model-name': 'fraud', 'run-id': CANDIDATE_RUN, metric: 'auc' }
    const forced = { ...parseInputs(contract, inputs), force: true }
    const adapters = { mlflow: () => mlflow, now: () => new Date() }
    await expect(main(forced, fakeContext(), adapters)).rejects.toThrow(
      /^Input force-reason: is required with force/,
    )
    expect(mlflow.writes).toEqual([])
  })

  it('removes the forced tag from the run when a later evaluation rejects', async () => {
    const mlflow = registryWithChampion(0.7)
    await runGate(mlflow)
    await runGate(mlflow, { force: 'true', 'force-reason': 'the data were wrong' })
    expect(mlflow.runs.get(CANDIDATE_RUN)?.tags[versionTags.forced]).toBe('ada: the data were wrong')
    await runGate(mlflow)
    expect(mlflow.runs.get(CANDIDATE_RUN)?.tags).toMatchObject({ [versionTags.verdict]: 'reject' })
    expect(mlflow.runs.get(CANDIDATE_RUN)?.tags).not.toHaveProperty(versionTags.forced)
    mlflow.writes.length = 0
    await runGate(mlflow)
    expect(mlflow.writes).toEqual([REPORT_WRITE])
  })

  it('fails the step on an inconclusive verdict if the policy says so', async () => {
    const mlflow = registryWithChampion(0.9, {
      steps: new Map([['auc', 3]]),
      models: [{ id: `m-${CANDIDATE_RUN}`, step: 1 }],
    })
    const policy = 'metric: auc\ndecision: {on_inconclusive: fail}'
    const { outputs, failure } = await runGate(mlflow, { metric: '', policy })
    expect(outputs.verdict).toBe('inconclusive')
    expect(failure?.message).toMatch(/step fails because the policy sets on_inconclusive: fail/)
  })

  it('writes the report in the published schema and logs it to the run', async () => {
    const mlflow = registryWithChampion(0.7)
    const { outputs } = await runGate(mlflow)
    const report = readFileSync(outputs.report ?? '', 'utf8')
    expect(reportSchema.parse(JSON.parse(report))).toMatchObject({
      verdict: 'reject',
      checks: [{ kind: 'primary', result: 'fail', candidate: 0.7, baseline: 0.8 }],
      counts: { consecutiveRejections: 1 },
    })
    expect(
      mlflow.writtenFiles.get(`mlflow-artifacts:/1/${CANDIDATE_RUN}/artifacts/retrain/gate-report.json`),
    ).toBe(report)
  })

  it('reports the verdict but promotes nothing if MLflow rejects the write', async () => {
    for (const [auc, verdict] of [
      [0.7, 'reject'],
      [0.9, 'promote'],
    ] as const) {
      const mlflow = registryWithChampion(auc)
      mlflow.beforeWrite = () => {
        throw new Fault({ system: 'MLflow', call: 'POST', status: 403, detail: 'no', hint: 'Ask.' })
      }
      const { outputs, failure, summary } = await runGate(mlflow)
      expect(outputs).toMatchObject({ verdict, promote: 'false' })
      expect(failure).toBeInstanceOf(Fault)
      expect(summary).toContain(`Gate of fraud: ${verdict}`)
    }
  })

  it('keeps the verdict if the report cannot be logged', async () => {
    const mlflow = registryWithChampion(0.7)
    mlflow.writeArtifact = () =>
      Promise.reject(new Fault({ system: 'MLflow', call: 'PUT', detail: 'no', hint: 'Wait.' }))
    const context = fakeContext()
    expect((await runGate(mlflow, {}, context)).outputs.verdict).toBe('reject')
    expect(context.messages.join()).toContain('Report not logged to the run')
  })
})
