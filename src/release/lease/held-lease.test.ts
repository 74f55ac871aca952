import { describe, expect, test } from 'vitest'
import { foreignLease, leaseRequest, operation } from '../../../test/fakes/leases.ts'
import { fakeMlflow, fakeVersion } from '../../../test/fakes/mlflow.ts'
import { fakeRelease } from '../../../test/fakes/release.ts'
import { LeaseLostError } from '../../domain/release/lease.ts'
import { type LeaseSession, withLease } from '../with-lease.ts'

const second = 1000

/** Work under a lease whose clock the test moves. */
function underLease<T>(
  work: (
    session: LeaseSession,
    given: { fake: ReturnType<typeof fakeRelease> } & ReturnType<typeof leaseRequest>,
  ) => Promise<T>,
) {
  const fake = fakeRelease(['7'])
  const request = leaseRequest()
  return {
    fake,
    request,
    end: withLease(fake.release, request, (session) => work(session, { fake, ...request })),
  }
}

describe('a held lease', () => {
  test('is renewed every 15 s or so, with what is recorded in it', async () => {
    const renewals: number[] = []
    const { end } = underLease(async (session, { fake, context, leaseEnvironment }) => {
      await session.recordOperation(operation)
      const started = leaseEnvironment.now()
      let last = ''
      for (let tick = 0; tick < 120; tick += 1) {
        await leaseEnvironment.advance(second)
        const lease = fake.release.lease.current()
        if (lease && lease.renewTime !== last) renewals.push(Date.parse(lease.renewTime) - started)
        last = lease?.renewTime ?? ''
        expect(lease?.operation).toEqual(operation)
      }
      expect(context.cancelled.aborted).toBe(false)
    })
    await end
    const gaps = renewals.slice(1).map((at, index) => at - (renewals[index] ?? 0))
    expect(gaps.length).toBeGreaterThanOrEqual(7)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(17 * second)
  })

  test('is not renewed after it was released', async () => {
    const { fake, request, end } = underLease(async () => undefined)
    await end
    const released = fake.release.lease.current()
    await request.leaseEnvironment.advance(120 * second)
    expect(fake.release.lease.current()).toEqual(released)
  })

  test('outlasts an API server that does not answer for 40 s, and says so once', async () => {
    const { request, end } = underLease(async (session, { fake, context, leaseEnvironment }) => {
      const { write } = fake.release.lease
      fake.release.lease.write = async () => {
        throw new Error('EOF')
      }
      await leaseEnvironment.advance(40 * second)
      fake.release.lease.write = write
      await leaseEnvironment.advance(2 * second)
      await session.recordOperation(undefined)
      return context.cancelled.aborted
    })
    expect(await end).toBe(false)
    expect(request.messages.filter((line) => line.includes('could not be renewed'))).toHaveLength(1)
  })

  test('survives a label that a person changed', async () => {
    const { end } = underLease(async (session, { fake, context, leaseEnvironment }) => {
      const lease = fake.release.lease.current()
      fake.release.lease.set(lease)
      await leaseEnvironment.advance(30 * second)
      await session.recordOperation(operation)
      return context.cancelled.aborted
    })
    expect(await end).toBe(false)
  })
})

type Loss = (
  given: { fake: ReturnType<typeof fakeRelease> } & ReturnType<typeof leaseRequest>,
) => Promise<void>
const losses: [string, RegExp, Loss][] = [
  [
    'a SIGSTOP of 90 s',
    /could not be renewed for 1 min 30 s/,
    async ({ leaseEnvironment }) => leaseEnvironment.stopFor(90 * second),
  ],
  [
    'an API server that does not answer for 50 s',
    /could not be renewed for 4[5-9] s/,
    async ({ fake, leaseEnvironment }) => {
      fake.release.lease.write = async () => {
        throw new Error('EOF')
      }
      await leaseEnvironment.advance(50 * second)
    },
  ],
  [
    'another holder, found at the next renewal',
    /it is held by helm-deploy of .*runs\/70/,
    async ({ fake, leaseEnvironment }) => {
      fake.release.lease.set(foreignLease())
      await leaseEnvironment.advance(20 * second)
    },
  ],
  [
    'another holder whose clock runs ahead, after a SIGSTOP of 25 s',
    /it is held by helm-deploy of .*runs\/70/,
    async ({ fake, leaseEnvironment }) => {
      fake.release.lease.set(foreignLease())
      leaseEnvironment.stopFor(25 * second)
    },
  ],
  [
    'another holder that has ended',
    /Lost the lease .*: another process released it\./,
    async ({ fake, leaseEnvironment }) => {
      fake.release.lease.set({ ...foreignLease(), holderIdentity: '' })
      await leaseEnvironment.advance(20 * second)
    },
  ],
  [
    'a person who deletes the object',
    /it was deleted/,
    async ({ fake, leaseEnvironment }) => {
      fake.release.lease.set(undefined)
      await leaseEnvironment.advance(20 * second)
    },
  ],
]

describe.each(losses)('a lease that is lost by %s', (_title, cause, lose) => {
  test.each<[string, (session: LeaseSession, mlflow: ReturnType<typeof fakeMlflow>) => Promise<unknown>]>([
    ['rollback', ({ release }) => release.rollback(1, second)],
    ['uninstall', ({ release }) => release.uninstall(second)],
    [
      'verified revision',
      ({ release }) =>
        release.recordVerifiedRevision(
          { revision: 1, updated: 't1', model: 'fraud', version: '7', digest: '', run: '', verifiedAt: '' },
          [],
        ),
    ],
    ['alias', (session, mlflow) => session.guard(mlflow).setAlias('fraud', 'champion', '8')],
    ['tag', (session, mlflow) => session.guard(mlflow).setVersionTags('fraud', '8', { a: 'b' })],
    ['operation', (session) => session.recordOperation(operation)],
    ['pending tag', (session) => session.enqueue({ model: 'fraud', version: '8', tags: {}, failedAt: '' })],
  ])('allows no further write: %s', async (_what, write) => {
    const mlflow = fakeMlflow({ versions: [fakeVersion('7'), fakeVersion('8')] })
    const { fake, request, end } = underLease(async (session, given) => {
      await lose(given)
      const before = structuredClone(given.fake.release.lease.current())
      await expect(write(session, mlflow)).rejects.toThrow(LeaseLostError)
      expect(given.fake.release.lease.current()).toEqual(before)
      expect(given.context.cancelled.aborted).toBe(true)
      return 'what the work makes of it does not count'
    })
    await expect(end).rejects.toThrow(LeaseLostError)
    await expect(end).rejects.toThrow(cause)
    // Running helm, kubectl and MLflow calls end.
    expect(request.context.cancelled.reason).toBeInstanceOf(LeaseLostError)
    expect([...fake.calls, ...mlflow.writes]).toEqual([])
    expect(await fake.release.outbox.read()).toEqual([])
  })
})
