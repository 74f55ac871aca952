import { describe, expect, it } from 'vitest'
import type { BadTrial, RolloutResults, SlowTrial } from './results.ts'
import { renderBadDeploys, renderFailures, renderMachine, renderSlowDeploys } from './table.ts'

const bad = (more: Partial<BadTrial>): BadTrial => ({
  scenario: 'crash-loop',
  what: 'server crashes',
  tool: 'helm3',
  says: 'failure',
  reason: '',
  said: 'UPGRADE FAILED: release bench failed, and has been rolled back due to atomic being set: context deadline exceeded',
  seconds: 63.4,
  kept: { lines: 0, logs: 0, events: 0 },
  left: { logs: 2, events: 5 },
  release: { statuses: ['superseded', 'failed', 'deployed'], deployed: 3, pending: false },
  serves: '1',
  ...more,
})
const slow = (more: Partial<SlowTrial>): SlowTrial => ({
  scenario: 'start-20s',
  what: 'loads for 20 s',
  tool: 'ours',
  killed: false,
  seconds: 22.4,
  said: '',
  ...more,
})
const json = JSON.stringify({
  machine: { processors: '2', node: 'v24.0.0' },
  bad: [
    bad({
      tool: 'ours',
      reason: 'CrashLoopBackOff',
      seconds: 9.6,
      kept: { lines: 2, logs: 4, events: 3 },
      registry: { champion: '1', noted: 'quarantined' },
    }),
    bad({}),
    bad({ tool: 'helm4', says: 'success', seconds: undefined, serves: 'none' }),
    bad({
      scenario: 'cancelled',
      what: 'job cancelled',
      tool: 'ours',
      seconds: 12,
      registry: { champion: undefined, noted: 'nothing' },
    }),
    bad({
      scenario: 'cancelled',
      what: 'job cancelled',
      seconds: 20,
      release: { statuses: ['deployed', 'pending-upgrade'], deployed: 1, pending: true },
    }),
    bad({ scenario: 'cancelled', what: 'job cancelled', tool: 'helm4', seconds: undefined, said: 'a | b' }),
  ],
  slow: [slow({}), slow({ tool: 'helm3', killed: true, said: 'timed out' })],
} satisfies RolloutResults)

describe('the front page', () => {
  const lines = renderFailures(json).split('\n')

  it.each([
    '| server crashes | `CrashLoopBackOff` | **10 s** | 7 | 63 s | 2 | says success | 2 |',
    '| job cancelled | – | **12 s** | 0 | stuck, pending | 2 | never | 2 |',
  ])('has the line %s', (line) => {
    expect(lines).toContain(line)
  })

  it('counts what was wrongly taken back', () => {
    expect(lines.join('\n')).toContain('by helm-deploy **0 of 1**, by Helm 3 1 of 1, by Helm 4 0 of 0')
  })
})

describe('the long page', () => {
  const lines = `${renderBadDeploys(json)}\n${renderSlowDeploys(json)}\n${renderMachine(json)}`.split('\n')

  it.each([
    '| server crashes | **helm-deploy** | `CrashLoopBackOff` | 9.6 | 2 / 4 / 3 | 2 / 5 | superseded, failed, deployed | version 1 | champion 1, version 2 quarantined |',
    '| server crashes | Helm 3 | context deadline exceeded | 63.4 | 0 / 0 / 0 | 2 / 5 | superseded, failed, deployed | version 1 | not told |',
    '| server crashes | Helm 4 | **success** | never | 0 / 0 / 0 | 2 / 5 | superseded, failed, deployed | none | not told |',
    '| job cancelled | Helm 3 | context deadline exceeded | 20.0 | 0 / 0 / 0 | 2 / 5 | deployed, pending-upgrade (**stuck**) | version 1 | not told |',
    '| job cancelled | Helm 4 | a / b | never | 0 / 0 / 0 | 2 / 5 | superseded, failed, deployed | version 1 | not told |',
    '| loads for 20 s | 22 s | **taken back**: timed out | – |',
    'Measured with processors 2, node v24.0.0.',
  ])('has the line %s', (line) => {
    expect(lines).toContain(line)
  })
})
