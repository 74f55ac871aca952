import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { beforehand, EVIDENCE, total, writingBudget } from '../../src/domain/rollout-budget.ts'
import { budgetOf as deployment } from '../helm-deploy/claim.ts'
import { budgetOf as rollback } from '../helm-rollback/claim.ts'
import { LONGEST } from './finishing.ts'

const minute = 60_000
/** What a post step may take that finishes its main. */
const finishing = LONGEST + EVIDENCE + minute
const verify = [] as never
const writing = (timeout: number) => total([...beforehand(timeout), ...writingBudget()])

test.each<[string, string, number, (timeout: number) => number]>([
  ['retrain', 'deploy', 25, (timeout) => total(deployment({ timeout, verify }).all)],
  ['retrain', 'promote', 25, writing],
  ['rollback', 'rollback', 20, (timeout) => total(rollback({ timeout }).all) + writing(timeout)],
  ['reconcile', 'reconcile', 25, writing],
])(
  'workflow %s gives its job %s the time of the longest timeout that it allows: %im',
  (file, job, longest, of) => {
    const workflow = parse(readFileSync(`.github/workflows/${file}.yml`, 'utf8'))
    const { timeout } = workflow.on.workflow_call.inputs
    expect(timeout.description).toContain(`at most ${longest}m`)
    expect(workflow.jobs[job]['timeout-minutes'] * minute).toBeGreaterThan(of(longest * minute) + finishing)
  },
)
