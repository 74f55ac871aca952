import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  EVIDENCE_MS,
  leaseWaitBudget,
  REGISTRY_UPDATE_BUDGET,
  rollbackBudget,
  totalMs,
} from '../../src/domain/release/time-budget.ts'
import { POST_STEP_TIMEOUT } from '../../src/release/post-step.ts'
import { computeTimeBudget as deployment } from '../helm-deploy/deployment.ts'

const minute = 60_000
/** What a post step may take that finishes its main. */
const postStepTime = POST_STEP_TIMEOUT + EVIDENCE_MS + minute
const verify = [] as never
const writeBudget = (timeout: number) => totalMs({ ...leaseWaitBudget(timeout), ...REGISTRY_UPDATE_BUDGET })

test.each<[string, string, number, (timeout: number) => number]>([
  ['retrain', 'deploy', 25, (timeout) => totalMs(deployment({ timeout, verify }))],
  ['retrain', 'promote', 25, writeBudget],
  [
    'rollback',
    'rollback',
    20,
    (timeout) => totalMs({ ...leaseWaitBudget(timeout), ...rollbackBudget(timeout) }) + writeBudget(timeout),
  ],
  ['reconcile', 'reconcile', 25, writeBudget],
])(
  'workflow %s gives its job %s the time of the longest timeout that it allows: %im',
  (file, job, longest, of) => {
    const workflow = parse(readFileSync(`.github/workflows/${file}.yml`, 'utf8'))
    const { timeout } = workflow.on.workflow_call.inputs
    expect(timeout.description).toContain(`at most ${longest}m`)
    expect(workflow.jobs[job]['timeout-minutes'] * minute).toBeGreaterThan(
      of(longest * minute) + postStepTime,
    )
  },
)
