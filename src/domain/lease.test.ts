import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holderOf, type Job, type JobSeen, judge, type Lease, MARGIN } from './lease.ts'

const us: Job = { repository: 'shop/digits', run: '77', attempt: '2', runner: 'r1' }
const other: Job = { repository: 'shop/digits', run: '70', attempt: '1', runner: 'r9' }
const since = Date.parse('2026-01-01T12:00:00.000Z')
const minute = 60_000
const lease = (job: Job, changes: Partial<Lease> = {}): Lease => ({
  id: 'a',
  action: 'helm-deploy',
  ...job,
  url: 'https://github.com/shop/digits/actions/runs/70',
  since: new Date(since).toISOString(),
  until: new Date(since + 11 * minute).toISOString(),
  ...changes,
})
const jobs = (...seen: [status: string, runner?: string][]): JobSeen[] =>
  seen.map(([status, runner]) => ({ status, runner }))

describe('a holder is dead', () => {
  test.each<[string, Lease, number, JobSeen[] | undefined, RegExp]>([
    ['as an earlier step of our job', lease(us), 0, undefined, /earlier step/],
    [
      'as an earlier attempt of our run',
      lease({ ...us, attempt: '1', runner: 'r7' }),
      0,
      undefined,
      /attempt/,
    ],
    ['when its announced time is over', lease(other), 11 * minute, undefined, /all the time/],
    ['when that cannot be read', lease(other, { until: 'tomorrow' }), 0, undefined, /all the time/],
    [
      'when every job of its run has ended',
      lease(other),
      minute,
      jobs(['completed', 'r9'], ['completed']),
      /GitHub/,
    ],
    [
      'when its runner has nothing more to do there, though others have',
      lease(other),
      minute,
      jobs(['completed', 'r9'], ['in_progress', 'r8'], ['queued']),
      /GitHub/,
    ],
  ])('%s', (_title, held, later, said, why) => {
    expect(judge(held, us, since + later, said)).toEqual({ alive: false, why: expect.stringMatching(why) })
  })
})

describe('a holder may be alive', () => {
  test.each<[string, Lease, number, JobSeen[] | undefined]>([
    ['and nobody can tell', lease(other), 10 * minute, undefined],
    ['as another job of our run', lease({ ...us, runner: 'r2' }), minute, undefined],
    ['as a later attempt of our run', lease({ ...us, attempt: '10' }), minute, undefined],
    ['as a run of the same number elsewhere', lease({ ...us, repository: 'shop/cats' }), minute, undefined],
    ['as its job goes on', lease(other), minute, jobs(['in_progress', 'r9'], ['completed', 'r8'])],
    [
      'as its runner had a second job',
      lease(other),
      minute,
      jobs(['completed', 'r9'], ['in_progress', 'r9']),
    ],
    ['as its runner is not among those named', lease(other), minute, jobs(['in_progress', 'r8'])],
    ['as GitHub knows no job', lease(other), minute, []],
    ['as GitHub may not have heard of it yet', lease(other), 9_000, jobs(['completed', 'r9'])],
    ['where it names no runner', lease({ ...other, runner: '' }), minute, jobs(['completed'], ['queued'])],
  ])('%s', (_title, held, later, said) => {
    expect(judge(held, us, since + later, said).alive).toBe(true)
  })
})

test('outside GitHub nobody is an earlier step of our job', () => {
  const nowhere = { repository: '', run: '', attempt: '1', runner: 'laptop' }
  expect(judge(lease(nowhere), nowhere, since + minute, undefined).alive).toBe(true)
})

const text = fc.string({ maxLength: 4 })
const anyJob = fc.record({
  repository: text,
  run: text,
  attempt: fc.constantFrom('1', '2', '10'),
  runner: text,
})
const anyJobs = fc.array(
  fc.record({
    status: fc.constantFrom('queued', 'in_progress', 'completed', 'waiting'),
    runner: fc.option(text, { nil: undefined }),
  }),
)

test('a job of another run that is in progress on its runner is never taken for dead before its time', () => {
  fc.assert(
    fc.property(
      anyJob,
      anyJob,
      anyJobs,
      fc.integer({ min: 0, max: 11 * minute - 1 }),
      (mine, its, said, later) => {
        fc.pre(its.run !== mine.run)
        const busy = [...said, { status: 'in_progress', runner: its.runner }]
        expect(judge(lease(its), mine, since + later, busy).alive).toBe(true)
      },
    ),
  )
})

test('whatever is said of it, a holder is dead once its time is over: nobody waits for ever', () => {
  fc.assert(
    fc.property(
      anyJob,
      anyJob,
      fc.option(anyJobs, { nil: undefined }),
      fc.nat(),
      (mine, its, said, later) => {
        expect(judge(lease(its), mine, since + 11 * minute + later, said).alive).toBe(false)
      },
    ),
  )
})

test('a holder is named by its run, else by its machine', () => {
  expect(holderOf(lease(other))).toBe(
    'helm-deploy of https://github.com/shop/digits/actions/runs/70 (since 2026-01-01T12:00:00.000Z)',
  )
  expect(holderOf(lease(other, { url: '' }))).toMatch(/^helm-deploy of a process on r9/)
  expect(MARGIN).toBeGreaterThan(0)
})
