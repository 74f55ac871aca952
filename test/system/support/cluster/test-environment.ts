import { readFileSync } from 'node:fs'
import { contract as demoteContract } from '../../../../actions/demote/contract.ts'
import { main as demote } from '../../../../actions/demote/main.ts'
import { contract } from '../../../../actions/helm-rollback/contract.ts'
import { main } from '../../../../actions/helm-rollback/main.ts'
import { contract as promoteContract } from '../../../../actions/promote/contract.ts'
import { main as promote } from '../../../../actions/promote/main.ts'
import { resolveMlflowConnection } from '../../../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow } from '../../../../src/adapters/mlflow/mlflow.ts'
import { versionTags } from '../../../../src/domain/registry/version-tags.ts'
import { createJob, inputsOf } from '../action-call.ts'
import { createTrainer } from '../mlflow/trainer.ts'
import { type HelmName, openNamespace } from './namespace.ts'

/** Opens a namespace and a registry in which tests register, deploy, promote and roll back versions as workflows do. */
export async function openTestEnvironment() {
  const cluster = await openNamespace()
  const trainer = await createTrainer(cluster.rig.mlflow.uri)
  const mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': trainer.uri }, {}))
  const context = (helm: HelmName) => createJob({ env: cluster.environment(helm) })
  const clusterInputs = () => ({
    namespace: cluster.namespace,
    kubeconfig: readFileSync(cluster.rig.kubernetes.kubeconfig, 'utf8'),
    timeout: '60s',
  })

  /** Registers a version with the verdict promote. */
  const registerVersion = async (model: string, files: Record<string, string> = {}) => {
    const { runId, modelId } = await trainer.train({ files })
    await mlflow.ensureModel(model)
    const tags = { [versionTags.verdict]: 'promote', [versionTags.idempotencyKey]: runId }
    const request = {
      model,
      source: `models:/${modelId}`,
      runId,
      tags,
      idempotencyTag: versionTags.idempotencyKey,
    }
    const version = await mlflow.createVersion(request)
    const digest = (await mlflow.computeVersionDigest(version)) ?? ''
    await mlflow.setVersionTags(model, version.number, { [versionTags.artifactDigest]: digest })
    return { number: version.number, runId }
  }

  return {
    ...cluster,
    trainer,
    mlflow,
    clusterInputs,
    registerVersion,
    /** Deploys a version of the tiny chart. */
    deployVersion: (helm: HelmName, release: string, version: string, values: object = {}, model = 'tiny') =>
      cluster.deploy(helm, {
        release,
        'model-name': model,
        'model-version': version,
        values: JSON.stringify(values),
        ...(model === 'tiny' ? {} : { 'tracking-uri': trainer.uri, 'require-verdict': 'true' }),
      }),
    promoteVersion: async (
      helm: HelmName,
      release: string,
      version: string,
      model: string,
      more: Record<string, string> = {},
    ) => {
      const defaults = { release, 'model-name': model, 'model-version': version, 'tracking-uri': trainer.uri }
      const inputs = inputsOf(promoteContract, { ...clusterInputs(), ...defaults, ...more }, {})
      const outcome = await promote(inputs, context(helm))
      if (outcome.failure) throw outcome.failure
      return outcome
    },
    rollBackVersion: (helm: HelmName, release: string, bad: string, changes: Record<string, string> = {}) => {
      const defaults = { release, 'model-name': 'tiny', 'bad-model-version': bad }
      return main(inputsOf(contract, { ...clusterInputs(), ...defaults, ...changes }, {}), context(helm))
    },
    demoteVersion: (
      helm: HelmName,
      release: string,
      bad: string,
      model: string,
      more: Record<string, string> = {},
    ) => {
      const defaults = { release, 'model-name': model, 'model-version': bad, reason: 'accuracy 0.61' }
      const inputs = { ...clusterInputs(), ...defaults, 'tracking-uri': trainer.uri, ...more }
      return demote(inputsOf(demoteContract, inputs, {}), context(helm))
    },
    listRevisions: async (helm: HelmName, release: string) => {
      const lines = JSON.parse(await cluster.helm(helm, 'history', release, '--output', 'json'))
      return (lines as { revision: number; description: string }[]).map(({ description }) => description)
    },
    readAliases: async (model: string) => Object.fromEntries((await mlflow.getModel(model))?.aliases ?? []),
  }
}

export type TestEnvironment = Awaited<ReturnType<typeof openTestEnvironment>>
