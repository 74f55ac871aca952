import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { parseEvaluationHistory } from '../../src/domain/gate/evaluation/evaluation-history.ts'
import { type Tags, versionTags } from '../../src/domain/registry/version-tags.ts'
import { runStep } from '../bundle/runner.ts'
import { type KillPoint, startInterruptingProxy } from './support/interrupting-proxy.ts'
import { mlflow, newModelName, runGatekeeper, trainer, useGatekeeper } from './support/mlflow/gatekeeper.ts'

useGatekeeper()

const GATEKEEPER_PROCESS = join(inject('dist'), 'gatekeeper.js')

/** The candidate: a run, or a version that its training registered. */
interface Case {
  model: string
  runId: string
  inputs: Record<string, string>
}

/** Runs the gatekeeper as a process and kills it at a write, if given. */
async function runGatekeeperProcess({ model, inputs }: Case, killPoint?: KillPoint) {
  const proxy = await startInterruptingProxy(trainer.uri, killPoint)
  try {
    const common = { 'model-name': model, metric: 'auc', 'tracking-uri': proxy.uri }
    const end = await runStep(GATEKEEPER_PROCESS, {
      inputs: { ...common, ...inputs },
      signals: [{ signal: 'SIGKILL', when: proxy.killRequested }],
    })
    return { ...end, writes: [...proxy.writes] }
  } finally {
    await proxy.close()
  }
}

/** Tags that differ for each case and time. */
const CASE_SPECIFIC_TAGS: readonly string[] = [
  versionTags.judgedAt,
  versionTags.runUrl,
  versionTags.idempotencyKey,
  versionTags.artifactDigest,
]

function verdictTags(tags: Tags | undefined): Tags {
  const suiteTags = Object.entries(tags ?? {}).filter(([key]) => key.startsWith('retrain.'))
  return Object.fromEntries(
    suiteTags.filter(([key]) => ![...CASE_SPECIFIC_TAGS, versionTags.modelName].includes(key)),
  )
}

/** Reads the final verdict from registry, run, report and outputs, without what is specific to the case. */
async function readFinalState({ model, runId }: Case, outputs: Record<string, string>) {
  const versions = await mlflow.listVersions(model)
  const champion = versions.find(({ number }) => number === '1')
  const own = versions.filter((version) => version.runId === runId)
  const digests = await Promise.all(own.map((version) => mlflow.computeVersionDigest(version)))
  const report = await fetch(
    `${trainer.uri}/get-artifact?run_uuid=${runId}&path=${encodeURIComponent('retrain/gate-report.json')}`,
  )
  const { verdict, reason, candidate } = JSON.parse(await report.text())
  const { promote, 'model-version': number, 'consecutive-rejections': rejections } = outputs
  return {
    outputs: { verdict: outputs.verdict, promote, reason: outputs.reason, number, rejections },
    report: { verdict, reason, version: candidate.version },
    versions: own.map(({ number, tags }) => ({ number, tags: verdictTags(tags) })),
    digests: own.map(({ tags }, at) => (tags[versionTags.artifactDigest] ?? digests[at]) === digests[at]),
    run: verdictTags((await mlflow.getRun(runId))?.tags),
    rejections: parseEvaluationHistory(champion?.tags[versionTags.evaluationHistory]).map(
      ({ candidate, verdict }) => ({
        isOwn: candidate === runId,
        verdict,
      }),
    ),
  }
}

/** A recorded promotion is complete, even if the job that wrote it was killed. */
async function expectCompletePromotions({ model, runId }: Case) {
  const own = (await mlflow.listVersions(model)).filter((version) => version.runId === runId)
  for (const { tags } of own.filter(({ tags }) => tags[versionTags.verdict] === 'promote'))
    for (const key of [
      versionTags.artifactDigest,
      versionTags.policyHash,
      versionTags.championVersion,
      versionTags.reason,
    ])
      expect(tags[key], `${key} of a promotion`).toBeTruthy()
}

/** All champions share one trained model. */
let trained: { runId: string; modelId: string } | undefined

/** A new registered model with a champion of auc 0.5. */
async function createModelWithChampion(): Promise<string> {
  trained ??= await trainer.train({ metrics: { auc: 0.5 } })
  const model = newModelName()
  await trainer.call('POST', 'registered-models/create', { name: model })
  await register(model, trained)
  await mlflow.setAlias(model, 'champion', '1')
  return model
}

async function register(model: string, { runId, modelId }: { runId: string; modelId: string }) {
  const body = { name: model, source: `models:/${modelId}`, model_id: modelId, run_id: runId }
  await trainer.call('POST', 'model-versions/create', body)
}

const cases: Record<
  string,
  { prepare(): Promise<Case>; verdict: string; versions: number; maxWrites: number }
> = {
  'a first model': {
    async prepare() {
      const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
      return { model: newModelName(), runId, inputs: { 'run-id': runId } }
    },
    verdict: 'promote',
    versions: 1,
    maxWrites: 3,
  },
  'a promotion': {
    async prepare() {
      const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
      return { model: await createModelWithChampion(), runId, inputs: { 'run-id': runId } }
    },
    verdict: 'promote',
    versions: 1,
    maxWrites: 2,
  },
  'a rejection': {
    async prepare() {
      const { runId } = await trainer.train({ metrics: { auc: 0.4 } })
      return { model: await createModelWithChampion(), runId, inputs: { 'run-id': runId } }
    },
    verdict: 'reject',
    versions: 0,
    maxWrites: 3,
  },
  'a promotion of a version that the training registered': {
    async prepare() {
      const [model, one] = [await createModelWithChampion(), await trainer.train({ metrics: { auc: 0.9 } })]
      await register(model, one)
      return { model, runId: one.runId, inputs: { 'model-version': '2' } }
    },
    verdict: 'promote',
    versions: 1,
    maxWrites: 14,
  },
  'a rejection of a version that was promoted by force': {
    async prepare() {
      const [model, one] = [await createModelWithChampion(), await trainer.train({ metrics: { auc: 0.4 } })]
      const force = { force: 'true', 'force-reason': 'seen by eye' }
      const forced = await runGatekeeper(model, { 'run-id': one.runId, ...force })
      expect(forced.outputs).toMatchObject({ verdict: 'promote', 'model-version': '2' })
      return { model, runId: one.runId, inputs: { 'run-id': one.runId } }
    },
    verdict: 'reject',
    versions: 1,
    maxWrites: 17,
  },
}

describe('a gatekeeper that is killed and re-run converges to the same state', () => {
  it.each(Object.entries(cases))('%s', async (_, { prepare, verdict, versions, maxWrites }) => {
    const undisturbed = await prepare()
    const completed = await runGatekeeperProcess(undisturbed)
    expect(completed.annotations.filter(({ level }) => level === 'error')).toEqual([])
    expect(completed.outputs.verdict).toBe(verdict)
    const expected = await readFinalState(undisturbed, completed.outputs)
    expect(expected.versions.length).toBe(versions)
    expect(expected.rejections).toEqual(verdict === 'promote' ? [] : [{ isOwn: true, verdict }])
    expect(completed.writes.length).toBeLessThanOrEqual(maxWrites)

    // The proxy blocks all requests after the kill, so a kill before a write equals one after the previous write.
    const killPoints: KillPoint[] = [{ write: 1, reachesServer: false }]
    for (let at = 1; at <= completed.writes.length; at += 1)
      killPoints.push({ write: at, reachesServer: true })
    for (const killPoint of killPoints) {
      const one = await prepare()
      const first = await runGatekeeperProcess(one, killPoint)
      const when = `killed at write ${killPoint.write} (${first.writes.at(-1) ?? 'none'} reached the server)`
      expect(first.signal, when).toBe('SIGKILL')
      await expectCompletePromotions(one)
      const again = await runGatekeeperProcess(one)
      expect(await readFinalState(one, again.outputs), when).toEqual(expected)
    }
  })
})
