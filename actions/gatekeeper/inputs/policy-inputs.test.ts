import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fakeContext } from '../../../test/fakes/context.ts'
import { registryWithChampion, runGate } from '../../../test/fakes/gatekeeper.ts'

describe('the policy that is given', () => {
  const reportedPolicy = (path: string | undefined) => JSON.parse(readFileSync(path ?? '', 'utf8')).policy

  it('comes from YAML, a file, and inputs, which override it', async () => {
    const inline = await runGate(registryWithChampion(), {
      metric: '',
      policy: 'metric: auc\nmin-improvement: 0.10\nmin-value: "0.5"',
    })
    expect(reportedPolicy(inline.outputs.report)).toMatchObject({
      primary: { metric: 'auc', direction: 'higher', minValue: '0.5' },
      comparison: { kind: 'challenger', minImprovement: { absolute: '0.10' } },
    })
    const context = fakeContext({ workspace: mkdtempSync(join(tmpdir(), 'policy-')) })
    writeFileSync(
      join(context.workspace, 'gate.yml'),
      'metric: auc\nmin-value: 0.95\nmin-improvement: 1e-3\n',
    )
    const file = await runGate(
      registryWithChampion(),
      { metric: '', policy: 'gate.yml', 'min-improvement': '0' },
      context,
    )
    expect(reportedPolicy(file.outputs.report)).toMatchObject({
      primary: { metric: 'auc', direction: 'higher', minValue: '0.95' },
      comparison: { minImprovement: { absolute: '0' } },
    })
    expect(file.outputs.verdict).toBe('reject')
  })

  it.each([
    ['metric: auc\nmin_valu: 1', /policy, line 2: unknown key "min_valu".*min_value.*metric/],
    [
      'metric: auc\ndirection: up\nmin-improvement: 5%',
      /line 2: direction "up" is not one of[\s\S]*line 3: min_improvement "5%" is not a decimal/,
    ],
    ['metric: auc\nmin-improvement: -1', /line 2: min_improvement is negative/],
    ['metric:', /line 1: metric has no value/],
    ['metric: [1]', /line 1: metric is a list or a mapping: write one value/],
    ['{metric: auc', /policy, line 1: .*[^:]$/],
    ['metric: auc\nmetric: f1', /line 2: .*unique/],
    ['- auc\n- f1', /is not a mapping/],
    ['nowhere.yml', /"nowhere.yml" is neither YAML nor a readable file/],
  ])('is refused: %j', async (policy, why) => {
    await expect(runGate(registryWithChampion(), { metric: '', policy })).rejects.toThrow(why)
  })

  it('needs a metric, and the direction of one that it does not know', async () => {
    await expect(runGate(registryWithChampion(), { metric: '' })).rejects.toThrow(/Input metric: is required/)
    await expect(runGate(registryWithChampion(), { metric: 'val_loss' })).rejects.toThrow(
      /Input direction: is required, since "val_loss" is not one of/,
    )
    await expect(runGate(registryWithChampion(), { metric: '', policy: 'metric: val_loss' })).rejects.toThrow(
      /Input direction: is required, since "val_loss" is not one of/,
    )
    await expect(runGate(registryWithChampion(), { metric: '', policy: 'min-value: 1' })).rejects.toThrow(
      /Input metric: is required/,
    )
  })

  it('is reported together with the other invalid inputs', async () => {
    const bad = { 'run-id': 'x', 'min-value': '5%' }
    await expect(runGate(registryWithChampion(), { ...bad, metric: '' })).rejects.toThrow(
      /^Input run-id: .*\nInput min-value: .*\nInput metric: is required/,
    )
    await expect(runGate(registryWithChampion(), { ...bad, metric: 'val_loss' })).rejects.toThrow(
      /^Input run-id: .*\nInput min-value: .*\nInput direction: is required, since "val_loss"/,
    )
    await expect(
      runGate(registryWithChampion(), { ...bad, metric: '', policy: 'metric: auc' }),
    ).rejects.toThrow(/^Input run-id: .*\nInput min-value: [^\n]*$/)
  })

  it.each(['min-value', 'min-improvement', 'margin'])(
    'rejects %s above the range of a double',
    async (key) => {
      const given = { metric: 'auc', kind: key === 'margin' ? 'refresh' : '', [key]: '1e999' }
      await expect(runGate(registryWithChampion(), given)).rejects.toThrow(
        new RegExp(`^Input ${key}: exceeds the range of a double$`),
      )
    },
  )

  it.each([
    [{ metric: 'a'.repeat(251) }, /^Input metric: "a{77}\.\.\." has 251 characters, .* at most 250\. /],
    [{ metric: '', policy: 'metric: ""' }, /line 1: metric is empty\. Set the primary metric/],
  ])('explains an invalid metric name: %#', async (given, why) => {
    await expect(runGate(registryWithChampion(), given as Record<string, string>)).rejects.toThrow(why)
  })
})
