import { describe, expect, it } from 'vitest'
import { ledger } from '../../src/domain/ledger.ts'
import { emptyGitHub } from '../../test/fakes/github.ts'
import { besideGitHub, reconcileWith, registry } from '../../test/fakes/reconcile.ts'
import { releaseWith } from '../../test/fakes/release.ts'

const { github, reconcile } = besideGitHub()

describe('reconcile', () => {
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
    const [issue] = github().issues.issues
    expect(issue?.title).toBe('retrain-actions: fraud and its release digits disagree')
    expect(issue?.labels).toEqual([{ name: 'retrain-actions' }])
    const again = await reconcile(releaseWith(['7', '8']), mlflow)
    expect(again.outputs).toEqual(outputs)
    expect(github().issues.writes).toEqual(['POST /issues'])
    expect(mlflow.writes).toEqual([])
  })

  it('brings the issue up to date when something else disagrees, and closes it with a word when nothing does', async () => {
    const mlflow = registry()
    await reconcile(releaseWith(['7', '8']), mlflow)
    await mlflow.setVersionTags('fraud', '8', { [ledger.quarantined]: '@ada sees #1 <b>' })
    await reconcile(releaseWith(['7', '8']), mlflow)
    const [issue] = github().issues.issues
    expect(issue?.body).toContain('is in quarantine')
    expect(issue?.body).not.toMatch(/@ada|#1|<b>|&#64;ada|&#35;1/)
    await mlflow.deleteVersionTag('fraud', '8', ledger.quarantined)
    await reconcile(releaseWith(['7', '8']), mlflow, { repair: 'true' })
    expect(issue).toMatchObject({ state: 'closed', state_reason: 'completed' })
    expect(issue?.body).toContain('mlflow.invalid')
    expect(github().issues.comments).toEqual([{ issue: 1, body: 'Registry, release and pods agree again.' }])
    await reconcile(releaseWith(['7', '8']), mlflow)
    expect(github().issues.writes).toEqual([
      'POST /issues',
      'PATCH /issues/1',
      'PATCH /issues/1',
      'POST /issues/1/comments',
    ])
  })

  it.each<[string, Record<string, string>]>([
    ['registry', { 'tracking-uri': 'https://ada:hunter2@mlflow.prod.example' }],
    ['workspace', { workspace: 'prod' }],
    ['context', { 'kube-context': 'prod' }],
    ['cluster', { cluster: 'https://prod.example:6443' }],
  ])(
    'leaves the issue about the same names in another %s alone, and says where it looked',
    async (_, prod) => {
      const staging = { cluster: 'https://staging.example:6443' }
      await reconcile(releaseWith(['7', '8']), registry(), staging)
      const agreed = await reconcile(releaseWith(['7']), registry(), { ...staging, ...prod })
      expect(agreed.outputs).toMatchObject({ consistent: 'true', 'issue-url': '' })
      expect(github().issues.writes).toEqual(['POST /issues'])
      await reconcile(releaseWith(['7', '8']), registry(), { ...staging, ...prod })
      const [first, second] = github().issues.issues
      expect(first).toMatchObject({ state: 'open', body: expect.stringContaining('staging.example') })
      const [place = ''] = Object.values(prod)
      const [, host = place] = /([\w.]+\.example)/.exec(place) ?? []
      expect(second).toMatchObject({ state: 'open', body: expect.stringContaining(host) })
      expect(second?.body).not.toContain('hunter2')
    },
  )

  it('has only a warning for what GitHub does not let it do', async () => {
    github().issues.rights.issues = 'none'
    const { outputs, failure, said } = await reconcile(releaseWith(['7', '8']), registry())
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ consistent: 'false', 'issue-url': '' })
    expect(said).toContain('The issue was not looked after: GitHub: GET ')
    expect(said).toContain('Give the job "permissions: issues: write"')
  })

  it('asks GitHub for nothing with issue: false', async () => {
    const away = await emptyGitHub()
    await away.close()
    const { said } = await reconcileWith(away, releaseWith(['7', '8']), registry(), { issue: 'false' })
    expect(said).not.toContain('issue')
  })
})
