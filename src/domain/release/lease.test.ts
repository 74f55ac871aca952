import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeHolder, formatHolderIdentity, formatMicroTime, isExpired, parseHolderJob } from './lease.ts'

const renewedAt = Date.parse('2026-01-01T12:00:00.000Z')
const holder = {
  action: 'helm-deploy',
  url: 'https://github.com/shop/digits/actions/runs/70',
  attempt: '2',
  runner: 'GitHub Actions 3',
  id: '8f14e45f-ceea',
}
const lease = {
  holderIdentity: formatHolderIdentity(holder),
  acquireTime: '2026-01-01T11:59:00.000000Z',
  renewTime: formatMicroTime(renewedAt),
  leaseDurationSeconds: 60,
  leaseTransitions: 0,
}

describe('a lease', () => {
  test.each([
    ['it has no holder', { ...lease, holderIdentity: '' }, 0, 0],
    ['it was not renewed for its duration', lease, 60_001, 0],
    [
      'this process saw it unchanged for as long, whatever the clock of the holder',
      lease,
      -3_600_000,
      60_000,
    ],
  ])('is expired where %s', (_title, found, laterMs, unchangedMs) => {
    expect(isExpired(found, renewedAt + laterMs, unchangedMs)).toBe(true)
  })

  test('is live until then', () => {
    expect(isExpired(lease, renewedAt + 60_000, 59_999)).toBe(false)
  })

  test('of a holder that renews every 15 s never expires for clocks that differ by at most 40 s', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -40_000, max: 40_000 }),
        fc.integer({ min: 0, max: 20_000 }),
        (skew, sinceRenewal) => !isExpired(lease, renewedAt + sinceRenewal + skew, sinceRenewal),
      ),
    )
  })

  test('of a killed holder expires for every contender after its duration at the latest', () => {
    fc.assert(fc.property(fc.integer(), (skew) => isExpired(lease, renewedAt + 60_000 + skew, 60_000)))
  })
})

test('a holder is named by its action, its run, its runner and an id', () => {
  expect(lease.holderIdentity).toBe(
    'helm-deploy of https://github.com/shop/digits/actions/runs/70 (attempt 2, GitHub Actions 3, 8f14e45f-ceea)',
  )
  expect(describeHolder(lease)).toBe(
    'helm-deploy of https://github.com/shop/digits/actions/runs/70 (attempt 2, GitHub Actions 3), since 2026-01-01T11:59:00Z',
  )
  const outside = formatHolderIdentity({ ...holder, url: '', runner: 'laptop' })
  expect(outside).toBe('helm-deploy of a process on laptop (8f14e45f-ceea)')
})

test('the job of a holder is known by its identity', () => {
  expect(parseHolderJob(lease.holderIdentity)).toEqual({
    repository: 'shop/digits',
    run: '70',
    attempt: '2',
  })
  const elsewhere = { ...holder, url: 'https://ghe.example.com:8443/shop/digits/actions/runs/70' }
  expect(parseHolderJob(formatHolderIdentity(elsewhere))).toMatchObject({ repository: 'shop/digits' })
  for (const identity of ['', 'unknown', formatHolderIdentity({ ...holder, url: '' })])
    expect(parseHolderJob(identity)).toBeUndefined()
})

test('times have microseconds, as client-go requires', () => {
  expect(lease.renewTime).toBe('2026-01-01T12:00:00.000000Z')
  expect(Date.parse(lease.renewTime)).toBe(renewedAt)
})
