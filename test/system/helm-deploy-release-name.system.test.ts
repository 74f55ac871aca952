import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HelmName } from './support/cluster/namespace.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'

let cluster: TestEnvironment
beforeAll(async () => {
  cluster = await openTestEnvironment()
})
afterAll(() => cluster.close())

test.concurrent.each<HelmName>(['helm3', 'helm4'])(
  '%s: a wrong release name moves nothing; a first install does',
  async (helm) => {
    const id = randomUUID().slice(0, 8)
    const release = `churn-${id}`
    const misspelled = `chrun-${id}`
    const model = `churn-${id}`
    const register = async () => (await cluster.registerVersion(model, { weights: randomUUID() })).number
    const deploy = (name: string, version: string, given: Record<string, string> = {}) =>
      cluster.deploy(helm, {
        release: name,
        'model-name': model,
        'model-version': version,
        'tracking-uri': cluster.trainer.uri,
        'require-verdict': 'true',
        ...given,
      })
    const promote = (name: string, version: string, given: Record<string, string> = {}) =>
      cluster.promoteVersion(helm, name, version, model, given)
    const listReleases = async () => {
      const releases = JSON.parse(await cluster.helm(helm, 'list', '--output', 'json')) as { name: string }[]
      return releases.map(({ name }) => name).filter((name) => name.endsWith(id))
    }

    const first = await register()
    expect((await deploy(release, first)).outputs.outcome).toBe('deployed')
    await promote(release, first)
    const second = await register()
    await cluster.mlflow.setVersionTags(model, second, { 'retrain.champion-version': first })

    const refused = await deploy(misspelled, second)
    expect(refused.outputs.outcome).toBe('refused')
    expect(refused.failure?.message).toContain(
      `Input release: namespace ${cluster.namespace} has no release ${misspelled}, but version ${first} of model "${model}" is champion, and release ${release} serves it. Did you mean release ${release}?`,
    )
    expect(await listReleases()).toEqual([release])

    // A first install that failed can be repeated.
    const failed = await deploy(misspelled, second, {
      'first-install': 'true',
      values: JSON.stringify({ image: 'retrain-actions/nowhere:1' }),
    })
    expect(failed.outputs.outcome).toBe('uninstalled')
    expect((await deploy(misspelled, second)).outputs.outcome).toBe('refused')
    expect((await deploy(misspelled, second, { 'first-install': 'true' })).outputs.outcome).toBe('deployed')

    await expect(promote(misspelled, second)).rejects.toThrow(
      `but version ${first} is champion, and release ${release} serves it. Nothing was written.`,
    )
    expect(await cluster.readAliases(model)).toEqual({ champion: first })
    await promote(misspelled, second, { 'first-install': 'true' })
    expect(await cluster.readAliases(model)).toEqual({ champion: second, previous: first })

    // The old release no longer has the champion.
    const third = await register()
    await cluster.mlflow.setVersionTags(model, third, { 'retrain.champion-version': second })
    const old = await deploy(release, third)
    expect(old.outputs.outcome).toBe('deployed')
    expect(old.summary).toContain(
      `Release ${release} serves version ${first}, but the champion is version ${second}, promoted for release`,
    )
    await expect(promote(release, third)).rejects.toThrow(`and release ${misspelled} serves it`)
    await cluster.helm(helm, 'uninstall', misspelled)
    await promote(release, third)
    expect(await cluster.readAliases(model)).toEqual({ champion: third, previous: second })
  },
)
