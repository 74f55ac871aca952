import { randomUUID } from 'node:crypto'
import { contract } from '../../../../actions/reconcile/contract.ts'
import { main } from '../../../../actions/reconcile/main.ts'
import type { GitHub } from '../../../../rig/github/index.ts'
import { type Tags, versionTags } from '../../../../src/domain/registry/version-tags.ts'
import { createJob, inputsOf } from '../action-call.ts'
import type { HelmName } from './namespace.ts'
import type { TestEnvironment } from './test-environment.ts'

export const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

/** Deploys versions of a model one after the other. @returns readers and writers of their state */
export async function deployVersions(
  space: TestEnvironment,
  github: GitHub,
  release: string,
  versions: number,
) {
  const model = `${release}-${randomUUID().slice(0, 8)}`
  const { mlflow } = space
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
  /** The registry as after promote. */
  const recordPromotions = async () => {
    for (let number = 1; number <= versions; number += 1) await record(number)
  }
  for (let made = 1; made <= versions; made += 1) {
    const { number } = await space.registered(model, { weights: `${model} ${made}` })
    const { failure } = await space.deployVersion('helm4', release, number, {}, model)
    if (failure) throw failure
    await record(made)
  }
  const reconcile = async (given: Record<string, string> = {}, helm: HelmName = 'helm4') => {
    const usual = { ...space.reach(), release, 'model-name': model, 'tracking-uri': space.trainer.uri }
    const env = { ...space.environment(helm), GITHUB_API_URL: github.url }
    const context = createJob({ env, run: { ...createJob().run, id: randomUUID() } })
    const inputs = inputsOf(contract, { ...usual, 'github-token': 'sesame', ...given }, {})
    const { outputs, failure } = await main(inputs, context)
    if (failure) throw failure
    return { ...outputs, said: context.messages.join('\n') }
  }
  return {
    model,
    release,
    promoted: recordPromotions,
    reconcile,
    readTags: async (number: string): Promise<Tags> => (await mlflow.getVersion(model, number))?.tags ?? {},
    readAliases: () => space.readAliases(model),
    listIssues: () => github.issues.issues.filter(({ title }) => title.includes(model)),
    setEnv: async (version: string) => {
      await space.kubectl('set', 'env', `deployment/${release}`, `MODEL_VERSION=${version}`)
      await space.kubectl('rollout', 'status', `deployment/${release}`, '--timeout=120s')
    },
    patch: (spec: object) =>
      space.kubectl('patch', 'deployment', release, '--patch', JSON.stringify({ spec })),
  }
}
export type DeployedModel = Awaited<ReturnType<typeof deployVersions>>
