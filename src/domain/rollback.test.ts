import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Revision } from './history.ts'
import type { Live } from './live.ts'
import type { Mark } from './marks.ts'
import { type Decision, decide, type Found, type Order } from './rollback.ts'

const hour = 3_600_000
const at = (revision: number) => `2026-01-01T0${revision}:00:00.000Z`

/** A history in short: the version of each revision, oldest first; `!7` never came up, `<2:6` is a rollback to 2 with 6. */
function story(...steps: string[]): Found {
  const history: Revision[] = []
  const marks: Mark[] = []
  let version = ''
  for (const [index, step] of steps.entries()) {
    const revision = index + 1
    const [, failed, to, served = ''] = /^(!?)(?:<(\d+):)?(\w*)$/.exec(step) ?? []
    const description = to ? `Rollback to ${to}` : 'Upgrade complete'
    history.push({ revision, updated: at(revision), status: 'superseded', chart: '', description })
    version = served
    if (failed) continue
    marks.push({ ...proof, revision, updated: at(revision), version: served, provenAt: at(revision) })
  }
  const last = history.at(-1)
  if (last) last.status = 'deployed'
  const promotedAt = () => undefined
  return { history, marks, live: serving(version, history.length), champion: undefined, promotedAt }
}
const proof = { model: 'fraud', digest: '', run: '' }
const serving = (version: string, revision: number, changes: Partial<Live> = {}): Live => ({
  revision,
  releaseModel: 'fraud',
  releaseVersion: version,
  workload: 'deployment/fraud',
  pods: [{ name: 'pod', ready: true, version }],
  settled: true,
  proof: 'env:MODEL_VERSION',
  ...changes,
})
const order = (bad: string, changes: Partial<Order> = {}): Order => ({
  release: 'fraud',
  model: 'fraud',
  bad,
  firedAt: undefined,
  now: '2026-01-01T12:00:00.000Z',
  window: 72 * hour,
  toRevision: undefined,
  run: '',
  ...changes,
})
const landsOn = (decision: Decision) =>
  decision.kind === 'go' ? decision.targets[0]?.revision : decision.kind

describe('which revision it lands on', () => {
  test.each<[string, string[], string, number | string]>([
    ['1 ok, 2 ok, 3 failed, back to 2: 1, though Helm would take 3', ['1', '2', '!3', '<2:2'], '2', 1],
    ['1 ok, 2 ok, 2 again with other values: 1, not the same model', ['1', '2', '2'], '2', 1],
    ['the nearest good one, not the first', ['1', '2', '3'], '3', 2],
    ['a failed one in between is passed over', ['1', '2', '!3', '4'], '4', 2],
    ['back and forth: the newest revision of the other version', ['1', '2', '<1:1', '4'], '4', 3],
    ['what was taken back is no place to go back to', ['1', '2', '3', '<2:2'], '2', 1],
    ['not even where nothing else is left', ['1', '2', '<1:1', '1'], '1', 'refused'],
    ['only one good: refused', ['!1', '2'], '2', 'refused'],
    ['only one version ever: refused', ['2', '2'], '2', 'refused'],
    ['what it would go back to named no version: refused', ['', '2'], '2', 'refused'],
    ['another version is live: refused', ['1', '2', '3'], '2', 'refused'],
    ['the same alert again: it has gone back already', ['1', '2', '<1:1'], '2', 'gone-back'],
    ['the same after a longer way', ['1', '2', '!3', '<2:2', '<1:1'], '2', 'gone-back'],
    ['replaced by an upgrade is not taken back', ['1', '2', '1'], '2', 'refused'],
    [
      'a way back from a failed rollout is not one from the version before it',
      ['1', '2', '!3', '<2:2'],
      '1',
      'refused',
    ],
    ['a way back from 3 is none from 2', ['1', '2', '3', '<1:1'], '2', 'refused'],
  ])('%s', (_title, steps, bad, expected) => {
    expect(landsOn(decide(order(bad), story(...steps)))).toBe(expected)
  })

  test('never a newer one than what is deployed', () => {
    expect(landsOn(decide(order('2'), { ...story('1', '2', '3'), live: serving('2', 2) }))).toBe(1)
  })

  test('always one that was seen good, with another version, older than what is live', () => {
    const step = fc.tuple(fc.boolean(), fc.constantFrom('1', '2', '3')).map(([ok, v]) => (ok ? v : `!${v}`))
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('1', '2', '3'),
        (steps, bad) => {
          const found = story(...steps)
          const decision = decide(order(bad), found)
          if (decision.kind !== 'go') return
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

describe('when it is left alone', () => {
  const promoted = (time: string) => ({ ...story('1', '2'), promotedAt: () => time })
  const why = (decision: Decision) => (decision.kind === 'refused' ? decision.why : decision.kind)
  const advised = (decision: Decision) => decision.kind === 'refused' && decision.retrain === true

  test('the alert fired before the promotion; the very moment counts', () => {
    const found = promoted('2026-01-01T10:00:00.000Z')
    const before = decide(order('2', { firedAt: '2026-01-01T09:59:59.999Z' }), found)
    expect(why(before)).toContain('before version 2 was promoted')
    expect(advised(before)).toBe(false)
    expect(landsOn(decide(order('2', { firedAt: '2026-01-01T10:00:00.000Z' }), found))).toBe(1)
  })

  test('champion for longer than the window: a retrain is the cure; the last moment of it counts', () => {
    const found = promoted('2026-01-01T00:00:00.000Z')
    const now = '2026-01-04T12:00:00.000Z'
    expect(landsOn(decide(order('2', { firedAt: '2026-01-04T00:00:00.000Z', now }), found))).toBe(1)
    const late = decide(order('2', { firedAt: '2026-01-04T00:00:00.001Z', now }), found)
    expect(why(late)).toMatch(/live for 72 hours .* longer than rollback-window \(72 hours\).*retrain/)
    expect(advised(late)).toBe(true)
  })

  test('without a promotion it counts from when it was first seen good, in the row that leads to now', () => {
    const found = story('2', '1', '2', '2')
    expect(why(decide(order('2', { firedAt: at(2) }), found))).toContain(`promoted (${at(3)})`)
    expect(landsOn(decide(order('2', { firedAt: at(3) }), found))).toBe(2)
    const unreadable = { ...found, promotedAt: () => 'yesterday' }
    expect(landsOn(decide(order('2', { firedAt: at(3) }), unreadable))).toBe(2)
  })

  test('nobody knows since when it is live', () => {
    expect(why(decide(order('2'), story('1', '!2')))).toContain('nobody knows since when version 2 is live')
  })

  test('nothing runs, or nothing says what', () => {
    const found = story('1', '2')
    const scaled = { ...found, live: serving('2', 2, { pods: [] }) }
    expect(why(decide(order('2'), scaled))).toContain('runs no pod')
    const mute = {
      ...found,
      live: serving('2', 2, {
        releaseVersion: undefined,
        pods: [{ name: 'a', ready: true, version: undefined }],
      }),
    }
    expect(why(decide(order('2'), mute))).toContain('is unknown')
  })

  test('but not because its pods are down: that may be why the alert fired', () => {
    const found = {
      ...story('1', '2'),
      live: serving('2', 2, { settled: false, pods: [{ name: 'a', ready: false, version: '2' }] }),
    }
    expect(landsOn(decide(order('2'), found))).toBe(1)
  })

  test('a release without a version in its values is judged by its pods', () => {
    const found = { ...story('1', '2'), live: serving('2', 2, { releaseVersion: undefined }) }
    expect(landsOn(decide(order('2'), found))).toBe(1)
    expect(landsOn(decide(order('1'), found))).toBe('refused')
  })

  test('nothing good to go back to advises a retrain, since the version stays', () => {
    expect(advised(decide(order('2'), story('!1', '2')))).toBe(true)
  })
})

describe('live, as a person may write it', () => {
  const bad = (decision: Decision) => [decision.bad, landsOn(decision)]
  test('means what serves', () => {
    expect(bad(decide(order('live'), story('1', '2')))).toEqual(['2', 1])
  })
  test('means the champion where a run was killed between rollback and demotion', () => {
    const found = { ...story('1', '2', '3', '<2:2'), champion: '3' }
    expect(bad(decide(order('live'), found))).toEqual(['3', 'gone-back'])
    expect(bad(decide(order('live'), { ...found, champion: '2' }))).toEqual(['2', 1])
  })
  test('means, with no registry to ask, the version of a way back that nobody saw come up', () => {
    const found = story('1', '2', '3', '<2:2')
    const unseen = { ...found, marks: found.marks.slice(0, 3) }
    expect(bad(decide(order('live'), unseen))).toEqual(['3', 'gone-back'])
    expect(bad(decide(order('live'), { ...unseen, champion: '2' }))[0]).toBe('2')
  })
  test('does not go back once more when the same run is run again', () => {
    const found = story('1', '2', '3', '<2:2')
    const mine = {
      ...found,
      champion: '2',
      marks: found.marks.map((mark) => ({ ...mark, run: mark.revision === 4 ? 'run' : '' })),
    }
    expect(bad(decide(order('live', { run: 'run' }), mine))).toEqual(['3', 'gone-back'])
    expect(bad(decide(order('live', { run: 'another' }), mine))).toEqual(['2', 1])
  })
})

describe('to-revision', () => {
  const found = story('1', '2', '!3', '3')
  const to = (toRevision: number) => decide(order('3', { toRevision }), found)
  test('is where it lands, if it was seen good', () => {
    expect(to(1)).toMatchObject({ kind: 'go', targets: [{ revision: 1 }] })
  })
  test.each([
    [3, 'was never seen good'],
    [9, 'was never seen good'],
    [4, 'was never seen good'],
  ])('%i is an error of the input', (revision, said) => {
    const decision = to(revision)
    expect(decision).toMatchObject({ kind: 'refused', misuse: true })
    expect(decision.kind === 'refused' && decision.why).toContain(said)
    expect(decision.kind === 'refused' && decision.why).toContain('2 (version 2), 1 (version 1)')
  })
  test('with the bad version is an error, too, and the other rules still hold', () => {
    const again = story('1', '2', '2')
    expect(decide(order('2', { toRevision: 2 }), again)).toMatchObject({ misuse: true })
    expect(decide(order('1', { toRevision: 1 }), again)).not.toHaveProperty('misuse')
  })
})
