import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createRounds, runConcurrently } from '../fault-injection/concurrency/concurrent-runs.ts'
import { runWithPausedChain } from '../fault-injection/concurrency/paused-chain.ts'
import { type Harness, openHarness } from '../fault-injection/harness.ts'
import type { FailureMode, KillInjection } from '../fault-injection/injection/failure-modes.ts'
import { formatVariant } from '../fault-injection/injection/injection-points.ts'
import { runInjection } from '../fault-injection/injection/run-injection.ts'
import type { ChainVariant } from '../fault-injection/prepare-case.ts'

// A sample of `npm run fault-injection`, which runs every injection point.
let harness: Harness
beforeAll(async () => {
  harness = await openHarness(inject('dist'))
})
afterAll(() => harness.close())

const TEST_TIMEOUT_MS = 300_000

const good: ChainVariant = { kind: 'healthy', singleStep: false, helm: 'helm4' }
const bad: ChainVariant = { kind: 'crashing', singleStep: false, helm: 'helm3' }
const alert: ChainVariant = { kind: 'alert', singleStep: false, helm: 'helm4' }
const stuck: ChainVariant = { kind: 'stuck', singleStep: false, helm: 'helm3' }
const oneStep: ChainVariant = { kind: 'healthy', singleStep: true, helm: 'helm3' }

const injectionPoints: [
  variant: ChainVariant,
  key: string,
  failureMode: FailureMode,
  timing: KillInjection['timing'],
][] = [
  [good, 'gatekeeper: POST model-versions/create #1', 'machine-loss', 'after'],
  [good, 'helm-deploy: POST secrets pending-upgrade #1', 'machine-loss', 'after'],
  [oneStep, 'retrain: PATCH deployments/R #1', 'SIGKILL', 'after'],
  [oneStep, 'retrain: PUT secrets/sh.helm.release.v1.R.v2 deployed #1', 'SIGINT', 'before'],
  [good, 'promote: POST registered-models/alias champion #1', 'machine-loss', 'after'],
  [bad, 'helm-deploy: POST secrets pending-rollback #1', 'machine-loss', 'after'],
  [bad, 'helm-deploy: POST model-versions/set-tag retrain.quarantined-at #1', 'machine-loss', 'before'],
  [stuck, 'helm-deploy: DELETE secrets/sh.helm.release.v1.R.v2 #1', 'machine-loss', 'before'],
  [alert, 'helm-rollback: PATCH deployments/R #1', 'SIGTERM', 'after'],
  [alert, 'demote: POST registered-models/alias champion #1', 'machine-loss', 'after'],
]

for (const [variant, key, failureMode, timing] of injectionPoints)
  test.concurrent(`${formatVariant(variant)}: ${failureMode} ${timing} ${key}`, {
    timeout: TEST_TIMEOUT_MS,
  }, async () => {
    const injection = { key, failureMode, timing, runsPostSteps: failureMode !== 'machine-loss' }
    const { violations, trace } = await runInjection(harness, {
      name: key,
      description: failureMode,
      variant,
      injection,
    })
    expect(violations, trace.join('\n')).toEqual([])
  })

test.concurrent('a paused chain keeps its lease while a second chain waits', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const key = 'promote: POST registered-models/alias champion #1'
  const { violations, trace } = await runWithPausedChain(harness, good, key, 'waits')
  expect(violations, trace.join('\n')).toEqual([])
})

test.concurrent.each(createRounds(2, 1))('$name', { timeout: TEST_TIMEOUT_MS }, async (round) => {
  const { violations, trace } = await runConcurrently(harness, round)
  expect(violations, trace.join('\n')).toEqual([])
})
