import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import { deploy, judged, registry } from '../../test/fakes/helm-deploy.ts'
import { releaseWith } from '../../test/fakes/release.ts'

describe('a version that a rollout once failed of', () => {
  const failedOnce = { ...judged, [ledger.suspect]: 'Timeout', [ledger.deployFailed]: 'yesterday: Timeout' }

  test.each([
    ['deployed', ['7']],
    ['unchanged', ['8']],
  ])('is no suspect any more once it is %s', async (ended, served) => {
    const mlflow = registry(failedOnce)
    const { outcome } = await deploy(releaseWith(served), {}, mlflow)
    expect(outcome.outputs.outcome).toBe(ended)
    expect(mlflow.all[1]?.tags).toEqual(judged)
  })

  test('keeps its tags where it fails again', async () => {
    const mlflow = registry(failedOnce)
    await deploy(releaseWith(['7'], ['8']), {}, mlflow)
    expect(mlflow.all[1]?.tags[ledger.deployFailed]).toContain('CrashLoopBackOff')
  })

  test('costs the deployment nothing where they cannot be removed', async () => {
    const mlflow = registry(failedOnce)
    mlflow.deleteVersionTag = async () => {
      throw new Error('read-only')
    }
    const { outcome } = await deploy(releaseWith(['7']), {}, mlflow)
    expect(outcome.outputs.outcome).toBe('deployed')
    expect(outcome.summary).toContain('is still there')
  })
})

test('judged against a champion that another has replaced: refused', async () => {
  const mlflow = registry({ ...judged, [ledger.championVersion]: '6' })
  const { outcome } = await deploy(releaseWith(['7']), {}, mlflow)
  expect(outcome.outputs.outcome).toBe('refused')
  expect(outcome.failure?.message).toContain('judged against version 6, but version 7 is the champion now')
})

test('what it may take is announced before anything else, and in the summary', async () => {
  const { outcome, context } = await deploy(releaseWith(['7']), { timeout: '10m' })
  expect(context.said[0]).toMatch(
    /^digits: this takes at most 63 min: 30 min to wait for another job, 11 min to put right what .*, 10 min/,
  )
  expect(outcome.summary).toContain('at most 63 min')
})

describe('the lease', () => {
  test('names what is begun before Helm is, and our revision afterwards; then it is given back', async () => {
    const fake = releaseWith(['7'])
    const { release } = fake
    const { upgrade, watch } = release
    const seen: unknown[] = []
    release.upgrade = async (order) => {
      seen.push((await release.lease.read())?.underway)
      return upgrade(order)
    }
    release.watch = async (...given) => {
      await new Promise((resolve) => setImmediate(resolve))
      seen.push((await release.lease.read())?.underway)
      return watch(...given)
    }
    await deploy(fake)
    expect(seen).toMatchObject([{ before: 1, version: '8', keep: false }, { own: 2 }])
    expect(await release.lease.read()).toBeUndefined()
  })

  test('that another has taken over meanwhile: nothing is taken back, nobody is blamed', async () => {
    const fake = releaseWith(['7'], ['8'])
    const { watch } = fake.release
    fake.release.watch = async (...given) => {
      const lease = await fake.release.lease.read()
      if (lease) await fake.release.lease.swap(lease, { ...lease, id: 'theirs' })
      return watch(...given)
    }
    const { outcome, mlflow } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Overtaken' })
    expect(fake.calls.join()).not.toContain('rollback')
    expect(mlflow?.writes).toEqual([])
    expect((await fake.release.lease.read())?.id).toBe('theirs')
  })

  test('of a job that died is inherited: its rollout is taken back, then ours begins', async () => {
    const fake = releaseWith(['7'])
    await deploy(fake, { 'model-version': '7', 'require-verdict': 'false' })
    fake.deployElsewhere('9')
    const underway = { release: 'digits', namespace: 'ml', before: 1, first: false, version: '9' }
    const theirs = { repository: 'shop/digits', run: '77', attempt: '0', runner: 'gone' }
    const since = new Date().toISOString()
    const lease = { id: 'x', action: 'helm-deploy', ...theirs, url: '', since, until: since, underway }
    await fake.release.lease.swap(undefined, lease)
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '8' })
    expect(fake.calls.join()).toMatch(/rollback 1,watch 7,mark 3,upgrade/)
    expect(outcome.summary).toMatch(/earlier attempt of this run.*went back to revision 1/)
  })

  test('of a dead job, half put right when Helm no longer answers: not refused, since something was touched', async () => {
    const fake = releaseWith(['7', '8'])
    const mark = { model: 'fraud', version: '7', digest: '', run: '', provenAt: '' }
    fake.marks.set(1, { ...mark, revision: 1, updated: 't1' })
    const underway = { release: 'digits', namespace: 'ml', before: 1, first: false, version: '8', own: 2 }
    const job = { repository: 'shop/digits', run: '77', attempt: '0', runner: 'r1' }
    const lease = { id: 'dead', action: 'helm-deploy', ...job, url: '', since: '', until: '', underway }
    await fake.release.lease.swap(undefined, lease)
    const { watch } = fake.release
    fake.release.watch = async () => {
      throw new Fault({ system: 'Kubernetes', call: 'kubectl get', said: 'refused', next: 'Look.' })
    }
    const { outcome } = await deploy(fake)
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'failure-reason': 'Unreadable' })
    expect(outcome.failure?.message).toMatch(/putting right what another had begun failed: Kubernetes/)
    expect((await fake.release.lease.read())?.underway).toEqual(underway)
    fake.release.watch = watch
    expect((await deploy(fake)).outcome.outputs.outcome).toBe('deployed')
  })
})
