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
    expect(issue?.body).toContain(
      'In namespace ml, MLflow, the Helm release digits and its pods agree again.',
    )
    expect(github().issues.comments).toEqual([{ issue: 1, body: 'Registry, release and pods agree again.' }])
    await reconcile(releaseWith(['7', '8']), mlflow)
    expect(github().issues.writes).toEqual([
      'POST /issues',
      'PATCH /issues/1',
      'PATCH /issues/1',
      'POST /issues/1/comments',
    ])
  })

  const inCluster = (versions: string[], address: string, context = 'ci') => {
    const fake = releaseWith(versions)
    return { ...fake, release: { ...fake.release, apiServer: async () => ({ address, context }) } }
  }
  const staging = 'https://staging.example:6443'

  it.each<[string, Record<string, string>, string]>([
    ['registry', { 'tracking-uri': 'https://ada:hunter2@mlflow.prod.example' }, staging],
    ['workspace', { workspace: 'prod' }, staging],
    ['cluster', {}, 'https://prod.example:6443'],
  ])('leaves the issue about the same names in another %s alone', async (_, given, address) => {
    await reconcile(inCluster(['7', '8'], staging), registry())
    const agreed = await reconcile(inCluster(['7'], address), registry(), given)
    expect(agreed.outputs).toMatchObject({ consistent: 'true', 'issue-url': '' })
    expect(github().issues.writes).toEqual(['POST /issues'])
    await reconcile(inCluster(['7', '8'], address), registry(), given)
    expect(github().issues.issues).toMatchObject([{ state: 'open' }, { state: 'open' }])
  })

  it('closes its issue through another tunnel, and with the context named that was meant anyway', async () => {
    await reconcile(inCluster(['7', '8'], 'https://127.0.0.1:38291'), registry())
    await reconcile(inCluster(['7'], 'https://127.0.0.1:40111'), registry(), { 'kube-context': 'ci' })
    expect(github().issues.issues).toMatchObject([{ state: 'closed' }])
  })

  it('shows everybody neither where registry and cluster are, nor who asks them', async () => {
    const given = {
      'tracking-uri': 'https://ada:hunter2@mlflow.example/pathtoken/',
      workspace: 'risk',
      'kube-context': 'arn:aws:eks:eu-west-1:123456789012:cluster/prod',
    }
    const cluster = ['https://api.example/k8stoken', given['kube-context']] as const
    const mlflow = registry()
    const why = 'https://mlflow.example/pathtoken/api says no, as does https://api.example/k8stoken/apis'
    await mlflow.setVersionTags('fraud', '8', { [ledger.quarantined]: why })
    await reconcile(inCluster(['7', '8'], ...cluster), mlflow, given)
    const [issue] = github().issues.issues
    const shown = () => `${issue?.title} ${issue?.body}`.replaceAll('\u200b', '')
    expect(shown()).toContain('says no, as does')
    expect(shown()).toContain('The same names in another registry or cluster have an issue of their own.')
    expect(shown()).not.toMatch(/hunter2|token|api\.example|risk|arn:|123456789012/)
    await mlflow.deleteVersionTag('fraud', '8', ledger.quarantined)
    await reconcile(inCluster(['7', '8'], ...cluster), mlflow, { ...given, repair: 'true' })
    expect(issue).toMatchObject({ state: 'closed' })
    expect(shown()).not.toMatch(/hunter2|token|example|risk|arn:|123456789012/)
  })

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
