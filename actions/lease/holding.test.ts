import { describe, expect, test, vi } from 'vitest'
import { at, claim, foreign, held, minute, underway } from '../../test/fakes/holders.ts'
import { releaseWith } from '../../test/fakes/release.ts'
import { hurried } from '../../test/fakes/waiting.ts'
import { holding } from './holding.ts'
import { Held } from './taking.ts'

describe('the lease', () => {
  test('is ours while the work runs, names the job, and is given back', async () => {
    const { release } = releaseWith(['7'])
    const end = await holding(release, claim(), async () => release.lease.read())
    expect(end).toMatchObject({ action: 'helm-deploy', run: '77', attempt: '1', runner: 'r77' })
    expect(Date.parse(end?.until ?? '') - Date.parse(end?.since ?? '')).toBeGreaterThan(13 * minute)
    expect(await release.lease.read()).toBeUndefined()
  })

  test('is given back when the work fails, too', async () => {
    const { release } = releaseWith(['7'])
    const failing = holding(release, claim(), async () => {
      throw new Error('broken')
    })
    await expect(failing).rejects.toThrow('broken')
    expect(await release.lease.read()).toBeUndefined()
  })

  test('that cannot be given back costs the work nothing', async () => {
    const { release } = releaseWith(['7'])
    const { swap } = release.lease
    release.lease.swap = async (before, next) => {
      if (next) return swap(before, next)
      throw new Error('away')
    }
    const free = vi.fn()
    const asked = { ...claim(), free }
    expect(await holding(release, asked, async () => 'done')).toBe('done')
    expect(asked.said.join()).toMatch(/could not be given back.*away/)
    // So it is still the post step's to give back.
    expect(free).not.toHaveBeenCalled()
  })

  test('is told to be free once it was given back, and where it never was ours', async () => {
    const { release } = releaseWith(['7'])
    const told: string[] = []
    const free = () => void told.push('free')
    await holding(release, { ...claim(), free }, async () => void told.push('done'))
    const taken = await held(releaseWith(['7']), foreign())
    await expect(
      holding(taken.release, { ...claim(), patience: 0, free }, async () => void told.push('never')),
    ).rejects.toThrow(Held)
    taken.release.lease.read = async () => {
      throw new Error('away')
    }
    // Whether it is there now, nobody knows.
    await expect(holding(taken.release, { ...claim(), free }, async () => 'never')).rejects.toThrow('away')
    expect(told).toEqual(['done', 'free', 'free'])
  })

  test('stays where the work leaves it, with what it had begun', async () => {
    const { release } = releaseWith(['7'])
    await holding(release, claim(), async (ours) => {
      await ours.underway(underway)
      ours.leave()
    })
    expect((await release.lease.read())?.underway).toEqual(underway)
  })

  test('lasts for all that may come, whenever something is begun', async () => {
    const { release } = releaseWith(['7'])
    const asked = claim()
    const { now, pause } = asked.waiting
    const left = async () => Date.parse((await release.lease.read())?.until ?? '') - now()
    await holding(release, asked, async (ours) => {
      await pause(10 * minute, asked.context.cancelled)
      await ours.underway(underway)
      expect(await left()).toBeGreaterThanOrEqual(14 * minute)
      await ours.underway(underway, 5 * minute)
      expect(await left()).toBeGreaterThanOrEqual(19 * minute)
    })
  })

  test('belongs to one of two at once; the other waits', async () => {
    const { release } = releaseWith(['7'])
    const order: string[] = []
    const work = (name: string) =>
      holding(release, claim(), async () => {
        order.push(`${name} begins`)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`${name} ends`)
      })
    // Both have the name of one job: that this process holds it is what counts.
    await Promise.all([work('one'), work('two')])
    expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
  })
})

describe('a holder that is alive', () => {
  test.each([undefined, [{ status: 'in_progress', runner: 'r70' }]])(
    'is waited for, then named; nothing is touched (GitHub: %j)',
    async (said) => {
      const fake = await held(releaseWith(['7']), foreign({ underway }))
      const refused = holding(fake.release, claim(said), async () => 'never')
      await expect(refused).rejects.toThrow(Held)
      await expect(refused).rejects.toThrow(/actions\/runs\/70.*waited for 180 s/)
      expect(await fake.release.lease.read()).toMatchObject({ id: 'theirs' })
      expect(fake.calls).toEqual([])
    },
  )

  test('is followed as soon as it has ended', async () => {
    const fake = await held(releaseWith(['7']), foreign())
    const asked = claim([{ status: 'in_progress', runner: 'r70' }])
    const { pause } = hurried()
    const pauses: number[] = []
    const waiting = {
      ...hurried(async () => [{ status: 'in_progress', runner: 'r70' }]),
      pause: async (milliseconds: number, cancelled: AbortSignal) => {
        pauses.push(milliseconds)
        if (pauses.length === 3) await fake.release.lease.swap(foreign(), undefined)
        await pause(milliseconds, cancelled)
      },
    }
    expect(await holding(fake.release, { ...asked, waiting }, async () => 'done')).toBe('done')
    expect(pauses).toHaveLength(3)
  })

  test('is waited for longer than it takes to come up, to fail and to go back', async () => {
    const fake = await held(releaseWith(['7']), foreign())
    const asked = claim([{ status: 'in_progress', runner: 'r70' }])
    const { waiting } = asked
    const began = waiting.now()
    const pause = async (milliseconds: number, cancelled: AbortSignal) => {
      await waiting.pause(milliseconds, cancelled)
      if (waiting.now() - began > 2 * minute) await fake.release.lease.swap(foreign(), undefined)
    }
    const patient = { ...asked, waiting: { ...waiting, pause } }
    expect(await holding(fake.release, patient, async ({ patience }) => patience)).toBeLessThan(minute)
  })

  test('may have its time run out while it is waited for', async () => {
    const fake = await held(releaseWith(['7']), foreign({ until: at(minute / 2) }))
    expect(await holding(fake.release, claim(), async () => 'done')).toBe('done')
  })

  test('is not waited for by a job that was cancelled', async () => {
    const fake = await held(releaseWith(['7']), foreign())
    await expect(holding(fake.release, claim(undefined, AbortSignal.abort()), async () => 1)).rejects.toThrow(
      'cancelled',
    )
  })
})

test('who was taken for dead touches nothing more', async () => {
  const { release } = releaseWith(['7'])
  const work = holding(release, claim(), async (ours) => {
    await release.lease.swap(await release.lease.read(), foreign())
    await ours.underway(underway)
  })
  await expect(work).rejects.toThrow(/taken over by helm-deploy of .*runs\/70/)
  expect(await release.lease.read()).toEqual(expect.objectContaining({ id: 'theirs' }))
})
