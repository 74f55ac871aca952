import { describe, expect, it } from 'vitest'
import type { Lease } from '../../src/domain/lease.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { promote, registry } from '../../test/fakes/promote.ts'
import { releaseWith } from '../../test/fakes/release.ts'
import { type FakeServing, live, serving } from '../../test/fakes/serving.ts'

const context = quietContext({ env: { RUNNER_NAME: 'runner-1' } })
const leaseOf = (changes: Partial<Lease>): Lease => ({
  id: 'theirs',
  action: 'helm-deploy',
  repository: 'shop/digits',
  run: '78',
  attempt: '1',
  runner: 'runner-2',
  url: 'https://github.com/shop/digits/actions/runs/78',
  since: new Date().toISOString(),
  until: new Date(Date.now() + 600_000).toISOString(),
  ...changes,
})

/** Tells what is done while the lease is held, in order. */
function watched(fake: FakeServing, mlflow = registry()) {
  const seen: string[] = []
  const { swap } = fake.release.lease
  fake.release.lease.swap = async (before, next) => {
    seen.push(next ? `taken by ${next.action}` : 'given back')
    return swap(before, next)
  }
  const { live: look } = fake.release
  fake.release.live = async () => {
    seen.push('looked')
    return look()
  }
  mlflow.beforeWrite = (write) => seen.push(write.split(' ').slice(0, 2).join(' '))
  return { seen, mlflow, fake }
}

describe('promote under the lease of its release', () => {
  it('looks and writes while nobody else may touch the release, then gives it back', async () => {
    const { seen, mlflow, fake } = watched(serving(live('2')))
    await promote(mlflow, {}, undefined, context, fake)
    expect(seen).toEqual([
      'taken by promote',
      'looked',
      'setVersionTags 2',
      'setAlias previous',
      'setAlias champion',
      'given back',
    ])
    expect(fake.calls).toEqual(['close'])
  })

  it.each([
    ['refuses', live('1'), {}],
    ['cannot say what to promote', undefined, { 'model-version': '', adopt: 'true' }],
  ])('gives it back where it %s', async (_, what, given) => {
    const { seen, mlflow, fake } = watched(serving(what))
    await expect(promote(mlflow, given as Record<string, string>, undefined, context, fake)).rejects.toThrow()
    expect(seen).toEqual(['taken by promote', 'looked', 'given back'])
    expect(fake.calls).toEqual(['close'])
  })

  it('writes nothing while another job is at work on the release, and names it', async () => {
    const { seen, mlflow, fake } = watched(serving(live('2')))
    await fake.release.lease.swap(undefined, leaseOf({}))
    const waiting = promote(mlflow, { timeout: '1m' }, undefined, context, fake)
    await expect(waiting).rejects.toThrow(/is held by helm-deploy of https:.*\/78 .*nothing was touched/)
    expect(seen).toEqual(['taken by helm-deploy'])
    expect((await fake.release.lease.read())?.id).toBe('theirs')
  })

  it('first puts right what a dead deployment had begun, so that what it promotes is what stays', async () => {
    const fake = releaseWith(['1', '2'], ['2'])
    const at = { revision: 1, updated: 't1', model: 'fraud', version: '1', digest: '', run: '', provenAt: '' }
    fake.marks.set(1, at)
    const underway = { release: 'digits', namespace: 'ml', before: 1, first: false, version: '2', own: 2 }
    const dead = leaseOf({ run: '77', runner: 'runner-1', underway })
    await fake.release.lease.swap(undefined, dead)
    const { seen, mlflow } = watched(fake)
    mlflow.aliases.set('champion', '3')
    const { outputs } = await promote(mlflow, { 'model-version': '1' }, undefined, context, fake)
    expect(outputs).toMatchObject({ 'champion-version': '1', changed: 'true' })
    expect(fake.calls).toContain('rollback 1')
    expect(seen.at(-1)).toBe('given back')
  })

  it('holds nothing where there is no release to hold', async () => {
    const { seen, mlflow, fake } = watched(serving(undefined))
    await promote(mlflow, { proof: 'none', release: '' }, undefined, context, fake)
    expect(seen.filter((each) => !each.startsWith('set'))).toEqual([])
    expect(fake.calls).toEqual([])
  })
})
