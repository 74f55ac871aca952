import { describe, expect, it } from 'vitest'
import { quietContext } from '../../test/fakes/context.ts'
import { gate, registry, scored } from '../../test/fakes/gatekeeper.ts'

describe('rejecting for ever', () => {
  it('is not silent', async () => {
    const mlflow = registry(0.7)
    const seen: string[][] = []
    for (const digit of ['1', '2', '3']) {
      const id = digit.repeat(32)
      mlflow.runs.set(id, scored(id, 0.7))
      const context = quietContext()
      const { outputs } = await gate(mlflow, { 'run-id': id }, context)
      const warned = context.said.some((line) => line.includes('in a row were not let through'))
      seen.push([
        outputs['consecutive-rejections'] ?? '',
        outputs['max-rejections-reached'] ?? '',
        String(warned),
      ])
    }
    expect(seen).toEqual([
      ['1', 'false', 'false'],
      ['2', 'false', 'false'],
      ['3', 'true', 'true'],
    ])
  })

  it('counts a candidate once, and none in a dry run', async () => {
    const mlflow = registry(0.7)
    for (const _ of ['once', 'again'])
      expect((await gate(mlflow)).outputs['consecutive-rejections']).toBe('1')
    const dry = registry(0.7)
    await gate(dry, { mode: 'dry-run' })
    await gate(dry, { metric: '', policy: 'metric: auc\ndecision: {mode: dry-run}' })
    expect(dry.writes).toEqual([])
  })
})
