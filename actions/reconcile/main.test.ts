import { describe, expect, it } from 'vitest'
import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { fakeMlflow } from '../../src/adapters/mlflow/fake.ts'
import { besideGitHub, registry } from '../../test/fakes/reconcile.ts'
import { releaseWith } from '../../test/fakes/release.ts'

const { github, reconcile } = besideGitHub()

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
    expect([...mlflow.writes, ...github().issues.writes]).toEqual([])
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
    expect(github().issues.issues).toEqual([])
  })

  it('is red where the user asks for it', async () => {
    const { failure } = await reconcile(releaseWith(['7', '8']), registry(), { 'on-inconsistent': 'fail' })
    expect(failure?.message).toMatch(/^Alias champion says version 7, .* serve 8\.$/)
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

  it('is an error of the user where there is no such model', async () => {
    await expect(reconcile(releaseWith(['7']), fakeMlflow())).rejects.toThrow(/has no model "fraud"/)
  })
})
