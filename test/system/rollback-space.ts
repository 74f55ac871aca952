import { readFileSync } from 'node:fs'
import { contract as demoteContract } from '../../actions/demote/contract.ts'
import { main as demote } from '../../actions/demote/main.ts'
import { contract } from '../../actions/helm-rollback/contract.ts'
import { main } from '../../actions/helm-rollback/main.ts'
import { contract as promoteContract } from '../../actions/promote/contract.ts'
import { main as promote } from '../../actions/promote/main.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { inputsOf, job } from './action-call.ts'
import { type HelmName, openNamespace } from './helm-releases.ts'
import { trainerAt } from './trained.ts'

/** A namespace and a registry in which versions are registered, deployed, promoted and taken back as workflows do it. */
export async function openSpace() {
  const space = await openNamespace()
  const trainer = await trainerAt(space.rig.mlflow.uri)
  const mlflow = connectMlflow(mlflowConnection({ 'tracking-uri': trainer.uri }, {}))
  const context = (helm: HelmName) => job({ env: space.environment(helm) })
  const reach = () => ({
    namespace: space.namespace,
    kubeconfig: readFileSync(space.rig.kubernetes.kubeconfig, 'utf8'),
    timeout: '60s',
  })

  /** Registers a version that gatekeeper let through. */
  const registered = async (model: string, files: Record<string, string> = {}) => {
    const { runId, modelId } = await trainer.train({ files })
    await mlflow.ensureModel(model)
    const tags = { [ledger.verdict]: 'promote', [ledger.registration]: runId }
    const made = { model, source: `models:/${modelId}`, runId, tags, mark: ledger.registration }
    const version = await mlflow.createVersion(made)
    const digest = (await mlflow.artifactDigest(version)) ?? ''
    await mlflow.setVersionTags(model, version.number, { [ledger.artifactDigest]: digest })
    return { number: version.number, runId }
  }

  return {
    ...space,
    trainer,
    mlflow,
    reach,
    registered,
    /** Rolls a version out; `serve` is what its server runs. */
    deployed: (helm: HelmName, release: string, version: string, values: object = {}, model = 'tiny') =>
      space.deploy(helm, {
        release,
        'model-name': model,
        'model-version': version,
        values: JSON.stringify(values),
        ...(model === 'tiny' ? {} : { 'tracking-uri': trainer.uri, 'require-verdict': 'true' }),
      }),
    promoted: async (
      helm: HelmName,
      release: string,
      version: string,
      model: string,
      more: Record<string, string> = {},
    ) => {
      const given = { release, 'model-name': model, 'model-version': version, 'tracking-uri': trainer.uri }
      const inputs = inputsOf(promoteContract, { ...reach(), ...given, ...more }, {})
      const outcome = await promote(inputs, context(helm))
      if (outcome.failure) throw outcome.failure
      return outcome
    },
    rolledBack: (helm: HelmName, release: string, bad: string, given: Record<string, string> = {}) => {
      const usual = { release, 'model-name': 'tiny', 'bad-model-version': bad }
      return main(inputsOf(contract, { ...reach(), ...usual, ...given }, {}), context(helm))
    },
    demoted: (
      helm: HelmName,
      release: string,
      bad: string,
      model: string,
      more: Record<string, string> = {},
    ) => {
      const given = { release, 'model-name': model, 'model-version': bad, reason: 'accuracy 0.61' }
      const inputs = { ...reach(), ...given, 'tracking-uri': trainer.uri, ...more }
      return demote(inputsOf(demoteContract, inputs, {}), context(helm))
    },
    revisions: async (helm: HelmName, release: string) => {
      const lines = JSON.parse(await space.helm(helm, 'history', release, '--output', 'json'))
      return (lines as { revision: number; description: string }[]).map(({ description }) => description)
    },
    aliases: async (model: string) => Object.fromEntries((await mlflow.model(model))?.aliases ?? []),
  }
}

export type Space = Awaited<ReturnType<typeof openSpace>>
