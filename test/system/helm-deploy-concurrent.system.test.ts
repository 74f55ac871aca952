import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Namespace, openNamespace } from './support/cluster/namespace.ts'

let cluster: Namespace
beforeAll(async () => {
  cluster = await openNamespace()
})
afterAll(() => cluster.close())

test.concurrent.each(['helm3', 'helm4'] as const)(
  'two concurrent deployments: the later one stays, and nothing is rolled back, with %s',
  async (helm) => {
    const release = `race-${helm}`
    await cluster.deploy(helm, { release, 'model-version': '1' })
    const versions = ['2', '3']
    const ends = await Promise.all(
      versions.map((version) => cluster.deploy(helm, { release, 'model-version': version })),
    )

    const history: { description: string }[] = JSON.parse(
      await cluster.helm(helm, 'history', release, '--output', 'json'),
    )
    expect(history.map(({ description }) => description).join()).not.toMatch(/Rollback/)
    const live = await cluster.readVariable(release, 'MODEL_VERSION')
    const winner = ends[versions.indexOf(live)]
    expect(winner?.outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': live })
    for (const { outputs, failure } of ends.filter((end) => end !== winner)) {
      expect(['deployed refused', 'failed']).toContainEqual(expect.stringContaining(outputs.outcome ?? ''))
      if (outputs.outcome === 'failed') expect(outputs['failure-reason']).toBe('Superseded')
      if (outputs.outcome !== 'deployed') expect(failure?.message).toMatch(/held|another job/)
    }
  },
)
