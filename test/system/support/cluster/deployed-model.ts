import { randomUUID } from 'node:crypto'
import { contract } from '../../../../actions/reconcile/contract.ts'
import { main } from '../../../../actions/reconcile/main.ts'
import type { GitHub } from '../../../../rig/github/index.ts'
import { type Tags, versionTags } from '../../../../src/domain/registry/version-tags.ts'
import { createJob, inputsOf } from '../action-call.ts'
import type { HelmName } from './namespace.ts'
import type { TestEnvironment } from './test-environment.ts'

export const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

/** Deploys and promotes versions of a model one after the other. @returns functions that read and change their state */
export async function deployVersions(
  cluster: TestEnvironment,
  github: GitHub,
  release: string,
  versions: number,
) {
  const model = `${release}-${randomUUID().slice(0, 8)}`
  const { mlflow } = cluster
  const record = async (number: number) => {
    const from = number === 1 ? 'none' : String(number - 1)
    const tags = {
      [versionTags.promotedAt]: hoursAgo(versions - number + 1),
      [versionTags.promotedFrom]: from,
    }
    await mlflow.setVersionTags(model, String(number), { ...tags, [versionTags.verdict]: 'promote' })
    await mlflow.deleteVersionTag(model, String(number), versionTags.quarantined)
    if (number > 1) await mlflow.setAlias(model, 'previous', from)
    await mlflow.setAlias(model, 'champion', String(number))
  }
  /** Sets tags and aliases as promote does. */
  const recordPromotions = async () => {
    for (let index = 1; index <= versions; index += 1) await record(index)
  }
  for (let index = 1; index <= versions; index += 1) {
    const { number } = await cluster.registerVersion(model, { weights: `${model} ${index}` })
    const { failure } = await cluster.deployVersion('helm4', release, number, {}, model)
    if (failure) throw failure
    await record(index)
  }
  const reconcile = async (changes: Record<string, string> = {}, helm: HelmName = 'helm4') => {
    const defaults = {
      ...cluster.clusterInputs(),
      release,
      'model-name': model,
      'tracking-uri': cluster.trainer.uri,
    }
    const env = { ...cluster.environment(helm), GITHUB_API_URL: github.url }
    const context = createJob({ env, run: { ...createJob().run, id: randomUUID() } })
    const inputs = inputsOf(contract, { ...defaults, 'github-token': 'sesame', ...changes }, {})
    const { outputs, failure } = await main(inputs, context)
    if (failure) throw failure
    return { ...outputs, log: context.messages.join('\n') }
  }
  return {
    model,
    release,
    recordPromotions,
    reconcile,
    readTags: async (number: string): Promise<Tags> => (await mlflow.getVersion(model, number))?.tags ?? {},
    readAliases: () => cluster.readAliases(model),
    listIssues: () => github.issues.issues.filter(({ title }) => title.includes(model)),
    setEnv: async (version: string) => {
      await cluster.kubectl('set', 'env', `deployment/${release}`, `MODEL_VERSION=${version}`)
      await cluster.kubectl('rollout', 'status', `deployment/${release}`, '--timeout=120s')
    },
    patch: (spec: object) =>
      cluster.kubectl('patch', 'deployment', release, '--patch', JSON.stringify({ spec })),
  }
}
export type DeployedModel = Awaited<ReturnType<typeof deployVersions>>
