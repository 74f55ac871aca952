import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tagInNode } from '../../rig/kubernetes/node.ts'
import { type ForeignChart, releaseOf } from './chart-life.ts'
import type { HelmName } from './helm-releases.ts'
import { openSpace, type Space } from './rollback-space.ts'

let space: Space
beforeAll(async () => {
  space = await openSpace()
  // Each model an image of its own; 3 was never pushed.
  for (const version of ['1', '2']) await tagInNode(space.rig.image, `retrain-actions/baked:${version}`)
})
afterAll(() => space.close())

interface Life extends ForeignChart {
  helm: HelmName
  /** What a version that cannot serve is given, and how that is called. */
  broken: object
  reason: string
  /** The workload that the proof names. */
  seen: RegExp
}

const CRASHES = ['/bin/sh', '-c', 'echo no weights; exit 3']
const lives: Life[] = [
  {
    chart: 'ranker',
    helm: 'helm3',
    'version-from': 'annotation:models.example.com/version',
    broken: { command: CRASHES },
    reason: 'CrashLoopBackOff',
    seen: /2 pods of statefulset\/\S+ ready/,
  },
  {
    chart: 'baked',
    helm: 'helm4',
    'version-from': 'image-tag',
    broken: {},
    reason: 'ImagePullBackOff',
    seen: /1 pod of deployment\/\S+ ready/,
  },
  {
    chart: 'sidecars',
    helm: 'helm3',
    'version-from': 'http:8080/health#model.version',
    // What an earlier download left behind: the pods are up, and serve another model than they were asked to.
    broken: { fetch: `printf '{"version":"1"}' > /models/model.json` },
    reason: 'WrongVersion',
    seen: /1 pod of deployment\/\S+ ready/,
  },
  {
    chart: 'split',
    helm: 'helm4',
    'version-from': 'label:models.example.com/version',
    broken: { api: { command: CRASHES } },
    reason: 'CrashLoopBackOff',
    seen: /2 pods of deployment\/\S+-api ready/,
  },
  {
    chart: 'nodes',
    helm: 'helm3',
    'version-from': 'env:SERVED_MODEL_VERSION',
    broken: { command: CRASHES },
    reason: 'CrashLoopBackOff',
    seen: /1 pod of daemonset\/\S+ ready/,
  },
]

describe.concurrent('a chart of other structure lives through', () => {
  test.each(lives)('$chart, with $helm', async (life) => {
    const { helm, broken, reason, seen, ...given } = life
    const [model, release] = [`${life.chart}-${randomUUID()}`, `${life.chart}-${randomUUID().slice(0, 4)}`]
    const workload = life.chart === 'split' ? { workload: `deployment/${release}-api` } : {}
    const own = releaseOf(space, helm, { ...given, ...workload }, release, model)
    for (const number of ['1', '2', '3']) expect((await space.registered(model)).number).toBe(number)

    for (const version of ['1', '2']) {
      const up = await own.deploy(version)
      expect(up.failure).toBeUndefined()
      expect(up.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': version })
      const { outputs, summary } = await own.promote({ 'model-version': version })
      expect(outputs).toMatchObject({ 'champion-version': version, changed: 'true' })
      expect(summary).toMatch(seen)
    }
    const down = await own.deploy('3', broken)
    expect(down.failure?.message).toContain('which serves again')
    expect(down.outputs).toMatchObject({
      outcome: 'rolled-back',
      'failure-reason': reason,
      'live-model-version': '2',
    })
    expect((await own.promote({ 'model-version': '3' })).failure?.message).toMatch(/serve version 2, not 3/)

    const back = await own.rollBack('2')
    expect(back.outputs).toMatchObject({ outcome: 'rolled-back', 'live-model-version': '1' })
    expect((await own.demote('2')).outputs).toMatchObject({ 'champion-version': '1' })
    expect(await space.aliases(model)).toEqual({ champion: '1' })
  })
})
