import { describe, expect, it } from 'vitest'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { startEmptyGitHub } from '../../test/fakes/github.ts'
import { fakeRegistry, runReconcile, useReconcileWithGitHub } from '../../test/fakes/reconcile.ts'
import { fakeRelease } from '../../test/fakes/release.ts'
import { redactAddresses } from './issue-text.ts'

const { github, reconcile } = useReconcileWithGitHub()

describe('reconcile', () => {
  it('opens one issue with the state, and does not change it in a second run', async () => {
    const mlflow = fakeRegistry()
    const { outputs, summary, failure } = await reconcile(fakeRelease(['7', '8']), mlflow)
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      consistent: 'false',
      'champion-version': '7',
      'release-version': '8',
      'live-model-version': '8',
      finding:
        'Alias champion points to version 7, but the values of revision 2 of release digits name version 8, and its ready pods serve version 8.',
      repaired: 'false',
      'issue-url': 'https://github.com/shop/digits/issues/1',
    })
    expect(summary).toContain('| alias champion | version 7 |')
    const [issue] = github().issues.issues
    expect(issue?.title).toBe('retrain-actions: fraud and its release digits are inconsistent')
    expect(issue?.labels).toEqual([{ name: 'retrain-actions' }])
    const again = await reconcile(fakeRelease(['7', '8']), mlflow)
    expect(again.outputs).toEqual(outputs)
    expect(github().issues.writes).toEqual(['POST /issues'])
    expect(mlflow.writes).toEqual([])
  })

  it('updates the issue for other findings, and closes it with a comment when consistent', async () => {
    const mlflow = fakeRegistry()
    await reconcile(fakeRelease(['7', '8']), mlflow)
    await mlflow.setVersionTags('fraud', '8', { [versionTags.quarantined]: '@ada sees #1 <b>' })
    await reconcile(fakeRelease(['7', '8']), mlflow)
    const [issue] = github().issues.issues
    expect(issue?.body).toContain('is quarantined')
    expect(issue?.body).not.toMatch(/@ada|#1|<b>|&#64;ada|&#35;1/)
    await mlflow.deleteVersionTag('fraud', '8', versionTags.quarantined)
    await reconcile(fakeRelease(['7', '8']), mlflow, { repair: 'true' })
    expect(issue).toMatchObject({ state: 'closed', state_reason: 'completed' })
    expect(issue?.body).toContain(
      'In ml/digits, the MLflow registry, the Helm release and its pods are consistent again.',
    )
    expect(github().issues.comments).toEqual([
      { issue: 1, body: 'Registry, release and pods are consistent again.' },
    ])
    await reconcile(fakeRelease(['7', '8']), mlflow)
    expect(github().issues.writes).toEqual([
      'POST /issues',
      'PATCH /issues/1',
      'PATCH /issues/1',
      'POST /issues/1/comments',
    ])
  })

  it.each<[string, Record<string, string>]>([
    ['environment', { environment: 'production' }],
    ['namespace', { namespace: 'other' }],
    ['model alias', { 'champion-alias': 'live' }],
  ])('keeps a separate issue for another %s', async (_, given) => {
    const aliases = { champion: '7', live: '7' }
    await reconcile(fakeRelease(['7', '8']), fakeRegistry({}, aliases), { environment: 'staging' })
    const consistent = await reconcile(fakeRelease(['7']), fakeRegistry({}, aliases), given)
    expect(consistent.outputs).toMatchObject({ consistent: 'true', 'issue-url': '' })
    expect(github().issues.writes).toEqual(['POST /issues'])
    await reconcile(fakeRelease(['7', '8']), fakeRegistry({}, aliases), given)
    expect(github().issues.issues).toMatchObject([{ state: 'open' }, { state: 'open' }])
  })

  it.each<[string, Record<string, string>]>([
    ['tracking-uri', { 'tracking-uri': 'https://ada:hunter2@mlflow.prod.example' }],
    ['workspace', { workspace: 'prod' }],
    ['kube-context', { 'kube-context': 'prod' }],
  ])('closes the issue of its environment with another %s', async (_, given) => {
    await reconcile(fakeRelease(['7', '8']), fakeRegistry())
    await reconcile(fakeRelease(['7']), fakeRegistry(), given)
    expect(github().issues.issues).toMatchObject([{ state: 'closed' }])
  })

  it('shows no address of the registry or the cluster, and no context or workspace', async () => {
    const given = {
      'tracking-uri': 'https://ada:hunter2@mlflow.example/pathtoken/',
      workspace: 'risk',
      'kube-context': 'arn:aws:eks:eu-west-1:123456789012:cluster/prod',
      environment: 'production',
    }
    const mlflow = fakeRegistry()
    const why = 'https://mlflow.example/pathtoken/api says no, as does https://api.example/k8stoken/apis'
    await mlflow.setVersionTags('fraud', '8', { [versionTags.quarantined]: why })
    await reconcile(fakeRelease(['7', '8']), mlflow, given)
    const [issue] = github().issues.issues
    const shown = () => `${issue?.title} ${issue?.body}`.replaceAll('\u200b', '')
    expect(shown()).toContain('says no, as does')
    expect(shown()).toContain('In production/ml/digits, ')
    expect(shown()).not.toMatch(/hunter2|token|api\.example|risk|arn:|123456789012/)
    await mlflow.deleteVersionTag('fraud', '8', versionTags.quarantined)
    await reconcile(fakeRelease(['7', '8']), mlflow, { ...given, repair: 'true' })
    expect(issue).toMatchObject({ state: 'closed' })
    expect(shown()).not.toMatch(/hunter2|token|example|risk|arn:|123456789012/)
  })

  it('redacts addresses outside the GitHub server', () => {
    const redact = (text: string) => redactAddresses(text, 'https://github.com')
    expect(
      redact(
        'GET https://mlflow.example/s3cret/api, then HTTPS://10.0.0.1:6443/t0ken/apis, by https://github.com/a',
      ),
    ).toBe('GET (address) then (address) by https://github.com/a')
    expect(redact('(https://ada:pw@github.com.example/t0ken)')).toBe('((address))')
    expect(redact('version 7')).toBe('version 7')
  })

  it('only warns if GitHub refuses', async () => {
    github().issues.permissions.issues = 'none'
    const { outputs, failure, logText } = await reconcile(fakeRelease(['7', '8']), fakeRegistry())
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ consistent: 'false', 'issue-url': '' })
    expect(logText).toContain('The issue was not updated: GitHub: GET ')
    expect(logText).toContain('Grant the job "permissions: issues: write"')
  })

  it('does not call GitHub with issue: false', async () => {
    const away = await startEmptyGitHub()
    await away.close()
    const { logText } = await runReconcile(away, fakeRelease(['7', '8']), fakeRegistry(), {
      issue: 'false',
    })
    expect(logText).not.toContain('issue')
  })
})
