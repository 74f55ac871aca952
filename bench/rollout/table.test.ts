import { describe, expect, it } from 'vitest'
import type { BadDeployResult, RolloutResults, SlowDeployResult } from './results.ts'
import { renderBadDeploys, renderFailures, renderMachine, renderSlowDeploys } from './table.ts'

const bad = (more: Partial<BadDeployResult>): BadDeployResult => ({
  scenario: 'crash-loop',
  description: 'server crashes',
  tool: 'helm3',
  status: 'failure',
  reason: '',
  message:
    'UPGRADE FAILED: release bench failed, and has been rolled back due to atomic being set: context deadline exceeded',
  seconds: 63.4,
  savedEvidence: { lines: 0, logs: 0, events: 0 },
  remainingEvidence: { logs: 2, events: 5 },
  release: { statuses: ['superseded', 'failed', 'deployed'], deployedRevision: 3, isPending: false },
  servedVersion: '1',
  ...more,
})
const slow = (more: Partial<SlowDeployResult>): SlowDeployResult => ({
  scenario: 'start-20s',
  description: 'loads for 20 s',
  tool: 'helm-deploy',
  failed: false,
  seconds: 22.4,
  message: '',
  ...more,
})
const json = JSON.stringify({
  machine: { processors: '2', node: 'v24.0.0' },
  bad: [
    bad({
      tool: 'helm-deploy',
      reason: 'CrashLoopBackOff',
      seconds: 9.6,
      savedEvidence: { lines: 2, logs: 4, events: 3 },
      registry: { champion: '1', label: 'quarantined' },
    }),
    bad({}),
    bad({ tool: 'helm4', status: 'success', seconds: undefined, servedVersion: 'none' }),
    bad({
      scenario: 'cancelled',
      description: 'job cancelled',
      tool: 'helm-deploy',
      seconds: 12,
      registry: { champion: undefined, label: 'none' },
    }),
    bad({
      scenario: 'cancelled',
      description: 'job cancelled',
      seconds: 20,
      release: { statuses: ['deployed', 'pending-upgrade'], deployedRevision: 1, isPending: true },
    }),
    bad({
      scenario: 'cancelled',
      description: 'job cancelled',
      tool: 'helm4',
      seconds: undefined,
      message: 'a | b',
    }),
  ],
  slow: [slow({}), slow({ tool: 'helm3', failed: true, message: 'timed out' })],
} satisfies RolloutResults)

describe('renderFailures', () => {
  const lines = renderFailures(json).split('\n')

  it.each([
    '| server crashes | `CrashLoopBackOff` | **10 s** | 7 | 63 s | 2 | says success | 2 |',
    '| job cancelled | – | **12 s** | 0 | stuck, pending | 2 | never | 2 |',
  ])('has the line %s', (line) => {
    expect(lines).toContain(line)
  })

  it('counts wrong rollbacks', () => {
    expect(lines.join('\n')).toContain('by helm-deploy **0 of 1**, by Helm 3 1 of 1, by Helm 4 0 of 0')
  })
})

describe('the tables of bench/README.md', () => {
  const lines = `${renderBadDeploys(json)}\n${renderSlowDeploys(json)}\n${renderMachine(json)}`.split('\n')

  it.each([
    '| server crashes | **helm-deploy** | `CrashLoopBackOff` | 9.6 | 2 / 4 / 3 | 2 / 5 | superseded, failed, deployed | version 1 | champion 1, version 2 quarantined |',
    '| server crashes | Helm 3 | context deadline exceeded | 63.4 | 0 / 0 / 0 | 2 / 5 | superseded, failed, deployed | version 1 | no record |',
    '| server crashes | Helm 4 | **success** | never | 0 / 0 / 0 | 2 / 5 | superseded, failed, deployed | none | no record |',
    '| job cancelled | Helm 3 | context deadline exceeded | 20.0 | 0 / 0 / 0 | 2 / 5 | deployed, pending-upgrade (**stuck**) | version 1 | no record |',
    '| job cancelled | Helm 4 | a / b | never | 0 / 0 / 0 | 2 / 5 | superseded, failed, deployed | version 1 | no record |',
    '| loads for 20 s | 22 s | **rolled back**: timed out | – |',
    'Measured with processors 2, node v24.0.0.',
  ])('has the line %s', (line) => {
    expect(lines).toContain(line)
  })
})
