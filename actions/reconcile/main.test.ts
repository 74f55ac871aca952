import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GitHub, startGitHub } from '../../rig/github/index.ts'
import { issuesOf } from '../../src/adapters/github/issues.ts'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from '../../src/adapters/mlflow/fake.ts'
import type { Lease } from '../../src/domain/lease.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { type FakeRelease, releaseWith } from '../../test/fakes/release.ts'
import { hurried } from '../../test/fakes/waiting.ts'
import { contract } from './contract.ts'
import { main } from './main.ts'

let github: GitHub
beforeEach(async () => {
  github = await startGitHub({
    repository: 'shop/digits',
    token: 'sesame',
    workflows: tmpdir(),
    onStart: async () => {},
  })
})
afterEach(() => github.close())

const letThrough = (number: string, tags: Tags = {}) => ({
  [ledger.verdict]: 'promote',
  [ledger.artifactDigest]: `digest-of-run${number}`,
  ...tags,
})
/** Versions 7 and 8, both let through; 7 was promoted an hour ago, and is champion unless said otherwise. */
function registry(
  tags: Record<string, Tags> = {},
  aliases: Record<string, string> = { champion: '7' },
): FakeMlflow {
  const promotedAt = new Date(Date.now() - 3_600_000).toISOString()
  return fakeMlflow({
    runs: [fakeRun('run7'), fakeRun('run8')],
    versions: ['7', '8'].map((number) =>
      fakeVersion(number, {
        runId: `run${number}`,
        tags: letThrough(
          number,
          number === '7' ? { [ledger.promotedAt]: promotedAt, ...tags[number] } : tags[number],
        ),
      }),
    ),
    aliases,
  })
}

async function reconcile(fake: FakeRelease, mlflow: FakeMlflow, given: Record<string, string> = {}) {
  const context = quietContext()
  const usual = { release: 'digits', namespace: 'ml', 'model-name': 'fraud', 'github-token': 'sesame' }
  const inputs = parseInputs(contract, { ...usual, ...given })
  const issues = () => issuesOf({ base: github.url, token: inputs['github-token'], env: {} }, 'shop/digits')
  const outcome = await main(inputs, context, {
    openRelease: async () => fake.release,
    mlflow: () => mlflow,
    openIssues: issues,
    waiting: hurried(),
  })
  return { ...outcome, said: context.said.join('\n') }
}
const lease = (changes: Partial<Lease> = {}): Lease => ({
  id: 'x',
  action: 'helm-deploy',
  repository: 'shop/digits',
  run: '76',
  attempt: '1',
  runner: 'other',
  url: '',
  since: new Date().toISOString(),
  until: new Date(Date.now() + 60_000).toISOString(),
  ...changes,
})

describe('reconcile', () => {
  it('says that all agree, writes nothing, and does not ask for an issue', async () => {
    const mlflow = registry()
    const { outputs, summary, said } = await reconcile(releaseWith(['7']), mlflow, { repair: 'true' })
    expect(outputs).toEqual({
      consistent: 'true',
      'champion-version': '7',
      'release-version': '7',
      'live-model-version': '7',
      finding: '',
      repaired: 'false',
      'issue-url': '',
    })
    expect(summary).toContain('fraud: registry, release and pods agree')
    expect(said).toBe('Registry, release and pods agree on version 7.')
    expect([...mlflow.writes, ...github.issues.writes]).toEqual([])
  })

  it('says as a note that the server does not list the files of the champion', async () => {
    const mlflow = registry()
    const unlisted = new Unlisted({ call: 'GET x', said: 'the files are at s3://b', next: 'Register it.' })
    mlflow.placeOf = async () => {
      throw unlisted
    }
    const { outputs, summary } = await reconcile(releaseWith(['7']), mlflow)
    expect(outputs).toMatchObject({ consistent: 'true', finding: '', 'issue-url': '' })
    expect(summary).toContain('which cannot be looked at')
    expect(github.issues.issues).toEqual([])
  })

  it('tells who says what, in one issue that a second run leaves alone', async () => {
    const mlflow = registry()
    const { outputs, summary, failure } = await reconcile(releaseWith(['7', '8']), mlflow)
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      consistent: 'false',
      'champion-version': '7',
      'release-version': '8',
      'live-model-version': '8',
      finding:
        'Alias champion says version 7, the values of revision 2 of release digits say version 8, and its ready pods serve 8.',
      repaired: 'false',
      'issue-url': 'https://github.com/shop/digits/issues/1',
    })
    expect(summary).toContain('| alias champion | version 7 |')
    const [issue] = github.issues.issues
    expect(issue?.title).toBe('retrain-actions: fraud and its release digits disagree')
    expect(issue?.labels).toEqual([{ name: 'retrain-actions' }])
    const again = await reconcile(releaseWith(['7', '8']), mlflow)
    expect(again.outputs).toEqual(outputs)
    expect(github.issues.writes).toEqual(['POST /issues'])
    expect(mlflow.writes).toEqual([])
  })

  it('is red where the user asks for it', async () => {
    const { failure } = await reconcile(releaseWith(['7', '8']), registry(), { 'on-inconsistent': 'fail' })
    expect(failure?.message).toMatch(/^Alias champion says version 7, .* serve 8\.$/)
  })

  it('brings the issue up to date when something else disagrees, and closes it with a word when nothing does', async () => {
    const mlflow = registry()
    await reconcile(releaseWith(['7', '8']), mlflow)
    await mlflow.setVersionTags('fraud', '8', { [ledger.quarantined]: '@ada sees #1 <b>' })
    await reconcile(releaseWith(['7', '8']), mlflow)
    const [issue] = github.issues.issues
    expect(issue?.body).toContain('is in quarantine')
    expect(issue?.body).not.toMatch(/@ada|#1|<b>|&#64;ada|&#35;1/)
    await mlflow.deleteVersionTag('fraud', '8', ledger.quarantined)
    await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })
    expect(issue).toMatchObject({ state: 'closed', state_reason: 'completed' })
    expect(github.issues.comments).toEqual([{ issue: 1, body: 'Registry, release and pods agree again.' }])
    await reconcile(releaseWith(['7', '8']), mlflow)
    expect(github.issues.writes).toEqual([
      'POST /issues',
      'PATCH /issues/1',
      'PATCH /issues/1',
      'POST /issues/1/comments',
    ])
  })

  it('moves the alias to what is proven live and was let through, and a second time nothing', async () => {
    const mlflow = registry()
    const { outputs, summary, said } = await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({
      consistent: 'true',
      'champion-version': '8',
      finding: '',
      repaired: 'true',
    })
    expect(Object.fromEntries(mlflow.aliases)).toEqual({ champion: '8', previous: '7' })
    const tags = mlflow.all[1]?.tags ?? {}
    expect(tags[ledger.reconciled]).toContain('Alias champion says version 7')
    expect(tags).toMatchObject({ [ledger.promotedFrom]: '7', [ledger.promotedBy]: 'ada' })
    expect(tags[ledger.proof]).toMatch(/^cluster: 1 pod of deployment\/digits ready/)
    expect(said).toContain('Alias champion was moved from version 7 to version 8, which serves.')
    expect(summary).toContain('was moved from version 7')
    expect(github.issues.writes).toEqual([])
    const before = [...mlflow.writes]
    expect((await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })).outputs.repaired).toBe(
      'false',
    )
    expect(mlflow.writes).toEqual(before)
  })

  it.each<[string, Tags, string]>([
    [
      'has no promote verdict',
      { [ledger.verdict]: 'reject' },
      'version 8, which serves, has the verdict reject',
    ],
    ['is in quarantine', { [ledger.quarantined]: 'bad' }, 'version 8, which serves, is in quarantine'],
    ['has other files now', { [ledger.artifactDigest]: 'older' }, 'has other files now than those'],
  ])('moves nothing where what serves %s, and says so in the issue', async (_what, tags, why) => {
    const mlflow = registry({ 8: tags })
    const { outputs, said } = await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'false', repaired: 'false' })
    expect(mlflow.writes).toEqual([])
    expect(said).toContain(why)
    expect(github.issues.issues[0]?.body).toContain(why)
  })

  it('comes to the same end after being killed before any of its writes', async () => {
    const whole = registry()
    await reconcile(releaseWith(['7', '8']), whole, { repair: 'true' })
    const end = (mlflow: FakeMlflow) => [
      Object.fromEntries(mlflow.aliases),
      mlflow.all.map(({ tags }) => Object.keys(tags).sort()),
    ]
    for (let point = 0; point < whole.writes.length; point += 1) {
      const mlflow = registry()
      let writes = 0
      mlflow.beforeWrite = () => {
        writes += 1
        if (writes > point) throw new Error('killed')
      }
      await expect(reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })).rejects.toThrow('killed')
      mlflow.beforeWrite = () => undefined
      const { outputs } = await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })
      expect(outputs.consistent).toBe('true')
      expect(end(mlflow)).toEqual(end(whole))
    }
  })

  it('says nothing and repairs nothing while a deployment is under way, and leaves the issue as it is', async () => {
    const fake = releaseWith(['7', '8'])
    await fake.release.lease.swap(undefined, lease())
    const mlflow = registry()
    const { outputs } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs).toMatchObject({ consistent: 'unknown', repaired: 'false', 'issue-url': '' })
    expect(outputs.finding).toMatch(
      /^Release digits is being worked on, by helm-deploy of a process on other \(since /,
    )
    expect([...mlflow.writes, ...github.issues.writes]).toEqual([])
    expect((await fake.release.lease.read())?.id).toBe('x')
  })

  it.each<[string, Lease | undefined, string]>([
    [
      'a dead job left',
      lease({
        until: '2026-01-01T00:00:00.000Z',
        underway: { release: 'digits', namespace: 'ml', before: 1, first: false, version: '8', own: 2 },
      }),
      'has died and left release digits half done: revision 2 was left pending-upgrade',
    ],
    ['a bare helm left', undefined, 'A helm has died over release digits: revision 2'],
  ])('puts right what %s', async (_what, left, finding) => {
    const fake = releaseWith(['7'])
    const [good] = fake.revisions
    if (!good) throw new Error('no revision')
    const mark = { model: 'fraud', version: '7', digest: '', run: '', provenAt: good.updated }
    fake.marks.set(1, { ...mark, revision: 1, updated: good.updated })
    fake.revisions.push({
      ...good,
      revision: 2,
      updated: '2026-01-01T00:00:00Z',
      status: 'pending-upgrade',
      version: '8',
    })
    await fake.release.lease.swap(undefined, left)
    const mlflow = registry()
    expect((await reconcile(fake, mlflow)).outputs).toMatchObject({
      consistent: 'false',
      finding: expect.stringContaining(finding),
    })
    expect(fake.calls).not.toContain('rollback 1')
    const { outputs, said } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs, said).toMatchObject({ consistent: 'true', repaired: 'true', 'live-model-version': '7' })
    expect(fake.calls).toContain('rollback 1')
    expect(said).toContain('went back to revision 1')
    expect(await fake.release.lease.read()).toBeUndefined()
    expect(mlflow.writes).toEqual([])
    expect((await reconcile(fake, mlflow, { repair: 'true' })).outputs.repaired).toBe('false')
  })

  it('writes the quarantine that a dead deployment had decided on, though its release is right', async () => {
    const fake = releaseWith(['7'])
    const [good] = fake.revisions
    if (!good) throw new Error('no revision')
    const mark = { model: 'fraud', version: '7', digest: '', run: '', provenAt: good.updated }
    fake.marks.set(1, { ...mark, revision: 1, updated: good.updated })
    const blame = { model: 'fraud', tags: { [ledger.quarantined]: 'killed for memory' } }
    const underway = {
      release: 'digits',
      namespace: 'ml',
      before: -1,
      first: false,
      version: '8',
      own: 0,
      blame,
    }
    await fake.release.lease.swap(undefined, lease({ until: '2026-01-01T00:00:00.000Z', underway }))
    const mlflow = registry()
    const seen = await reconcile(fake, mlflow)
    expect(seen.outputs.finding).toContain('the ledger of version 8, which failed, was not told of it')
    const { outputs } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs.consistent).toBe('true')
    expect(mlflow.all[1]?.tags).toMatchObject(blame.tags)
    expect(await fake.release.lease.read()).toBeUndefined()
  })

  it('gives way where a deployment begins before it has the lease', async () => {
    const fake = releaseWith(['7', '8'])
    const mlflow = registry()
    const { read } = fake.release.lease
    let reads = 0
    fake.release.lease.read = async () => {
      reads += 1
      // After the two looks.
      if (reads === 3) await fake.release.lease.swap(undefined, lease())
      return read()
    }
    const { outputs, said } = await reconcile(fake, mlflow, { repair: 'true', timeout: '1s' })
    expect(outputs.repaired).toBe('false')
    expect(said).toContain('Release digits is held by helm-deploy')
    expect(mlflow.writes).toEqual([])
  })

  it('judges again what it read before it had the lease', async () => {
    const fake = releaseWith(['7', '8'])
    const mlflow = registry()
    const { swap } = fake.release.lease
    let taken = false
    fake.release.lease.swap = async (before, next) => {
      // A person was faster.
      if (!taken) await mlflow.setVersionTags('fraud', '8', { [ledger.quarantined]: 'bad' })
      taken = true
      return swap(before, next)
    }
    const { outputs, said } = await reconcile(fake, mlflow, { repair: 'true' })
    expect(outputs.repaired).toBe('false')
    expect(said).toContain('is in quarantine')
    expect(mlflow.aliases.get('champion')).toBe('7')
  })

  it('takes no notice of a disagreement that is gone at the second look', async () => {
    const mlflow = registry()
    const fake = releaseWith(['7', '8'])
    const { live } = fake.release
    let looks = 0
    fake.release.live = async () => {
      looks += 1
      // Another job promotes meanwhile.
      if (looks === 2) mlflow.aliases.set('champion', '8')
      return live()
    }
    const { outputs } = await reconcile(fake, mlflow)
    // The ledger was not told, and that is all that is left.
    expect(outputs.finding).toMatch(/^The last word of the ledger/)
  })

  it('has only a warning for what GitHub does not let it do', async () => {
    github.issues.rights.issues = 'none'
    const { outputs, failure, said } = await reconcile(releaseWith(['7', '8']), registry())
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ consistent: 'false', 'issue-url': '' })
    expect(said).toContain('The issue was not looked after: GitHub: GET ')
    expect(said).toContain('Give the job "permissions: issues: write"')
  })

  it('asks GitHub for nothing with issue: false', async () => {
    await github.close()
    const { said } = await reconcile(releaseWith(['7', '8']), registry(), { issue: 'false' })
    expect(said).not.toContain('issue')
    github = await startGitHub({
      repository: 'shop/digits',
      token: 'x',
      workflows: tmpdir(),
      onStart: async () => {},
    })
  })

  it('is an error of the user where there is no such model', async () => {
    await expect(reconcile(releaseWith(['7']), fakeMlflow())).rejects.toThrow(/has no model "fraud"/)
  })
})
