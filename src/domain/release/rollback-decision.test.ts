import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LiveRelease } from './live-release.ts'
import type { Revision } from './revision-history.ts'
import {
  decideRollback,
  type ReleaseState,
  type RollbackDecision,
  type RollbackRequest,
} from './rollback-decision.ts'
import type { VerifiedRevision } from './verified-revisions.ts'

const hour = 3_600_000
const at = (revision: number) => `2026-01-01T0${revision}:00:00.000Z`

/** A history in short: the version of each revision, oldest first. `!7` failed, `<2:6` is a rollback to 2 with 6. */
function releaseState(...steps: string[]): ReleaseState {
  const history: Revision[] = []
  const marks: VerifiedRevision[] = []
  let version = ''
  for (const [index, step] of steps.entries()) {
    const revision = index + 1
    const [, failed, to, served = ''] = /^(!?)(?:<(\d+):)?(\w*)$/.exec(step) ?? []
    const rollbackOf = to ? Number(to) : undefined
    const isRollback = rollbackOf !== undefined
    history.push({ revision, updated: at(revision), status: 'superseded', isRollback, rollbackOf })
    version = served
    if (failed) continue
    marks.push({ ...verified, revision, updated: at(revision), version: served, verifiedAt: at(revision) })
  }
  const last = history.at(-1)
  if (last) last.status = 'deployed'
  const promotedAt = () => undefined
  return {
    history,
    verifiedRevisions: marks,
    live: serving(version, history.length),
    champion: undefined,
    promotedAt,
  }
}
const verified = { model: 'fraud', digest: '', run: '' }
const serving = (version: string, revision: number, changes: Partial<LiveRelease> = {}): LiveRelease => ({
  revision,
  releaseModel: 'fraud',
  releaseVersion: version,
  workload: 'deployment/fraud',
  pods: [{ name: 'pod', ready: true, version }],
  rolloutComplete: true,
  versionFrom: 'env:MODEL_VERSION',
  ...changes,
})
const request = (bad: string, changes: Partial<RollbackRequest> = {}): RollbackRequest => ({
  model: 'fraud',
  badVersion: bad,
  firedAt: undefined,
  now: '2026-01-01T12:00:00.000Z',
  windowMs: 72 * hour,
  toRevision: undefined,
  run: '',
  ...changes,
})
const targetRevision = (decision: RollbackDecision) =>
  decision.kind === 'rollback' ? decision.targets[0]?.revision : decision.kind

describe('the rollback target', () => {
  test.each<[string, string[], string, number | string]>([
    ['1 ok, 2 ok, 3 failed, rollback to 2: 1, though Helm would take 3', ['1', '2', '!3', '<2:2'], '2', 1],
    ['1 ok, 2 ok, 2 again with other values: 1, not the same version', ['1', '2', '2'], '2', 1],
    ['the newest verified one, not the first', ['1', '2', '3'], '3', 2],
    ['skips a failed one in between', ['1', '2', '!3', '4'], '4', 2],
    ['back and forth: the newest revision of the other version', ['1', '2', '<1:1', '4'], '4', 3],
    ['skips what was rolled back', ['1', '2', '3', '<2:2'], '2', 1],
    ['refused if only a rolled-back one is left', ['1', '2', '<1:1', '1'], '1', 'refused'],
    ['only one verified: refused', ['!1', '2'], '2', 'refused'],
    ['only one version ever: refused', ['2', '2'], '2', 'refused'],
    ['the only target named no version: refused', ['', '2'], '2', 'refused'],
    ['another version is live: refused', ['1', '2', '3'], '2', 'refused'],
    ['the same alert again: already rolled back', ['1', '2', '<1:1'], '2', 'already-rolled-back'],
    ['the same after two rollbacks', ['1', '2', '!3', '<2:2', '<1:1'], '2', 'already-rolled-back'],
    ['replaced by an upgrade is not rolled back', ['1', '2', '1'], '2', 'refused'],
    [
      'a rollback of a failed upgrade is none of the version before it',
      ['1', '2', '!3', '<2:2'],
      '1',
      'refused',
    ],
    ['a rollback of 3 is none of 2', ['1', '2', '3', '<1:1'], '2', 'refused'],
  ])('%s', (_title, steps, bad, expected) => {
    expect(targetRevision(decideRollback(request(bad), releaseState(...steps)))).toBe(expected)
  })

  test('is never newer than the deployed revision', () => {
    expect(
      targetRevision(decideRollback(request('2'), { ...releaseState('1', '2', '3'), live: serving('2', 2) })),
    ).toBe(1)
  })

  test('is always a verified, older revision with another version', () => {
    const step = fc.tuple(fc.boolean(), fc.constantFrom('1', '2', '3')).map(([ok, v]) => (ok ? v : `!${v}`))
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('1', '2', '3'),
        (steps, bad) => {
          const found = releaseState(...steps)
          const decision = decideRollback(request(bad), found)
          if (decision.kind !== 'rollback') return
          expect(found.live.releaseVersion).toBe(bad)
          for (const { revision, version } of decision.targets) {
            expect(steps[revision - 1]).toBe(version)
            expect(version).not.toBe(bad)
            expect(revision).toBeLessThan(found.live.revision)
          }
          expect(decision.targets.length).toBe(
            steps.slice(0, -1).filter((each) => /^\d/.test(each) && each !== bad).length,
          )
        },
      ),
    )
  })
})

describe('a refusal', () => {
  const promoted = (time: string) => ({ ...releaseState('1', '2'), promotedAt: () => time })
  const refusal = (decision: RollbackDecision) => (decision.kind === 'refused' ? decision.refusal : undefined)

  test('the alert fired before the promotion; the exact moment is accepted', () => {
    const found = promoted('2026-01-01T10:00:00.000Z')
    const before = decideRollback(request('2', { firedAt: '2026-01-01T09:59:59.999Z' }), found)
    expect(refusal(before)).toEqual({
      reason: 'FiredBeforePromotion',
      firedAt: '2026-01-01T09:59:59.999Z',
      liveSince: '2026-01-01T10:00:00.000Z',
    })
    expect(before.badVersion).toBe('2')
    expect(targetRevision(decideRollback(request('2', { firedAt: '2026-01-01T10:00:00.000Z' }), found))).toBe(
      1,
    )
  })

  test('live for longer than the window; its last moment is accepted', () => {
    const found = promoted('2026-01-01T00:00:00.000Z')
    const now = '2026-01-04T12:00:00.000Z'
    expect(
      targetRevision(decideRollback(request('2', { firedAt: '2026-01-04T00:00:00.000Z', now }), found)),
    ).toBe(1)
    const late = decideRollback(request('2', { firedAt: '2026-01-04T00:00:00.001Z', now }), found)
    expect(refusal(late)).toMatchObject({ reason: 'WindowExceeded', liveForMs: 72 * hour + 1 })
    expect(late.badVersion).toBe('2')
  })

  test('without a promotion, the age counts from the first verification of the current row', () => {
    const found = releaseState('2', '1', '2', '2')
    expect(refusal(decideRollback(request('2', { firedAt: at(2) }), found))).toMatchObject({
      liveSince: at(3),
    })
    expect(targetRevision(decideRollback(request('2', { firedAt: at(3) }), found))).toBe(2)
    const unreadable = { ...found, promotedAt: () => 'yesterday' }
    expect(targetRevision(decideRollback(request('2', { firedAt: at(3) }), unreadable))).toBe(2)
  })

  test('it is unknown since when the version is live', () => {
    expect(refusal(decideRollback(request('2'), releaseState('1', '!2')))).toEqual({
      reason: 'LiveSinceUnknown',
    })
  })

  test('no pods run, or they name no version', () => {
    const found = releaseState('1', '2')
    const scaled = { ...found, live: serving('2', 2, { pods: [] }) }
    expect(refusal(decideRollback(request('2'), scaled))).toEqual({ reason: 'NoPods' })
    const mute = {
      ...found,
      live: serving('2', 2, {
        releaseVersion: undefined,
        pods: [{ name: 'a', ready: true, version: undefined }],
      }),
    }
    expect(refusal(decideRollback(request('2'), mute))).toEqual({ reason: 'VersionUnknown' })
  })

  test('is not due to unready pods: they may be why the alert fired', () => {
    const found = {
      ...releaseState('1', '2'),
      live: serving('2', 2, { rolloutComplete: false, pods: [{ name: 'a', ready: false, version: '2' }] }),
    }
    expect(targetRevision(decideRollback(request('2'), found))).toBe(1)
  })

  test('a release without a version in its values is identified by its pods', () => {
    const found = { ...releaseState('1', '2'), live: serving('2', 2, { releaseVersion: undefined }) }
    expect(targetRevision(decideRollback(request('2'), found))).toBe(1)
    expect(targetRevision(decideRollback(request('1'), found))).toBe('refused')
  })

  test('there is no verified revision with another version', () => {
    expect(refusal(decideRollback(request('2'), releaseState('!1', '2')))).toEqual({ reason: 'NoTarget' })
  })
})

describe('badVersion live', () => {
  const bad = (decision: RollbackDecision) => [decision.badVersion, targetRevision(decision)]
  test('means the serving version', () => {
    expect(bad(decideRollback(request('live'), releaseState('1', '2')))).toEqual(['2', 1])
  })
  test('means the champion if a run was killed between rollback and demotion', () => {
    const found = { ...releaseState('1', '2', '3', '<2:2'), champion: '3' }
    expect(bad(decideRollback(request('live'), found))).toEqual(['3', 'already-rolled-back'])
    expect(bad(decideRollback(request('live'), { ...found, champion: '2' }))).toEqual(['2', 1])
  })
  test('without a registry, means the bad version of an unverified rollback', () => {
    const found = releaseState('1', '2', '3', '<2:2')
    const unseen = { ...found, verifiedRevisions: found.verifiedRevisions.slice(0, 3) }
    expect(bad(decideRollback(request('live'), unseen))).toEqual(['3', 'already-rolled-back'])
    expect(bad(decideRollback(request('live'), { ...unseen, champion: '2' }))[0]).toBe('2')
  })
  test('does not roll back twice when the same run is re-run', () => {
    const found = releaseState('1', '2', '3', '<2:2')
    const mine = {
      ...found,
      champion: '2',
      verifiedRevisions: found.verifiedRevisions.map((mark) => ({
        ...mark,
        run: mark.revision === 4 ? 'run' : '',
      })),
    }
    expect(bad(decideRollback(request('live', { run: 'run' }), mine))).toEqual(['3', 'already-rolled-back'])
    expect(bad(decideRollback(request('live', { run: 'another' }), mine))).toEqual(['2', 1])
  })
})

describe('to-revision', () => {
  const found = releaseState('1', '2', '!3', '3')
  const to = (toRevision: number) => decideRollback(request('3', { toRevision }), found)
  test('is the target if it is verified', () => {
    expect(to(1)).toMatchObject({ kind: 'rollback', targets: [{ revision: 1 }] })
  })
  test.each([
    [3, 'not-verified'],
    [9, 'not-verified'],
    [4, 'not-verified'],
  ])('%i is rejected', (revision, cause) => {
    const decision = to(revision)
    expect(decision).toMatchObject({ kind: 'refused', refusal: { reason: 'TargetRejected', revision } })
    expect(decision).toMatchObject({ refusal: { cause } })
    expect(decision).toMatchObject({ refusal: { eligible: [{ revision: 2 }, { revision: 1 }] } })
  })
  test('with the bad version is rejected, too, and the other rules still hold', () => {
    const again = releaseState('1', '2', '2')
    expect(decideRollback(request('2', { toRevision: 2 }), again)).toMatchObject({
      refusal: { reason: 'TargetRejected', cause: 'same-version' },
    })
    expect(decideRollback(request('1', { toRevision: 1 }), again)).toMatchObject({
      refusal: { reason: 'NotLive', liveVersion: '2' },
    })
  })
})
