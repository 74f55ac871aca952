import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { type DeployedModel, deployVersions, hoursAgo } from './support/cluster/deployed-model.ts'
import { openTestEnvironment, type TestEnvironment } from './support/cluster/test-environment.ts'
import { startInterruptingProxy } from './support/interrupting-proxy.ts'

let cluster: TestEnvironment
let github: GitHub

beforeAll(async () => {
  cluster = await openTestEnvironment()
  const folder = { workflows: import.meta.dirname, onStart: async () => {} }
  github = await startGitHub({ repository: 'shop/digits', token: 'sesame', ...folder })
})
afterAll(async () => {
  await github.close()
  await cluster.close()
})

describe('reconcile on a release with two promoted versions', () => {
  let deployed: DeployedModel
  beforeAll(async () => {
    deployed = await deployVersions(cluster, github, `life-${randomUUID().slice(0, 4)}`, 2)
  })
  beforeEach(() => deployed.recordPromotions())

  test('reports the state after a killed promote in an issue, repairs it, and then changes nothing', async () => {
    const { model, reconcile, listIssues: issues } = deployed
    expect(await reconcile({ repair: 'true' })).toMatchObject({
      consistent: 'true',
      finding: '',
      repaired: 'false',
    })
    await cluster.mlflow.setAlias(model, 'champion', '1')
    await cluster.mlflow.deleteAlias(model, 'previous')
    const { log: _said, ...first } = await reconcile()
    expect(first).toMatchObject({
      consistent: 'false',
      'champion-version': '1',
      'release-version': '2',
      'live-model-version': '2',
      finding: expect.stringMatching(
        /^Alias champion points to version 1, but the values of revision 2 .* serve version 2\.$/,
      ),
      repaired: 'false',
      'issue-url': expect.stringMatching(/^https:\/\/github.com\/shop\/digits\/issues\/\d+$/),
    })
    const written = structuredClone(issues())
    expect(await reconcile({}, 'helm3')).toMatchObject(first)
    expect(issues()).toEqual(written)

    const repaired = await reconcile({ repair: 'true' }, 'helm3')
    expect(repaired).toMatchObject({
      consistent: 'true',
      'champion-version': '2',
      repaired: 'true',
      'issue-url': '',
    })
    expect(await deployed.readAliases()).toEqual({ champion: '2', previous: '1' })
    const tags = await deployed.readTags('2')
    expect(tags[versionTags.reconciled]).toContain('Alias champion points to version 1')
    expect(tags[versionTags.proof]).toMatch(/^cluster: 1 pod of deployment\/life-.* ready/)
    const last = issues().at(-1)
    expect(last).toMatchObject({ state: 'closed', state_reason: 'completed' })
    expect(last?.body).not.toMatch(/127\.0\.0\.1|localhost/)
    expect(github.issues.comments.filter((one) => one.issue === last?.number)).toHaveLength(1)
    expect(await reconcile({ repair: 'true' })).toMatchObject({ consistent: 'true', repaired: 'false' })
    expect(await deployed.readTags('2')).toEqual(tags)
  })

  test('converges when it is killed between its writes and re-run', async () => {
    const simulateKilledPromote = async () => {
      await cluster.mlflow.setAlias(deployed.model, 'champion', '1')
      await cluster.mlflow.deleteAlias(deployed.model, 'previous')
      await cluster.mlflow.deleteVersionTag(deployed.model, '2', versionTags.promotedAt)
    }
    await simulateKilledPromote()
    const proxy = await startInterruptingProxy(cluster.trainer.uri)
    await deployed.reconcile({ repair: 'true', 'tracking-uri': proxy.uri })
    await proxy.close()
    const count = proxy.writes.length
    // One kill at the tags, and kills before and after each alias.
    for (const killPoint of [
      { write: 2, reachesServer: true },
      { write: count - 1, reachesServer: true },
      { write: count, reachesServer: true },
    ]) {
      await simulateKilledPromote()
      const proxy = await startInterruptingProxy(cluster.trainer.uri, killPoint)
      const interruptedRun = deployed
        .reconcile({ repair: 'true', 'tracking-uri': proxy.uri })
        .catch((error: unknown) => error)
      await proxy.killRequested
      await proxy.close()
      expect(await interruptedRun).toBeInstanceOf(Error)
      expect(await deployed.reconcile({ repair: 'true' })).toMatchObject({ consistent: 'true' })
      expect(await deployed.readAliases()).toEqual({ champion: '2', previous: '1' })
    }
  })

  test('moves no alias to an ineligible version', async () => {
    const { mlflow } = cluster
    const { model } = deployed
    await mlflow.setAlias(model, 'champion', '1')
    await mlflow.setVersionTags(model, '2', { [versionTags.quarantined]: 'an alert named it' })
    expect(
      await expectNoRepair('The aliases were not changed. Version 2, which is live in revision'),
    ).toMatch(/quarantined: an alert named it/)
    await mlflow.deleteVersionTag(model, '2', versionTags.quarantined)

    const digest = (await deployed.readTags('2'))[versionTags.artifactDigest] ?? ''
    await mlflow.setVersionTags(model, '2', { [versionTags.artifactDigest]: 'of other files' })
    await expectNoRepair('has other files now than its version tags record')
    await mlflow.setVersionTags(model, '2', {
      [versionTags.artifactDigest]: digest,
      [versionTags.verdict]: 'reject',
    })
    await mlflow.deleteVersionTag(model, '2', versionTags.promotedAt)
    await expectNoRepair(', has the verdict reject.')
  })

  /** Expects that reconcile repairs nothing. @returns the finding */
  async function expectNoRepair(reason: string): Promise<string> {
    const before = await deployed.readAliases()
    const { log, ...outputs } = await deployed.reconcile({ repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'false', repaired: 'false' })
    expect(log).toContain(reason)
    expect(deployed.listIssues().at(-1)?.body).toContain(reason)
    expect(await deployed.readAliases()).toEqual(before)
    return outputs.finding ?? ''
  }

  test('also repairs previous, stages and a lost alias', async () => {
    const { mlflow } = cluster
    const { model } = deployed
    await mlflow.setAlias(model, 'previous', '2')
    expect((await deployed.reconcile()).finding).toBe('Alias previous points to version 2, as does champion.')
    await mlflow.setStage(model, '1', 'Production')
    const staged = await deployed.reconcile({ 'mirror-stages': 'true', repair: 'true' })
    expect(staged, staged.log).toMatchObject({ consistent: 'true', repaired: 'true' })
    expect(await deployed.readAliases()).toEqual({ champion: '2', previous: '1' })
    const stages = (await mlflow.listVersions(model)).map(({ number, stage }) => `${number} ${stage}`).sort()
    expect(stages).toEqual(['1 Archived', '2 Production'])

    await mlflow.setStage(model, '2', 'Archived')
    await mlflow.deleteAlias(model, 'champion')
    expect((await deployed.reconcile()).finding).toMatch(/^The champion is unclear: no alias champion, but/)
    expect(await deployed.reconcile({ repair: 'true' })).toMatchObject({
      consistent: 'true',
      'champion-version': '2',
    })
  })

  test('reports unknown for what it cannot read', async () => {
    await cluster.kubectl('scale', 'deployment', deployed.release, '--replicas=0')
    await cluster.kubectl(
      'wait',
      '--for=delete',
      'pod',
      '--selector',
      `app=${deployed.release}`,
      '--timeout=120s',
    )
    const before = deployed.listIssues().length
    expect(await deployed.reconcile({ repair: 'true' })).toMatchObject({
      consistent: 'unknown',
      'live-model-version': '',
      finding: expect.stringMatching(/^No pod of deployment\/life-.* is ready/),
    })
    expect(deployed.listIssues()).toHaveLength(before)
    await cluster.kubectl('scale', 'deployment', deployed.release, '--replicas=1')
    await cluster.kubectl('rollout', 'status', `deployment/${deployed.release}`, '--timeout=120s')
  })

  test('moves the alias to the serving version after a manual rollback, and clears previous', async () => {
    await cluster.helm('helm4', 'rollback', deployed.release, '1', '--wait', '--timeout', '120s')
    expect((await deployed.reconcile()).finding).toMatch(
      /^Alias champion points to version 2, but the values of .* version 1/,
    )
    expect(await deployed.reconcile({ repair: 'true' })).toMatchObject({
      consistent: 'true',
      'champion-version': '1',
    })
    expect(await deployed.readAliases()).toEqual({ champion: '1' })
    // A user promoted it again, and moved the alias manually.
    await cluster.mlflow.setVersionTags(deployed.model, '2', { [versionTags.promotedAt]: hoursAgo(-0.001) })
    expect((await deployed.reconcile()).finding).toMatch(
      /^The version tags record that version 2 was promoted/,
    )
  })

  test('moves no alias while pods differ from the values or from each other', async () => {
    await deployed.patch({ minReadySeconds: 0 })
    await deployed.setEnv('7')
    expect(await expectNoRepair('but its ready pods serve version 7')).toMatch(
      /^The values of revision \d .* name version 1, but its ready pods serve version 7/,
    )
    // Two generations: the new pod becomes ready and never counts as available.
    await deployed.patch({ minReadySeconds: 500 })
    await cluster.kubectl('set', 'env', `deployment/${deployed.release}`, 'MODEL_VERSION=1')
    const finding = async () => (await deployed.reconcile({ issue: 'false' })).finding
    await expect
      .poll(finding, { timeout: 120_000, interval: 1000 })
      .toMatch(/^The ready pods of revision \d .* serve different versions/)
    await expectNoRepair('serve different versions')

    await cluster.helm('helm4', 'uninstall', deployed.release, '--wait')
    expect((await deployed.reconcile()).finding).toMatch(
      /^Alias champion points to version 2, but release life-.* has no deployed/,
    )
  })
})
