import { describe, expect, it } from 'vitest'
import type { Case } from './cases.ts'
import {
  createInvariantCheck,
  findFalseClaims,
  findInconsistencies,
  findUnfinishedWork,
  type SystemState,
} from './invariant.ts'

const consistentState: SystemState = {
  champion: '2',
  versions: [
    { number: '1', runId: 'a', quarantineReason: undefined, quarantinedAt: undefined },
    { number: '2', runId: 'b', quarantineReason: undefined, quarantinedAt: undefined },
  ],
  revisions: [
    { revision: 1, status: 'superseded', description: '' },
    { revision: 2, status: 'deployed', description: '' },
  ],
  releasedVersion: '2',
  pods: [{ name: 'p', ready: true, version: '2' }],
  lease: undefined,
  pendingTags: undefined,
  verifiedRevisions: [
    { revision: 1, version: '1' },
    { revision: 2, version: '2' },
  ],
}
const goodCase: Case = {
  kind: 'healthy',
  singleStep: false,
  helm: 'helm4',
  runId: 'b',
  release: 'r',
  model: 'm',
}
const [first, second] = consistentState.versions as [SystemState['versions'][0], SystemState['versions'][0]]
const pendingRevision = { revision: 3, status: 'pending-upgrade', description: '' }

it('accepts the state after a successful chain, and an old pending revision', () => {
  expect(createInvariantCheck(goodCase)(consistentState)).toEqual([])
  const past = { revision: 1, status: 'pending-upgrade', description: '' }
  expect(
    findInconsistencies({ ...consistentState, revisions: [past, ...consistentState.revisions.slice(1)] }),
  ).toEqual([])
})

describe('reports', () => {
  it.each<[string, Partial<SystemState>, RegExp]>([
    ['an alias that did not move', { champion: '1' }, /champion is 1, but the release has 2/],
    ['no champion', { champion: undefined }, /has no champion/],
    [
      'a pod that serves another version',
      { pods: [{ name: 'p', ready: true, version: '1' }] },
      /pod p serves 1/,
    ],
    ['a pod that is not ready', { pods: [{ name: 'p', ready: false, version: '2' }] }, /pod p is not ready/],
    ['no pod', { pods: [] }, /no pod serves/],
    [
      'a pending revision',
      { revisions: [...consistentState.revisions, pendingRevision] },
      /last revision, 3, is pending-upgrade/,
    ],
    ['a lease', { lease: '{}' }, /a lease is left/],
    ['failure tags that MLflow lacks', { pendingTags: '[]' }, /failure tags are pending/],
    [
      'a deployed revision that is not verified',
      { verifiedRevisions: [] },
      /revision 2 is deployed, and is not verified/,
    ],
  ])('%s', (_title, change, message) => {
    expect(findInconsistencies({ ...consistentState, ...change }).join('\n')).toMatch(message)
  })

  it('no unfinished work if only the alias did not move', () => {
    expect(findUnfinishedWork({ ...consistentState, champion: '1' })).toEqual([])
  })

  it('a crashing version that is recorded as verified, and a run with two versions', () => {
    expect(findFalseClaims(consistentState, ['2'])).toEqual([
      'champion is version 2, which never became ready',
      'version 2 is marked as verified, but never became ready',
    ])
    expect(
      findFalseClaims({ ...consistentState, versions: [first, second, { ...second, number: '3' }] }, []),
    ).toEqual(['run b has several versions'])
  })

  it('a lost quarantine, and a quarantined good version', () => {
    const bad = { ...goodCase, kind: 'crashing' } as const
    const back: SystemState = { ...consistentState, champion: '1' }
    expect(createInvariantCheck(bad)(back).join('\n')).toMatch(/quarantine lost: version 2/)
    const wrong = {
      ...consistentState,
      versions: [{ ...first, quarantineReason: 'x', quarantinedAt: 'noon' }, second],
    }
    expect(createInvariantCheck(goodCase)(wrong)).toEqual(['version 1 is in quarantine, and is good'])
    const half = { ...back, versions: [first, { ...second, quarantineReason: 'x' }] }
    expect(createInvariantCheck(bad)(half)).toContain('version 2 is in quarantine without a time')
  })
})
