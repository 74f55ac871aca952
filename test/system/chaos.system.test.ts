import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Kind } from '../../scripts/chaos/base.ts'
import type { Death, Killing } from '../../scripts/chaos/deaths.ts'
import { held } from '../../scripts/chaos/held.ts'
import { nameOf } from '../../scripts/chaos/points.ts'
import { duel, rounds } from '../../scripts/chaos/rivals.ts'
import { trial } from '../../scripts/chaos/trial.ts'
import { openWorld, type World } from '../../scripts/chaos/world.ts'

// A few of the points of `npm run chaos`, which plays them all.
let world: World
beforeAll(async () => {
  world = await openWorld(inject('dist'))
})
afterAll(() => world.close())

const LONGEST = 300_000

const good: Kind = { story: 'good', whole: false, helm: 'helm4' }
const bad: Kind = { story: 'bad', whole: false, helm: 'helm3' }
const alert: Kind = { story: 'alert', whole: false, helm: 'helm4' }
const oneStep: Kind = { story: 'good', whole: true, helm: 'helm3' }

const points: [kind: Kind, key: string, death: Death, when: Killing['when']][] = [
  [good, 'gatekeeper: POST model-versions/create #1', 'machine', 'after'],
  [good, 'helm-deploy: POST secrets pending-upgrade #1', 'machine', 'after'],
  [oneStep, 'retrain: PATCH deployments/R #1', 'SIGKILL', 'after'],
  [oneStep, 'retrain: PUT secrets/sh.helm.release.v1.R.v2 deployed #1', 'SIGINT', 'before'],
  [good, 'promote: POST registered-models/alias champion #1', 'machine', 'after'],
  [bad, 'helm-deploy: POST secrets pending-rollback #1', 'machine', 'after'],
  [bad, 'helm-deploy: POST model-versions/set-tag retrain.quarantined-at #1', 'machine', 'before'],
  [alert, 'helm-rollback: PATCH deployments/R #1', 'SIGTERM', 'after'],
  [alert, 'demote: POST registered-models/alias champion #1', 'machine', 'after'],
]

for (const [kind, key, death, when] of points)
  test.concurrent(`${nameOf(kind)}: ${death} ${when} ${key}`, { timeout: LONGEST }, async () => {
    const blow = { key, death, when, posts: death !== 'machine' }
    const { violations, trace } = await trial(world, { name: key, how: death, kind, blow })
    expect(violations, trace.join('\n')).toEqual([])
  })

test.concurrent('a chain that is held up alive loses nothing to another one', {
  timeout: LONGEST,
}, async () => {
  const key = 'promote: POST registered-models/alias champion #1'
  const { violations, trace } = await held(world, good, key, 'waits')
  expect(violations, trace.join('\n')).toEqual([])
})

test.concurrent.each(rounds(2, 1))('$name', { timeout: LONGEST }, async (round) => {
  const { violations, trace } = await duel(world, round)
  expect(violations, trace.join('\n')).toEqual([])
})
