import { describe, expect, test } from 'vitest'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { claim, foreign, held, over, underway } from '../../test/fakes/holders.ts'
import { releaseWith } from '../../test/fakes/release.ts'
import { finish } from './finishing.ts'
import { holding } from './holding.ts'
import { HalfRighted, putRight } from './putting-right.ts'

describe('what a dead holder had begun', () => {
  async function left() {
    const fake = releaseWith(['7'])
    fake.marks.set(1, { ...mark, revision: 1, updated: 't1' })
    fake.deployElsewhere('8')
    return held(fake, foreign({ underway }))
  }
  const mark = { model: 'fraud', version: '7', digest: '', run: '', provenAt: '' }

  test('is put right before the work, which is told', async () => {
    const fake = await left()
    const notes = await holding(fake.release, claim(over), async (ours) => {
      expect((await fake.release.lease.read())?.underway).toBeUndefined()
      return ours.notes
    })
    expect(notes).toEqual([
      expect.stringMatching(
        /runs\/70.*has ended, as GitHub says.*went back to revision 1: revision 2 was never/,
      ),
    ])
    expect(fake.calls).toEqual(['watch 8', 'evidence', 'rollback 1', 'watch 7', 'mark 3'])
  })

  test('is put right once only', async () => {
    const fake = await left()
    await holding(fake.release, claim(over), async () => undefined)
    fake.calls.length = 0
    expect(await holding(fake.release, claim(), async ({ inherited }) => inherited)).toBeUndefined()
    expect(fake.calls).toEqual([])
  })

  test('is not lost by who dies over it: the lease names it until it is settled', async () => {
    const fake = await left()
    const silent = new Fault({ system: 'Helm', call: 'helm rollback', said: 'EOF', next: 'Look.' })
    const { rollback } = fake.release
    fake.release.rollback = async () => {
      throw silent
    }
    const broken = holding(fake.release, claim(over), async () => 'never')
    // Who hears of it may not say that nothing was touched.
    await expect(broken).rejects.toThrow(HalfRighted)
    await expect(broken).rejects.toMatchObject({
      cause: silent,
      message: expect.stringMatching(
        /putting right .* failed: Helm: helm rollback failed: EOF.*run this again/,
      ),
    })
    expect((await fake.release.lease.read())?.underway).toEqual(underway)
    fake.release.rollback = rollback
    // The next step of the same job finds it.
    await holding(fake.release, claim(), async () => undefined)
    expect(fake.calls).toContain('rollback 1')
  })

  test('that needs a person does not lock everybody out: the work is told, and may be the cure', async () => {
    const fake = await left()
    fake.marks.clear()
    const end = await holding(fake.release, claim(over), async ({ inherited }) => inherited?.end)
    expect(end).toBeInstanceOf(UserError)
    expect(String(end)).toMatch(/needs a person now.*helm rollback digits REVISION/)
    expect(await fake.release.lease.read()).toBeUndefined()
  })
})

test('a post step puts its own rollout right also where a dead holder had only something to tell', async () => {
  const fake = releaseWith(['7', '8'])
  const [good] = fake.revisions
  const mark = { model: 'fraud', version: '7', digest: '', run: '', provenAt: '' }
  fake.marks.set(1, { ...mark, revision: 1, updated: good?.updated ?? '' })
  await held(fake, foreign({ untold: [{ ...underway, version: '6' }] }))
  await finish(fake.release, claim(over), { ...underway, own: 2 })
  expect(fake.calls).toContain('rollback 1')
})

test('what was never seen good gets no mark on the way back by that of an earlier release of this name', async () => {
  const fake = releaseWith(['7', '8'])
  Object.assign(fake.revisions[0] ?? {}, { status: 'deployed' })
  Object.assign(fake.revisions[1] ?? {}, { status: 'pending-upgrade' })
  const stale = { model: 'fraud', version: '3', digest: '', run: '', provenAt: '' }
  fake.marks.set(1, { ...stale, revision: 1, updated: 'long ago' })
  await putRight(fake.release, { ...underway, own: 2 }, claim())
  expect(fake.calls).toContain('rollback 1')
  expect(fake.marks.has(3)).toBe(false)
})
