import { describe, expect, it } from 'vitest'
import { fakeContext } from '../../../test/fakes/context.ts'
import { registryWithChampion, runGate, runWithAuc } from '../../../test/fakes/gatekeeper.ts'

describe('consecutive rejections', () => {
  it('raise a warning at max_rejections', async () => {
    const mlflow = registryWithChampion(0.7)
    const outputsPerRun: string[][] = []
    for (const digit of ['1', '2', '3']) {
      const id = digit.repeat(32)
      mlflow.runs.set(id, runWithAuc(id, 0.7))
      const context = fakeContext()
      const { outputs } = await runGate(mlflow, { 'run-id': id }, context)
      const hasWarning = context.messages.some((line) =>
        line.includes('consecutive candidates were not promoted'),
      )
      outputsPerRun.push([
        outputs['consecutive-rejections'] ?? '',
        outputs['max-rejections-reached'] ?? '',
        String(hasWarning),
      ])
    }
    expect(outputsPerRun).toEqual([
      ['1', 'false', 'false'],
      ['2', 'false', 'false'],
      ['3', 'true', 'true'],
    ])
  })

  it('count a candidate once, and none in a dry run', async () => {
    const mlflow = registryWithChampion(0.7)
    for (const _ of ['once', 'again'])
      expect((await runGate(mlflow)).outputs['consecutive-rejections']).toBe('1')
    const dry = registryWithChampion(0.7)
    await runGate(dry, { mode: 'dry-run' })
    await runGate(dry, { metric: '', policy: 'metric: auc\ndecision: {mode: dry-run}' })
    expect(dry.writes).toEqual([])
  })
})
