import { describe, expect, test } from 'vitest'
import { fakeContext } from '../../test/fakes/context.ts'
import {
  expiredLease,
  foreignLease,
  holderIdentity,
  leaseRequest,
  minute,
  operation,
  readUnreleasedLease,
  setLease,
} from '../../test/fakes/leases.ts'
import { fakeRelease } from '../../test/fakes/release.ts'
import { formatMicroTime } from '../domain/release/lease.ts'
import { LeaseHeldError } from './lease/acquire.ts'
import { withLease } from './with-lease.ts'

describe('the lease', () => {
  test('is held while the work runs, names the job, and is released', async () => {
    const { release } = fakeRelease(['7'])
    const request = leaseRequest()
    const held = await withLease(release, request, async () => release.lease.read())
    expect(held?.holderIdentity).toMatch(/^helm-deploy of https.*runs\/77 \(attempt 1, r77, [\w-]{36}\)$/)
    expect(held).toMatchObject({ leaseDurationSeconds: 60, leaseTransitions: 0 })
    expect(held?.acquireTime).toBe(formatMicroTime(request.leaseEnvironment.now()))
    expect(await release.lease.read()).toMatchObject({ holderIdentity: '' })
  })

  test('counts its holders', async () => {
    const { release } = fakeRelease(['7'])
    for (const transitions of [0, 1, 2])
      await withLease(release, leaseRequest(), async () => {
        expect((await release.lease.read())?.leaseTransitions).toBe(transitions)
      })
  })

  test('is released when the work fails, too', async () => {
    const { release } = fakeRelease(['7'])
    const failing = withLease(release, leaseRequest(), async () => {
      throw new Error('broken')
    })
    await expect(failing).rejects.toThrow('broken')
    expect(await readUnreleasedLease(release)).toBeUndefined()
  })

  test('that cannot be released costs the work nothing: it expires', async () => {
    const { release } = fakeRelease(['7'])
    const { write } = release.lease
    release.lease.write = async (lease) => {
      if (lease.holderIdentity !== '') return write(lease)
      throw new Error('away')
    }
    const request = leaseRequest()
    expect(await withLease(release, request, async () => 'done')).toBe('done')
    expect(request.messages.join()).toMatch(/could not be released.*away/)
    // So the post step releases it.
    expect(request.context.state.lease).toBe(request.holderIdentity)
  })

  test('is known to the post step by its holder until it is released, or was never acquired', async () => {
    const { release } = fakeRelease(['7'])
    const one = leaseRequest()
    await withLease(release, one, async () => expect(one.context.state.lease).toBe(one.holderIdentity))
    expect(one.context.state.lease).toBe('')
    const taken = setLease(fakeRelease(['7']), foreignLease())
    const other = leaseRequest({ waitTimeout: 0 })
    await expect(withLease(taken.release, other, async () => 'never')).rejects.toThrow(LeaseHeldError)
    expect(other.context.state.lease).toBe('')
    taken.release.lease.read = async () => {
      throw new Error('away')
    }
    await expect(withLease(taken.release, other, async () => 'never')).rejects.toThrow('away')
    // It may have been acquired.
    expect(other.context.state.lease).toBe(other.holderIdentity)
  })

  test.each<[string, boolean]>([
    ['is abandoned', true],
    ['fails', false],
  ])('keeps the operation where the work %s, and is free at once', async (_title, isAbandoned) => {
    const { release } = fakeRelease(['7'])
    const request = leaseRequest()
    const work = withLease(release, request, async (session) => {
      await session.recordOperation(operation)
      if (!isAbandoned) throw new Error('broken')
      session.abandon()
    })
    await (isAbandoned ? work : expect(work).rejects.toThrow('broken'))
    expect(await release.lease.read()).toMatchObject({ holderIdentity: '', operation })
    expect(request.context.state.lease).toBe(request.holderIdentity)
  })

  test('belongs to one of two at once; the other waits', async () => {
    const { release } = fakeRelease(['7'])
    const order: string[] = []
    const work = (name: string) =>
      withLease(release, leaseRequest(), async () => {
        order.push(`${name} begins`)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`${name} ends`)
      })
    await Promise.all([work('one'), work('two')])
    expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
  })
})

describe('a live holder', () => {
  /** Renews as long as it says, like the process of another job. */
  function renewing(
    fake: ReturnType<typeof fakeRelease>,
    request: ReturnType<typeof leaseRequest>,
    untilMs: number,
  ) {
    const { now, repeat } = request.leaseEnvironment
    const started = now()
    repeat(15_000, () => {
      const lease = fake.release.lease.current()
      if (!lease || lease.holderIdentity !== holderIdentity()) return
      const isOver = now() - started >= untilMs
      fake.release.lease.set({
        ...lease,
        renewTime: formatMicroTime(now()),
        ...(isOver && { holderIdentity: '', operation: undefined }),
      })
    })
  }

  test('is waited for, then named; nothing is changed', async () => {
    const fake = setLease(fakeRelease(['7']), foreignLease({ operation }))
    const request = leaseRequest()
    renewing(fake, request, 60 * minute)
    const refused = withLease(fake.release, request, async () => 'never')
    await expect(refused).rejects.toThrow(LeaseHeldError)
    await expect(refused).rejects.toThrow(
      /locked by helm-deploy of .*actions\/runs\/70.*after 3 min; nothing was changed/,
    )
    expect(fake.release.lease.current()).toMatchObject({ holderIdentity: holderIdentity(), operation })
    expect(fake.calls).toEqual([])
  })

  test('is followed as soon as it has released the lease', async () => {
    const fake = setLease(fakeRelease(['7']), foreignLease())
    const request = leaseRequest()
    const started = request.leaseEnvironment.now()
    renewing(fake, request, 2 * minute)
    expect(await withLease(fake.release, request, async () => request.leaseEnvironment.now() - started)).toBe(
      2 * minute,
    )
  })

  test('is not waited for by a job that was cancelled', async () => {
    const fake = setLease(fakeRelease(['7']), foreignLease())
    await expect(
      withLease(fake.release, leaseRequest({}, AbortSignal.abort()), async () => 1),
    ).rejects.toThrow('cancelled')
  })
})

describe('an expired holder', () => {
  test('that stopped renewing is followed at most 62 s after its last renewal', async () => {
    const fake = setLease(fakeRelease(['7']), foreignLease())
    const request = leaseRequest()
    const { now } = request.leaseEnvironment
    const renewed = Date.parse(fake.release.lease.current()?.renewTime ?? '')
    const acquired = await withLease(fake.release, request, async () => now())
    expect(acquired - renewed).toBeGreaterThanOrEqual(minute)
    expect(acquired - renewed).toBeLessThanOrEqual(62_000 + 1000)
  })

  test('whose clock ran ahead is followed once its lease is unchanged for 60 s', async () => {
    const ahead = foreignLease({ renewTime: formatMicroTime(Date.now() + 60 * minute) })
    const fake = setLease(fakeRelease(['7']), ahead)
    const request = leaseRequest()
    const started = request.leaseEnvironment.now()
    await withLease(fake.release, request, async () => undefined)
    expect(request.leaseEnvironment.now() - started).toBe(minute)
  })

  test('that died before is followed at once', async () => {
    const fake = setLease(fakeRelease(['7']), expiredLease())
    expect(await withLease(fake.release, leaseRequest({ waitTimeout: 0 }), async () => 'done')).toBe('done')
  })

  test('that was the main step of the same action is followed by its post step at once', async () => {
    const fake = setLease(fakeRelease(['7']), foreignLease())
    const request = leaseRequest({ waitTimeout: 0, endedHolder: holderIdentity() })
    expect(await withLease(fake.release, request, async () => 'done')).toBe('done')
    expect(fakeContext().messages).toEqual([])
  })
})
