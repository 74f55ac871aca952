import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/domain/failure.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import type { Standing } from '../../src/domain/rollout-admission.ts'
import type { Context } from '../../src/runtime/context.ts'
import { inputVariable, readInputs } from '../../src/runtime/inputs.ts'
import { contract } from './contract.ts'
import { releaseWith } from './fake-release.ts'
import { main } from './main.ts'
import { post } from './post.ts'

const admitted: Standing = {
  admitted: true,
  verdict: 'promote',
  judgedDigest: 'aaa',
  digest: 'aaa',
  quarantined: undefined,
  champion: '7',
}

async function deploy(
  fake: ReturnType<typeof releaseWith>,
  given: Record<string, string> = {},
  standing: Partial<Standing> = {},
) {
  const temp = mkdtempSync(join(tmpdir(), 'helm-deploy-'))
  const state: Record<string, string> = {}
  const written: Tags[] = []
  const context = {
    run: { repository: 'o/r', id: '1', attempt: '1', actor: 'a', url: 'https://run/1', event: 'push' },
    log: { info: () => undefined, warning: () => undefined, group: () => undefined },
    env: {},
    temp,
    workspace: temp,
    cancelled: new AbortController().signal,
    event: () => ({}),
    saveState: (name: string, value: string) => {
      state[name] = value
    },
  } satisfies Context
  const texts = {
    release: 'digits',
    namespace: 'ml',
    chart: 'chart',
    'model-name': 'digits',
    'model-version': '8',
    'tracking-uri': 'http://mlflow:5000',
    ...given,
  }
  const variables = Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [inputVariable(name), value]),
  )
  const inputs = readInputs(contract, variables)
  const adapters = {
    openRelease: async () => fake.release,
    openRegistry: () => ({
      base: 'http://mlflow:5000',
      standing: async () => ({ ...admitted, ...standing }),
      record: async (tags: Tags) => void written.push(tags),
    }),
  }
  const outcome = await main(inputs, context, adapters)
  return { outcome, state, written, temp, inputs, context }
}

test('a good version: upgraded, watched, and only then marked', async () => {
  const fake = releaseWith(['7'])
  const { outcome, state, temp } = await deploy(fake)
  expect(outcome.failure).toBeUndefined()
  expect(outcome.outputs).toEqual({
    outcome: 'deployed',
    'live-model-version': '8',
    'live-revision': '2',
    'previous-model-version': '7',
    'failure-reason': '',
    evidence: '',
  })
  expect(fake.calls).toEqual(['mark 1', 'upgrade', 'watch 8', 'mark 2', 'close'])
  expect(fake.marks.get(2)).toMatchObject({ version: '8', digest: 'aaa', run: 'https://run/1' })
  expect(state.rollout).toBe('')
  expect(readdirSync(temp)).toEqual([])
})

test('the same again: unchanged, nothing is touched', async () => {
  const fake = releaseWith(['8'])
  const { outcome } = await deploy(fake)
  expect(outcome.outputs).toMatchObject({ outcome: 'unchanged', 'live-revision': '1' })
  expect(fake.calls).toEqual(['mark 1', 'close'])
})

describe('a broken version', () => {
  test('evidence first, then back to what was found good; red', async () => {
    const fake = releaseWith(['7'], ['8'])
    const { outcome, written, state } = await deploy(fake)
    expect(fake.calls).toEqual([
      'mark 1',
      'upgrade',
      'watch 8',
      'evidence',
      'rollback 1',
      'watch 7',
      'mark 3',
      'close',
    ])
    expect(outcome.outputs).toMatchObject({
      outcome: 'rolled-back',
      'live-model-version': '7',
      'live-revision': '3',
      'previous-model-version': '7',
      'failure-reason': 'CrashLoopBackOff',
    })
    expect(outcome.failure?.message).toBe(
      'Version 8 of model "digits" did not come up: CrashLoopBackOff (exit code 3) in pod pod-8, container serve: Error; its last words: "password=*** is wrong". Release digits went back to revision 1 (version 7), which serves again.',
    )
    expect(written).toHaveLength(1)
    expect(written[0]).toHaveProperty([ledger.quarantined])
    expect(state.rollout).toBe('')
  })

  test('the evidence is JSON and markdown, without secrets', async () => {
    const { outcome } = await deploy(releaseWith(['7'], ['8']))
    const folder = outcome.outputs.evidence ?? ''
    const json = readFileSync(join(folder, 'evidence.json'), 'utf8')
    expect(JSON.parse(json).diagnosis).toMatchObject({ reason: 'CrashLoopBackOff', exitCode: 3 })
    expect(readFileSync(join(folder, 'evidence.md'), 'utf8')).toContain('password=*** is wrong')
    expect(json + outcome.summary).not.toContain('hunter2')
  })

  test('evidence-logs: full keeps what the pod said', async () => {
    const { outcome } = await deploy(releaseWith(['7'], ['8']), { 'evidence-logs': 'full' })
    expect(readFileSync(join(outcome.outputs.evidence ?? '', 'evidence.json'), 'utf8')).toContain('hunter2')
  })

  test('on-rollback: continue is green and says all the same', async () => {
    const { outcome } = await deploy(releaseWith(['7'], ['8']), { 'on-rollback': 'continue' })
    expect(outcome.failure).toBeUndefined()
    expect(outcome.outputs.outcome).toBe('rolled-back')
    expect(outcome.summary).toContain('went back to revision 1')
  })

  test('what it goes back to does not come up either: louder', async () => {
    const fake = releaseWith(['6', '7'], ['8'])
    const { release } = fake
    const { rollback } = release
    release.rollback = async (revision) => {
      await rollback(revision)
      const last = fake.revisions.at(-1)
      if (last) last.version = '8'
    }
    const { outcome } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('rollback-failed')
    expect(outcome.failure?.message).toContain('ROLLBACK FAILED')
    expect(fake.marks.has(4)).toBe(false)
  })

  test('nothing was ever seen good: nothing is guessed', async () => {
    const fake = releaseWith(['7'], ['7', '8'])
    const { outcome } = await deploy(fake)
    expect(outcome.outputs.outcome).toBe('rollback-failed')
    expect(fake.calls).not.toContainEqual(expect.stringContaining('rollback'))
  })

  test('as a first install it is uninstalled', async () => {
    const { outcome } = await deploy(releaseWith([], ['8']), {}, { champion: undefined })
    expect(outcome.outputs).toMatchObject({ outcome: 'uninstalled', 'live-revision': '' })
    expect(outcome.failure?.message).toContain('first install')
  })

  test('rollback-on-failure: false leaves it', async () => {
    const fake = releaseWith(['7'], ['8'])
    const { outcome } = await deploy(fake, { 'rollback-on-failure': 'false', 'on-rollback': 'continue' })
    expect(outcome.outputs).toMatchObject({ outcome: 'failed', 'live-revision': '2' })
    expect(outcome.failure).toBeInstanceOf(UserError)
    expect(fake.calls).not.toContain('rollback 1')
  })
})

test('refused: the cluster is not touched, the outputs are set, the step is red', async () => {
  const fake = releaseWith(['7'])
  const { outcome, state } = await deploy(fake, {}, { admitted: false, verdict: 'reject' })
  expect(outcome.outputs).toMatchObject({
    outcome: 'refused',
    'live-model-version': '7',
    'live-revision': '1',
  })
  expect(outcome.failure).toBeInstanceOf(UserError)
  expect(fake.calls).toEqual(['close'])
  expect(state.rollout).toBeUndefined()
})

test('Helm that refuses before it writes anything is a fault, not a rollout', async () => {
  const fake = releaseWith(['7'])
  fake.release.upgrade = async () => {
    throw new Error('chart does not render')
  }
  await expect(deploy(fake)).rejects.toThrow('chart does not render')
  expect(fake.calls).not.toContain('evidence')
})

test('the inputs are held to the rules, all at once', () => {
  const given = {
    release: 'digits',
    chart: '-x',
    'model-name': 'm',
    'model-version': '1',
    'values-files': 'https://x/y',
  }
  const variables = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [inputVariable(name), value]),
  )
  expect(() => readInputs(contract, variables)).toThrow(
    /tracking-uri: is required[\s\S]*chart: is neither[\s\S]*values-files: "https:\/\/x\/y" is not a path/,
  )
})

describe('the post step', () => {
  async function afterMain(fake: ReturnType<typeof releaseWith>, rollout: string) {
    const { inputs, context, temp } = await deploy(releaseWith(['8']))
    fake.calls.length = 0
    await post({ rollout }, inputs, context, async () => fake.release)
    expect(existsSync(join(temp, 'retrain-actions-values-digits'))).toBe(false)
    return fake.calls
  }
  const underway = JSON.stringify({ release: 'digits', namespace: 'ml', before: 1, first: false })

  test('does nothing where main came to its end', async () => {
    expect(await afterMain(releaseWith(['7']), '')).toEqual([])
  })

  test('takes back what was never proven', async () => {
    const fake = releaseWith(['7'])
    await deploy(fake)
    fake.marks.delete(2)
    expect(await afterMain(fake, underway)).toEqual(['rollback 1', 'watch 7', 'mark 3', 'close'])
  })

  test('leaves what was proven', async () => {
    const fake = releaseWith(['7'])
    await deploy(fake)
    expect(await afterMain(fake, underway)).toEqual(['close'])
  })
})
