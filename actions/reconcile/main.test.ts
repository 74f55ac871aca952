import { describe, expect, it } from 'vitest'
import { UnwatchedWorkloadError } from '../../src/adapters/kubernetes/rollout/workload.ts'
import { ArtifactsNotListable } from '../../src/adapters/mlflow/http/faults.ts'
import { fakeMlflow } from '../../test/fakes/mlflow.ts'
import { fakeRegistry, useReconcileWithGitHub } from '../../test/fakes/reconcile.ts'
import { fakeRelease } from '../../test/fakes/release.ts'

const { github, reconcile } = useReconcileWithGitHub()

describe('reconcile', () => {
  it('reports a consistent state, and writes neither tags nor an issue', async () => {
    const mlflow = fakeRegistry()
    const { outputs, summary, logText } = await reconcile(fakeRelease(['7']), mlflow, { repair: 'true' })
    expect(outputs).toEqual({
      consistent: 'true',
      'champion-version': '7',
      'release-version': '7',
      'live-model-version': '7',
      finding: '',
      repaired: 'false',
      'issue-url': '',
    })
    expect(summary).toContain('fraud: registry, release and pods are consistent')
    expect(logText).toBe('Registry, release and pods are consistent: version 7.')
    expect([...mlflow.writes, ...github().issues.writes]).toEqual([])
  })

  it('reports as info that the server does not list the files of the champion', async () => {
    const mlflow = fakeRegistry()
    const unlisted = new ArtifactsNotListable({
      call: 'GET x',
      detail: 'the files are at s3://b',
      hint: 'Register it.',
    })
    mlflow.locateArtifacts = async () => {
      throw unlisted
    }
    const { outputs, summary } = await reconcile(fakeRelease(['7']), mlflow)
    expect(outputs).toMatchObject({ consistent: 'true', finding: '', 'issue-url': '' })
    expect(summary).toContain('which cannot be verified')
    expect(github().issues.issues).toEqual([])
  })

  it('fails with on-inconsistent: fail', async () => {
    const { failure } = await reconcile(fakeRelease(['7', '8']), fakeRegistry(), {
      'on-inconsistent': 'fail',
    })
    expect(failure?.message).toMatch(/^Alias champion points to version 7, .* serve version 8\.$/)
  })

  it('ignores an inconsistency that is gone in the second read', async () => {
    const mlflow = fakeRegistry()
    const fake = fakeRelease(['7', '8'])
    const { readLive: live } = fake.release
    let looks = 0
    fake.release.readLive = async () => {
      looks += 1
      // Another job promotes meanwhile.
      if (looks === 2) mlflow.aliases.set('champion', '8')
      return live()
    }
    const { outputs } = await reconcile(fake, mlflow)
    // Only the version tags are left, which the other job has not written.
    expect(outputs.finding).toMatch(/^The version tags record that/)
  })

  it('ends as unknown, without an error, if no pod of the release can be watched', async () => {
    const fake = fakeRelease(['7'])
    fake.release.readLive = async () => {
      throw new UnwatchedWorkloadError('The chart of release digits has InferenceService fraud.')
    }
    const { outputs, failure } = await reconcile(fake, fakeRegistry(), { 'on-inconsistent': 'fail' })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      consistent: 'unknown',
      finding: 'The chart of release digits has InferenceService fraud.',
    })
  })

  it('is a user error if the model does not exist', async () => {
    await expect(reconcile(fakeRelease(['7']), fakeMlflow())).rejects.toThrow(/has no model "fraud"/)
  })
})
