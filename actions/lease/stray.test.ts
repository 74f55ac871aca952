import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/domain/failure.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { releaseWith } from '../../test/fakes/release.ts'
import { hurried } from '../../test/fakes/waiting.ts'
import type { Claim, Waiting } from './claim.ts'
import { holding } from './holding.ts'
import { HalfRighted } from './putting-right.ts'
import { freed } from './stray.ts'
import { Held } from './taking.ts'

const minute = 60_000

/** A release whose revision 2 somebody's helm has begun so many milliseconds ago. */
function pending(age: number, marked = true) {
  const fake = releaseWith(['7', '8'])
  const [good, begun] = fake.revisions
  Object.assign(good ?? {}, { status: 'deployed' })
  Object.assign(begun ?? {}, {
    status: 'pending-upgrade',
    updated: new Date(Date.now() - age).toISOString(),
  })
  const mark = { model: 'fraud', version: '7', digest: '', run: '', provenAt: '' }
  if (marked) fake.marks.set(1, { ...mark, revision: 1, updated: 't1' })
  return fake
}

/** What holds a release for a minute of work, whose rollouts take five. */
function claim(changes: Partial<Claim> = {}): Claim & { waiting: Waiting } {
  const times = { timeout: 5 * minute, budget: minute }
  const waiting = hurried()
  return { action: 'promote', context: quietContext(), githubToken: 't', ...times, ...changes, waiting }
}

const free = ({ release }: ReturnType<typeof pending>, asked: ReturnType<typeof claim>) =>
  holding(release, asked, async (held) =>
    freed(release, 'ml', { claim: asked, held }, await release.history()),
  )

describe('a helm that no lease speaks of', () => {
  test.each([
    ['a rollback', { budget: 7 * minute }],
    ['a deployment that tries a pod out', { budget: 17 * minute }],
    ['a post step, which has little time', { budget: 5 * minute, patience: 0, wayBack: 3 * minute }],
  ])('is as long taken for alive by %s as by anybody', async (_title, budget) => {
    const young = pending(11.5 * minute)
    await expect(free(young, claim({ ...budget, patience: 0 }))).rejects.toThrow(Held)
    expect(young.calls).toEqual([])
    expect(await free(pending(12.5 * minute), claim(budget))).toMatch(/longer than any deployment may take/)
  })

  test('is waited for until it must be dead, and the lease lasts for that and what comes after it', async () => {
    const fake = pending(minute)
    const asked = claim()
    const { now, pause } = asked.waiting
    const left: number[] = []
    asked.waiting.pause = async (milliseconds, cancelled) => {
      left.push(Date.parse((await fake.release.lease.read())?.until ?? '') - now())
      await pause(milliseconds, cancelled)
    }
    const { rollback } = fake.release
    fake.release.rollback = async (revision) => {
      left.push(Date.parse((await fake.release.lease.read())?.until ?? '') - now())
      await rollback(revision)
    }
    expect(await free(fake, asked)).toMatch(/went back to revision 1/)
    expect(left.length).toBeGreaterThan(100)
    expect(Math.min(...left)).toBeGreaterThanOrEqual(7 * minute)
  })

  test('is waited for no longer than is announced, whatever was waited for before', async () => {
    const asked = claim()
    const began = asked.waiting.now()
    const refused = holding(pending(0).release, asked, (held) =>
      freed(
        pending(0).release,
        'ml',
        { claim: asked, held: { ...held, patience: minute } },
        pending(0).revisions,
      ),
    )
    await expect(refused).rejects.toThrow(/revision 2 is pending-upgrade.*nothing was touched/)
    expect(asked.waiting.now() - began).toBe(minute)
  })

  test('that is half put right is named by the lease, for whoever comes next', async () => {
    const fake = pending(60 * minute)
    const { rollback } = fake.release
    fake.release.rollback = async () => {
      throw new Fault({ system: 'Helm', call: 'helm rollback', said: 'EOF', next: 'Look.' })
    }
    await expect(free(fake, claim())).rejects.toThrow(HalfRighted)
    expect((await fake.release.lease.read())?.underway).toMatchObject({ before: 1, own: 2 })
    fake.release.rollback = rollback
    expect(await free(fake, claim())).toBeUndefined()
    expect(fake.calls.slice(-3)).toEqual(['rollback 1', 'watch 7', 'mark 3'])
  })
})
