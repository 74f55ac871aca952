import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { deploy, registry, verdictTags } from '../../test/fakes/helm-deploy.ts'
import { fakeRelease } from '../../test/fakes/release.ts'

/** No release `digits`, and `digit`, which serves the champion. */
function misnamedRelease() {
  const fake = fakeRelease([])
  fake.release.listOtherReleases = async () => [{ name: 'digit', model: 'fraud', version: '7' }]
  return fake
}

describe('a release that does not exist, of a model that has a champion', () => {
  test('is refused before anything is made, and the message names the release that serves it', async () => {
    const fake = misnamedRelease()
    const { outcome, mlflow } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'refused', 'live-revision': '' })
    expect(outcome.failure).toBeInstanceOf(UserError)
    expect(outcome.failure?.message).toMatch(/^Input release: .*release digit serves it.*first-install/)
    expect(fake.calls).toEqual(['close'])
    expect(mlflow?.writes).toEqual([])
  })

  test('is refused also if the other releases cannot be listed', async () => {
    const fake = fakeRelease([])
    fake.release.listOtherReleases = async () => {
      throw new Error('no answer')
    }
    const { outcome } = await deploy(fake)
    expect(outcome.failure?.message).toMatch(/^Input release: .*Check release, namespace and kubeconfig/)
  })

  test('is installed with first-install, again after a try that failed and was uninstalled', async () => {
    const broken = fakeRelease([], ['8'])
    const failed = await deploy(broken, { 'first-install': 'true' }, registry())
    expect(failed.outcome.outputs.outcome).toBe('uninstalled')
    const again = registry({ ...verdictTags, [versionTags.suspect]: 'it failed' })
    const { outcome } = await deploy(misnamedRelease(), { 'first-install': 'true' }, again)
    expect(outcome.outputs.outcome).toBe('deployed')
  })
})

test('a first model needs no first-install', async () => {
  const { outcome } = await deploy(fakeRelease([]), {}, registry(verdictTags, {}))
  expect(outcome.outputs.outcome).toBe('deployed')
})

test('first-install with a release that exists is a warning', async () => {
  const { outcome, context } = await deploy(fakeRelease(['7']), { 'first-install': 'true' })
  expect(outcome.outputs.outcome).toBe('deployed')
  expect(outcome.summary).toContain('first-install had no effect')
  expect(context.messages.join()).toContain('first-install had no effect')
})

describe('a release that serves another version than the champion', () => {
  test('is deployed to, with a warning', async () => {
    const { outcome, context } = await deploy(fakeRelease(['6']))
    expect(outcome.outputs.outcome).toBe('deployed')
    const warning = /Release digits serves version 6, but the champion is version 7\. Run reconcile/
    expect(outcome.summary).toMatch(warning)
    expect(context.messages.join()).toMatch(warning)
  })

  test.each([
    ['it serves the champion', '7'],
    ['a deployment that was not promoted is repeated', '8'],
  ])('no warning if %s', async (_what, served) => {
    const { outcome } = await deploy(fakeRelease([served]))
    expect(outcome.summary).not.toContain('Run reconcile')
  })
})
