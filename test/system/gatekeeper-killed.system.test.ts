import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readJudgements } from '../../src/domain/gate/judgements.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { runStep } from '../bundle/runner.ts'
import { gate, mlflow, newModel, trainer, useGate } from './gate.ts'
import { type Death, killingProxy } from './killing-proxy.ts'

useGate()

const PROCESS = fileURLToPath(new URL('gatekeeper-process.ts', import.meta.url))

/** Who is judged: the run that is given, or the version that its training registered. */
interface Case {
  model: string
  runId: string
  inputs: Record<string, string>
}

/** The gatekeeper as a process, killed at one of its writes or let live. */
async function judged({ model, inputs }: Case, death?: Death) {
  const proxy = await killingProxy(trainer.uri, death)
  try {
    const common = { 'model-name': model, metric: 'auc', 'tracking-uri': proxy.uri }
    const end = await runStep(PROCESS, {
      inputs: { ...common, ...inputs },
      signals: [{ signal: 'SIGKILL', when: proxy.deadly }],
    })
    return { ...end, writes: [...proxy.writes] }
  } finally {
    await proxy.close()
  }
}

/** What names the case and the moment, and so is another one each time. */
const OF_ITS_OWN: readonly string[] = [
  ledger.judgedAt,
  ledger.runUrl,
  ledger.registration,
  ledger.artifactDigest,
]

function verdictTags(tags: Tags | undefined): Tags {
  const ours = Object.entries(tags ?? {}).filter(([key]) => key.startsWith('retrain.'))
  return Object.fromEntries(ours.filter(([key]) => ![...OF_ITS_OWN, ledger.modelName].includes(key)))
}

/** All that the registry and the run say of the verdict in the end, but for what names the case. */
async function traces({ model, runId }: Case, outputs: Record<string, string>) {
  const versions = await mlflow.versions(model)
  const champion = versions.find(({ number }) => number === '1')
  const own = versions.filter((version) => version.runId === runId)
  const digests = await Promise.all(own.map((version) => mlflow.artifactDigest(version)))
  const report = await fetch(
    `${trainer.uri}/get-artifact?run_uuid=${runId}&path=${encodeURIComponent('retrain/gate-report.json')}`,
  )
  const { verdict, reason, candidate } = JSON.parse(await report.text())
  const { verdict: said, promote, reason: why, 'model-version': number } = outputs
  return {
    said: { said, promote, why, number, rejections: outputs['consecutive-rejections'] },
    reported: { verdict, reason, version: candidate.version },
    versions: own.map(({ number, tags }) => ({ number, tags: verdictTags(tags) })),
    digests: own.map(({ tags }, at) => (tags[ledger.artifactDigest] ?? digests[at]) === digests[at]),
    run: verdictTags((await mlflow.run(runId))?.tags),
    refused: readJudgements(champion?.tags[ledger.judgements]).map(({ candidate, verdict }) => ({
      mine: candidate === runId,
      verdict,
    })),
  }
}

/** A promotion that is on record is a whole one, whenever the job that wrote it was killed. */
async function expectNoHalfPromotion({ model, runId }: Case) {
  const own = (await mlflow.versions(model)).filter((version) => version.runId === runId)
  for (const { tags } of own.filter(({ tags }) => tags[ledger.verdict] === 'promote'))
    for (const key of [ledger.artifactDigest, ledger.policyHash, ledger.championVersion, ledger.reason])
      expect(tags[key], `${key} of a promotion`).toBeTruthy()
}

/** One model that trained well is enough for all champions, since a version is all that one is. */
let trained: { runId: string; modelId: string } | undefined

/** A new registered model with a champion of auc 0.5. */
async function championed(): Promise<string> {
  trained ??= await trainer.train({ metrics: { auc: 0.5 } })
  const model = newModel()
  await trainer.call('POST', 'registered-models/create', { name: model })
  await register(model, trained)
  await mlflow.setAlias(model, 'champion', '1')
  return model
}

async function register(model: string, { runId, modelId }: { runId: string; modelId: string }) {
  const body = { name: model, source: `models:/${modelId}`, model_id: modelId, run_id: runId }
  await trainer.call('POST', 'model-versions/create', body)
}

const cases: Record<string, { prepare(): Promise<Case>; verdict: string; versions: number; most: number }> = {
  'the first model ever': {
    async prepare() {
      const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
      return { model: newModel(), runId, inputs: { 'run-id': runId } }
    },
    verdict: 'promote',
    versions: 1,
    most: 3,
  },
  'a promotion': {
    async prepare() {
      const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
      return { model: await championed(), runId, inputs: { 'run-id': runId } }
    },
    verdict: 'promote',
    versions: 1,
    most: 2,
  },
  'a rejection': {
    async prepare() {
      const { runId } = await trainer.train({ metrics: { auc: 0.4 } })
      return { model: await championed(), runId, inputs: { 'run-id': runId } }
    },
    verdict: 'reject',
    versions: 0,
    most: 3,
  },
  'a promotion of a version that the training registered': {
    async prepare() {
      const [model, one] = [await championed(), await trainer.train({ metrics: { auc: 0.9 } })]
      await register(model, one)
      return { model, runId: one.runId, inputs: { 'model-version': '2' } }
    },
    verdict: 'promote',
    versions: 1,
    most: 14,
  },
  'a rejection of a version that was promoted by force': {
    async prepare() {
      const [model, one] = [await championed(), await trainer.train({ metrics: { auc: 0.4 } })]
      const force = { force: 'true', 'force-reason': 'seen by eye' }
      const forced = await gate(model, { 'run-id': one.runId, ...force })
      expect(forced.outputs).toMatchObject({ verdict: 'promote', 'model-version': '2' })
      return { model, runId: one.runId, inputs: { 'run-id': one.runId } }
    },
    verdict: 'reject',
    versions: 1,
    most: 17,
  },
}

describe('a gatekeeper that is killed and run again comes to the same end', () => {
  it.each(Object.entries(cases))('%s', async (_, { prepare, verdict, versions, most }) => {
    const undisturbed = await prepare()
    const whole = await judged(undisturbed)
    expect(whole.annotations.filter(({ level }) => level === 'error')).toEqual([])
    expect(whole.outputs.verdict).toBe(verdict)
    const expected = await traces(undisturbed, whole.outputs)
    expect(expected.versions.length).toBe(versions)
    expect(expected.refused).toEqual(verdict === 'promote' ? [] : [{ mine: true, verdict }])
    expect(whole.writes.length).toBeLessThanOrEqual(most)

    // Nothing gets through after the deadly write, so that dying before one is dying after the one before it.
    const deaths: Death[] = [{ at: 1, reached: false }]
    for (let at = 1; at <= whole.writes.length; at += 1) deaths.push({ at, reached: true })
    for (const death of deaths) {
      const one = await prepare()
      const first = await judged(one, death)
      const when = `killed at write ${death.at} (${first.writes.at(-1) ?? 'none'} reached the server)`
      expect(first.signal, when).toBe('SIGKILL')
      await expectNoHalfPromotion(one)
      const again = await judged(one)
      expect(await traces(one, again.outputs), when).toEqual(expected)
    }
  })
})
