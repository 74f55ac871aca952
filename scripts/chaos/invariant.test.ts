import { describe, expect, it } from 'vitest'
import { disagreements, looseEnds, type State, untruths, wrongWith } from './invariant.ts'
import type { Case } from './stories.ts'

const well: State = {
  champion: '2',
  versions: [
    { number: '1', runId: 'a', quarantined: undefined, since: undefined },
    { number: '2', runId: 'b', quarantined: undefined, since: undefined },
  ],
  revisions: [
    { revision: 1, status: 'superseded', description: '' },
    { revision: 2, status: 'deployed', description: '' },
  ],
  released: '2',
  pods: [{ name: 'p', ready: true, version: '2' }],
  lease: undefined,
  proven: [
    { revision: 1, version: '1' },
    { revision: 2, version: '2' },
  ],
}
const chain: Case = { story: 'good', whole: false, helm: 'helm4', runId: 'b', release: 'r', model: 'm' }
const [first, second] = well.versions as [State['versions'][0], State['versions'][0]]
const pending = { revision: 3, status: 'pending-upgrade', description: '' }

it('says nothing of a chain that ended well, nor of a revision that somebody died on long ago', () => {
  expect(wrongWith(chain)(well)).toEqual([])
  const past = { revision: 1, status: 'pending-upgrade', description: '' }
  expect(disagreements({ ...well, revisions: [past, ...well.revisions.slice(1)] })).toEqual([])
})

describe('sees', () => {
  it.each<[string, Partial<State>, RegExp]>([
    ['an alias that is behind', { champion: '1' }, /champion is 1, but the release has 2/],
    ['no champion', { champion: undefined }, /has no champion/],
    ['a pod of another version', { pods: [{ name: 'p', ready: true, version: '1' }] }, /pod p serves 1/],
    ['a pod that is not ready', { pods: [{ name: 'p', ready: false, version: '2' }] }, /pod p is not ready/],
    ['no pod', { pods: [] }, /no pod serves/],
    [
      'a pending revision',
      { revisions: [...well.revisions, pending] },
      /last revision, 3, is pending-upgrade/,
    ],
    ['a lease', { lease: '{}' }, /a lease is left/],
    ['what was never seen good', { proven: [] }, /revision 2 is deployed, and was never seen good/],
  ])('%s', (_title, change, said) => {
    expect(disagreements({ ...well, ...change }).join('\n')).toMatch(said)
  })

  it('loose ends where the alias has not moved yet, and no more', () => {
    expect(looseEnds({ ...well, champion: '1' })).toEqual([])
  })

  it('a bad version that is called good, and a run with two versions', () => {
    expect(untruths(well, ['2'])).toEqual([
      'champion is version 2, which never came up',
      'version 2 is marked as seen good, which it never was',
    ])
    expect(untruths({ ...well, versions: [first, second, { ...second, number: '3' }] }, [])).toEqual([
      'run b has several versions',
    ])
  })

  it('a lost quarantine, and one of a good version', () => {
    const bad = { ...chain, story: 'bad' } as const
    const back: State = { ...well, champion: '1' }
    expect(wrongWith(bad)(back).join('\n')).toMatch(/quarantine lost: version 2/)
    const wrong = { ...well, versions: [{ ...first, quarantined: 'x', since: 'noon' }, second] }
    expect(wrongWith(chain)(wrong)).toEqual(['version 1 is in quarantine, and is good'])
    const half = { ...back, versions: [first, { ...second, quarantined: 'x' }] }
    expect(wrongWith(bad)(half)).toContain('version 2 is in quarantine since nobody knows when')
  })
})
