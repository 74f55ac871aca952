import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { killingProxy } from './killing-proxy.ts'
import { hoursAgo, type Standing, standing } from './reconciled.ts'
import { openSpace, type Space } from './rollback-space.ts'

let space: Space
let github: GitHub

beforeAll(async () => {
  space = await openSpace()
  const folder = { workflows: import.meta.dirname, onStart: async () => {} }
  github = await startGitHub({ repository: 'shop/digits', token: 'sesame', ...folder })
})
afterAll(async () => {
  await github.close()
  await space.close()
})

describe('a release of two versions, both once champion', () => {
  let at: Standing
  beforeAll(async () => {
    at = await standing(space, github, `life-${randomUUID().slice(0, 4)}`, 2)
  })
  beforeEach(() => at.promoted())

  test('what a killed promote left is told in one issue, repaired, and then at rest', async () => {
    const { model, reconcile, issues } = at
    expect(await reconcile({ repair: 'true' })).toMatchObject({
      consistent: 'true',
      finding: '',
      repaired: 'false',
    })
    await space.mlflow.setAlias(model, 'champion', '1')
    await space.mlflow.deleteAlias(model, 'previous')
    const { said: _said, ...first } = await reconcile()
    expect(first).toMatchObject({
      consistent: 'false',
      'champion-version': '1',
      'release-version': '2',
      'live-model-version': '2',
      finding: expect.stringMatching(
        /^Alias champion says version 1, the values of revision 2 .* serve 2\.$/,
      ),
      repaired: 'false',
      'issue-url': expect.stringMatching(/^https:\/\/github.com\/shop\/digits\/issues\/\d+$/),
    })
    const written = structuredClone(issues())
    expect(await reconcile({}, 'helm3')).toMatchObject(first)
    expect(issues()).toEqual(written)

    const mended = await reconcile({ repair: 'true' }, 'helm3')
    expect(mended).toMatchObject({
      consistent: 'true',
      'champion-version': '2',
      repaired: 'true',
      'issue-url': '',
    })
    expect(await at.aliases()).toEqual({ champion: '2', previous: '1' })
    const told = await at.tags('2')
    expect(told[ledger.reconciled]).toContain('Alias champion says version 1')
    expect(told[ledger.proof]).toMatch(/^cluster: 1 pod of deployment\/life-.* ready/)
    const last = issues().at(-1)
    expect(last).toMatchObject({ state: 'closed', state_reason: 'completed' })
    expect(last?.body).not.toMatch(/127\.0\.0\.1|localhost/)
    expect(github.issues.comments.filter((one) => one.issue === last?.number)).toHaveLength(1)
    expect(await reconcile({ repair: 'true' })).toMatchObject({ consistent: 'true', repaired: 'false' })
    expect(await at.tags('2')).toEqual(told)
  })

  test('killed between its writes, it is run again and ends the same', async () => {
    const left = async () => {
      await space.mlflow.setAlias(at.model, 'champion', '1')
      await space.mlflow.deleteAlias(at.model, 'previous')
      await space.mlflow.deleteVersionTag(at.model, '2', ledger.promotedAt)
    }
    await left()
    const whole = await killingProxy(space.trainer.uri)
    await at.reconcile({ repair: 'true', 'tracking-uri': whole.uri })
    await whole.close()
    const count = whole.writes.length
    // In the ledger, and around each of the two aliases.
    for (const death of [
      { at: 2, reached: true },
      { at: count - 1, reached: true },
      { at: count, reached: true },
    ]) {
      await left()
      const proxy = await killingProxy(space.trainer.uri, death)
      const dying = at
        .reconcile({ repair: 'true', 'tracking-uri': proxy.uri })
        .catch((error: unknown) => error)
      await proxy.deadly
      await proxy.close()
      expect(await dying).toBeInstanceOf(Error)
      expect(await at.reconcile({ repair: 'true' })).toMatchObject({ consistent: 'true' })
      expect(await at.aliases()).toEqual({ champion: '2', previous: '1' })
    }
  })

  test('nothing is moved to what may not serve', async () => {
    const { mlflow } = space
    const { model } = at
    await mlflow.setAlias(model, 'champion', '1')
    await mlflow.setVersionTags(model, '2', { [ledger.quarantined]: 'an alert named it' })
    expect(await refused('version 2, which serves, is in quarantine')).toMatch(
      /quarantine: an alert named it/,
    )
    await mlflow.deleteVersionTag(model, '2', ledger.quarantined)

    const digest = (await at.tags('2'))[ledger.artifactDigest] ?? ''
    await mlflow.setVersionTags(model, '2', { [ledger.artifactDigest]: 'of other files' })
    await refused('has other files now than those')
    await mlflow.setVersionTags(model, '2', { [ledger.artifactDigest]: digest, [ledger.verdict]: 'reject' })
    await mlflow.deleteVersionTag(model, '2', ledger.promotedAt)
    await refused('version 2, which serves, has the verdict reject')
  })

  /** @returns the finding of a repair that must not be made */
  async function refused(why: string): Promise<string> {
    const before = await at.aliases()
    const { said, ...outputs } = await at.reconcile({ repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'false', repaired: 'false' })
    expect(said).toContain(why)
    expect(at.issues().at(-1)?.body).toContain(why)
    expect(await at.aliases()).toEqual(before)
    return outputs.finding ?? ''
  }

  test('previous, stages and a lost alias are set right as well', async () => {
    const { mlflow } = space
    const { model } = at
    await mlflow.setAlias(model, 'previous', '2')
    expect((await at.reconcile()).finding).toBe('Alias previous points at version 2, as champion does.')
    await mlflow.setStage(model, '1', 'Production')
    const staged = await at.reconcile({ 'mirror-stages': 'true', repair: 'true' })
    expect(staged, staged.said).toMatchObject({ consistent: 'true', repaired: 'true' })
    expect(await at.aliases()).toEqual({ champion: '2', previous: '1' })
    const stages = (await mlflow.versions(model)).map(({ number, stage }) => `${number} ${stage}`).sort()
    expect(stages).toEqual(['1 Archived', '2 Production'])

    await mlflow.setStage(model, '2', 'Archived')
    await mlflow.deleteAlias(model, 'champion')
    expect((await at.reconcile()).finding).toMatch(
      /^Nobody can say which version is champion: no alias champion, but/,
    )
    expect(await at.reconcile({ repair: 'true' })).toMatchObject({
      consistent: 'true',
      'champion-version': '2',
    })
  })

  test('what cannot be seen is unknown', async () => {
    await space.kubectl('scale', 'deployment', at.release, '--replicas=0')
    await space.kubectl('wait', '--for=delete', 'pod', '--selector', `app=${at.release}`, '--timeout=120s')
    const before = at.issues().length
    expect(await at.reconcile({ repair: 'true' })).toMatchObject({
      consistent: 'unknown',
      'live-model-version': '',
      finding: expect.stringMatching(/^No pod of deployment\/life-.* is ready/),
    })
    expect(at.issues()).toHaveLength(before)
    await space.kubectl('scale', 'deployment', at.release, '--replicas=1')
    await space.kubectl('rollout', 'status', `deployment/${at.release}`, '--timeout=120s')
  })

  test('after a rollback by hand the alias follows what serves, and previous is not whom it left', async () => {
    await space.helm('helm4', 'rollback', at.release, '1', '--wait', '--timeout', '120s')
    expect((await at.reconcile()).finding).toMatch(
      /^Alias champion says version 2, the values of .* version 1/,
    )
    expect(await at.reconcile({ repair: 'true' })).toMatchObject({
      consistent: 'true',
      'champion-version': '1',
    })
    expect(await at.aliases()).toEqual({ champion: '1' })
    // Somebody promoted it once more, and moved the alias back by hand.
    await space.mlflow.setVersionTags(at.model, '2', { [ledger.promotedAt]: hoursAgo(-0.001) })
    expect((await at.reconcile()).finding).toMatch(
      /^The last word of the ledger is that version 2 was promoted/,
    )
  })

  test('nothing is moved past pods that do not serve what the values say, or differ', async () => {
    await at.patch({ minReadySeconds: 0 })
    await at.setEnv('7')
    expect(await refused('its pods serve 7')).toMatch(
      /^The values of revision \d .* say version 1, its ready pods serve 7/,
    )
    // Two generations side by side: the new pod gets ready, and never counts as available.
    await at.patch({ minReadySeconds: 500 })
    await space.kubectl('set', 'env', `deployment/${at.release}`, 'MODEL_VERSION=1')
    const finding = async () => (await at.reconcile({ issue: 'false' })).finding
    await expect
      .poll(finding, { timeout: 120_000, interval: 1000 })
      .toMatch(/^The ready pods of revision \d .* serve versions/)
    await refused('no one version is seen serving')

    await space.helm('helm4', 'uninstall', at.release, '--wait')
    expect((await at.reconcile()).finding).toMatch(
      /^Alias champion says version 2, but release life-.* has no deployed/,
    )
  })
})
