import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { contract as gateContract } from '../../actions/gatekeeper/contract.ts'
import { main as gate } from '../../actions/gatekeeper/main.ts'
import { contract as deployContract } from '../../actions/helm-deploy/contract.ts'
import { main as deploy } from '../../actions/helm-deploy/main.ts'
import { contract } from '../../actions/promote/contract.ts'
import { main } from '../../actions/promote/main.ts'
import { type Rig, up } from '../../rig/index.ts'
import { repository } from '../../rig/paths.ts'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { runTool } from '../../src/adapters/process/run-tool.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { createJob, inputsOf } from './support/action-call.ts'
import { createTrainer, type Trainer } from './support/mlflow/trainer.ts'

let rig: Rig
let trainer: Trainer
let mlflow: Mlflow
const namespace = `promote-${randomUUID().slice(0, 8)}`

beforeAll(async () => {
  rig = await up()
  trainer = await createTrainer(rig.mlflow.uri)
  mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': rig.mlflow.uri }, {}))
  await kubectl('create', 'namespace', namespace)
})
afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'))

let model = ''
beforeEach(() => {
  model = `promote-${randomUUID()}`
})

async function kubectl(...args: string[]): Promise<void> {
  const flags = ['--kubeconfig', rig.kubernetes.kubeconfig, '--namespace', namespace]
  const result = await runTool(rig.tools.kubectl, [...flags, ...args], {
    env: process.env,
    timeoutMs: 60_000,
  })
  if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`)
}

const clusterInputs = () => ({
  namespace,
  release: model.slice(0, 20),
  kubeconfig: readFileSync(rig.kubernetes.kubeconfig, 'utf8'),
  'tracking-uri': rig.mlflow.uri,
  'model-name': model,
})
const PATH = () => [dirname(rig.tools.helm4), dirname(rig.tools.kubectl), process.env.PATH].join(':')
const context = () => createJob({ env: { ...process.env, PATH: PATH() } })

/** @returns the accepted version */
async function registerTrained(auc: number): Promise<string> {
  const { runId } = await trainer.train({ metrics: { auc } })
  const given = { 'model-name': model, 'run-id': runId, metric: 'auc', 'tracking-uri': rig.mlflow.uri }
  const { outputs } = await gate(inputsOf(gateContract, given), createJob())
  expect(outputs.verdict).toBe('promote')
  return outputs['model-version'] ?? ''
}

async function deployVersion(version: string): Promise<void> {
  const chart = join(repository, 'test/system/charts/tiny')
  const inputs = inputsOf(deployContract, {
    ...clusterInputs(),
    chart,
    'model-version': version,
    timeout: '90s',
  })
  const { outputs, failure } = await deploy(inputs, context())
  expect(failure).toBeUndefined()
  expect(outputs['live-model-version']).toBe(version)
}

async function promote(given: Record<string, string>) {
  const outcome = await main(inputsOf(contract, { ...clusterInputs(), ...given }), context())
  if (outcome.failure) throw outcome.failure
  return outcome.outputs as Record<string, string>
}

const aliases = async () => Object.fromEntries((await mlflow.getModel(model))?.aliases ?? [])

describe('promote on a real cluster and a real registry', () => {
  it('moves the champion after the rollout and not before, keeps the previous one, and is idempotent', async () => {
    const first = await registerTrained(0.8)
    await expect(promote({ 'model-version': first, 'expected-champion': 'none' })).rejects.toThrow(
      /no deployed revision/,
    )
    expect(await aliases()).toEqual({})

    await deployVersion(first)
    expect(await promote({ 'model-version': first, 'expected-champion': 'none' })).toEqual({
      'champion-version': '1',
      'previous-version': 'none',
      changed: 'true',
    })

    const second = await registerTrained(0.9)
    await expect(promote({ 'model-version': second, 'expected-champion': '1' })).rejects.toThrow(
      /serve version 1, not 2/,
    )
    expect(await aliases()).toEqual({ champion: '1' })
    await deployVersion(second)
    // Four concurrent jobs have the effect of one.
    const four = await Promise.all(
      [1, 2, 3, 4].map(() => promote({ 'model-version': second, 'expected-champion': '1' })),
    )
    expect(new Set(four.map((outputs) => outputs['champion-version']))).toEqual(new Set(['2']))
    expect(await aliases()).toEqual({ champion: '2', previous: '1' })
    expect((await mlflow.getVersion(model, '2'))?.tags).toMatchObject({
      [versionTags.promotedFrom]: '1',
      [versionTags.proof]: expect.stringMatching(
        /^cluster: 1 pod of deployment\/.* ready, env:MODEL_VERSION, revision 2 of /,
      ),
    })
    const again = await promote({ 'model-version': second, 'expected-champion': '1' })
    expect(again).toEqual({ 'champion-version': '2', 'previous-version': '1', changed: 'false' })

    await kubectl('scale', 'deployment', clusterInputs().release, '--replicas', '0')
    await kubectl(
      'wait',
      '--for=delete',
      'pod',
      '--selector',
      `app=${clusterInputs().release}`,
      '--timeout=60s',
    )
    await mlflow.setAlias(model, 'champion', '1')
    await expect(promote({ 'model-version': second })).rejects.toThrow(
      /unknown what .*: no pod of deployment\/.* is ready/,
    )
    expect(await aliases()).toEqual({ champion: '1', previous: '1' })
  })

  it('adopts the live version where the registry lost its champion', async () => {
    await registerTrained(0.8)
    await deployVersion('1')
    await promote({ 'model-version': '1' })
    await mlflow.deleteAlias(model, 'champion')
    const { runId } = await trainer.train({ metrics: { auc: 0.9 } })
    const given = { 'model-name': model, 'run-id': runId, metric: 'auc', 'tracking-uri': rig.mlflow.uri }
    const unclear = await gate(inputsOf(gateContract, given), createJob())
    expect(unclear.outputs.verdict).toBe('inconclusive')
    expect(await promote({ adopt: 'true' })).toMatchObject({ 'champion-version': '1', changed: 'true' })
    expect((await mlflow.getVersion(model, '1'))?.tags[versionTags.adopted]).toMatch(/ by /)
    expect((await gate(inputsOf(gateContract, given), createJob())).outputs.verdict).toBe('promote')
  })

  it('decides by the verdict without a release, and refuses a quarantined version until it is cleared', async () => {
    const version = await registerTrained(0.8)
    const proof = { proof: 'none', 'model-version': version }
    await mlflow.setVersionTags(model, version, {
      [versionTags.quarantined]: 'killed for memory',
      [versionTags.quarantinedAt]: 'then',
    })
    await expect(promote(proof)).rejects.toThrow(/is in quarantine: killed for memory/)
    expect(await aliases()).toEqual({})
    expect(await promote({ ...proof, 'clear-quarantine': 'it has more memory now' })).toMatchObject({
      changed: 'true',
    })
    const tags = (await mlflow.getVersion(model, version))?.tags ?? {}
    expect(tags).toMatchObject({ [versionTags.proof]: 'none' })
    expect(tags[versionTags.quarantineCleared]).toMatch(
      /it has more memory now \(it was: killed for memory\)/,
    )
    expect(Object.keys(tags)).not.toContain(versionTags.quarantined)
    expect(Object.keys(tags)).not.toContain(versionTags.quarantinedAt)
  })
})
