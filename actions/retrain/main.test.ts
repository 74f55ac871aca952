import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Fault, UserError } from '../../src/domain/core/errors.ts'
import { fakeContext, parseInputs } from '../../test/fakes/context.ts'
import { contract } from './contract.ts'
import { type ActionMains, main } from './main.ts'

const RUN = 'a'.repeat(32)

/** Parts that go well, but for what a test says; they write down who was asked, and with what. */
function fakeChain(changes: { [P in keyof ActionMains]?: object } = {}) {
  const calls: [string, Record<string, unknown>][] = []
  const part = (name: keyof ActionMains, outputs: object) => async (inputs: object) => {
    calls.push([name, inputs as Record<string, unknown>])
    const headline = name === 'promote' ? 'Version 4 serves.' : name
    return { outputs, summary: `### summary of ${name}\n\n**${headline}**`, ...changes[name] }
  }
  const parts = {
    preflight: part('preflight', { passed: 'true' }),
    trigger: part('trigger', { 'model-name': 'digits', intent: 'retrain', force: 'false' }),
    train: part('train', { 'run-id': RUN, metrics: '{"accuracy":0.9}' }),
    gatekeeper: part('gatekeeper', {
      verdict: 'promote',
      promote: 'true',
      reason: 'better by 0.02',
      'model-version': '4',
      'champion-version': '3',
    }),
    helmDeploy: part('helmDeploy', { outcome: 'deployed', 'live-model-version': '4', 'live-revision': '9' }),
    promote: part('promote', { 'champion-version': '4', 'previous-version': '3', changed: 'true' }),
  } as unknown as ActionMains
  const inputsOf = (name: keyof ActionMains) => calls.find(([called]) => called === name)?.[1]
  return { parts, calls, asked: inputsOf, order: () => calls.map(([name]) => name) }
}

const minimalInputs = {
  'model-name': 'digits',
  run: 'python train.py',
  metric: 'accuracy',
  chart: 'chart',
  release: 'digits',
}
const inputs = (more: Record<string, string> = {}) => parseInputs(contract, { ...minimalInputs, ...more })
const run = (fake: ReturnType<typeof fakeChain>, more: Record<string, string> = {}) =>
  main(inputs(more), fakeContext(), fake.parts)

test('each action passes its result to the next', async () => {
  const fake = fakeChain()
  const { outputs, failure, summary } = await run(fake)
  expect(failure).toBeUndefined()
  expect(fake.order()).toEqual(['trigger', 'preflight', 'train', 'gatekeeper', 'helmDeploy', 'promote'])
  expect(fake.asked('gatekeeper')).toMatchObject({
    'run-id': RUN,
    'model-name': 'digits',
    metric: 'accuracy',
  })
  expect(fake.asked('helmDeploy')).toMatchObject({ 'model-version': '4' })
  expect(fake.asked('promote')).toMatchObject({
    'model-version': '4',
    'expected-champion': '3',
    proof: 'cluster',
  })
  expect(outputs).toMatchObject({
    verdict: 'promote',
    outcome: 'deployed',
    'live-model-version': '4',
    'champion-version': '4',
    promoted: 'true',
    reason: 'better by 0.02',
  })
  for (const part of fake.order()) expect(summary).toContain(`summary of ${part}`)
  expect(summary).toMatch(/^## Retraining\n\n\*\*Version 4 serves\.\*\*\n\n\|/)
})

test('an event may name only this model, unless others are allowed', async () => {
  const fake = fakeChain()
  await run(fake)
  expect(fake.asked('trigger')).toMatchObject({ 'allowed-models': ['digits'] })
  const open = fakeChain()
  await run(open, { 'allowed-models': 'digits, fraud' })
  expect(open.asked('trigger')).toMatchObject({ 'allowed-models': ['digits', 'fraud'] })
})

test('a rejected candidate ends the chain successfully, without a deployment', async () => {
  const fake = fakeChain({
    gatekeeper: {
      outputs: { verdict: 'reject', promote: 'false', reason: 'worse by 0.1', 'champion-version': '3' },
    },
  })
  const { outputs, failure } = await run(fake)
  expect(failure).toBeUndefined()
  expect(fake.order()).not.toContain('helmDeploy')
  expect(outputs).toMatchObject({
    verdict: 'reject',
    reason: 'worse by 0.1',
    outcome: '',
    promoted: 'false',
    'champion-version': '3',
  })
})

test('a rolled-back rollout is never promoted', async () => {
  const back = {
    outputs: { outcome: 'rolled-back', 'failure-reason': 'CrashLoopBackOff', evidence: '/tmp/e' },
  }
  const failing = fakeChain({ helmDeploy: { ...back, failure: new UserError('the rollout failed') } })
  const ended = await run(failing)
  expect(ended.failure?.message).toBe('the rollout failed')
  expect(ended.outputs).toMatchObject({
    outcome: 'rolled-back',
    evidence: '/tmp/e',
    verdict: 'promote',
    'run-id': RUN,
  })
  const continuing = fakeChain({ helmDeploy: back })
  const { failure, outputs } = await run(continuing, { 'on-rollback': 'continue' })
  expect(failure).toBeUndefined()
  expect(outputs.reason).toContain('rolled back: CrashLoopBackOff')
  for (const fake of [failing, continuing]) expect(fake.order()).not.toContain('promote')
})

test('outputs the results of a failed training', async () => {
  const fake = fakeChain({
    train: { outputs: { 'run-id': RUN }, failure: new UserError('the script ended with exit code 3') },
  })
  const { outputs, failure } = await run(fake)
  expect(failure?.message).toContain('exit code 3')
  expect(outputs).toMatchObject({ 'run-id': RUN, reason: 'the script ended with exit code 3' })
  expect(fake.order()).toEqual(['trigger', 'preflight', 'train'])
})

test('an action that throws ends the chain with the results so far', async () => {
  const fake = fakeChain()
  const fault = new Fault({ system: 'Helm', call: 'helm history', detail: 'no', hint: 'Look.' })
  fake.parts.helmDeploy = async () => {
    throw fault
  }
  const { outputs, failure, summary } = await run(fake)
  expect(failure).toBe(fault)
  expect(outputs).toMatchObject({ verdict: 'promote', 'model-version': '4', outcome: 'refused' })
  expect(summary).toContain('summary of gatekeeper')
})

test('does not train a given candidate', async () => {
  const fake = fakeChain()
  await run(fake, { run: '', 'model-version': '4' })
  expect(fake.order()).not.toContain('train')
  expect(fake.asked('gatekeeper')).toMatchObject({ 'model-version': '4', 'run-id': undefined })
})

test('force comes from the workflow or from a manual run', async () => {
  const fake = fakeChain({
    trigger: { outputs: { 'model-name': 'digits', intent: 'retrain', force: 'true' } },
  })
  await run(fake, { 'force-reason': 'outage' })
  expect(fake.asked('gatekeeper')).toMatchObject({ force: true, 'force-reason': 'outage' })
})

test('rejects an invalid policy before the training, inline or in a file', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'policy-'))
  writeFileSync(join(workspace, 'gate.yml'), 'metric: auc\nmin_values: 1\n')
  for (const [policy, message] of [
    ['metric: auc\nmin_values: 1', /^Input policy: policy, line 2: unknown key "min_values"/],
    ['gate.yml', /^Input policy: gate.yml, line 2: unknown key "min_values"/],
    ['nowhere.yml', /^Input policy: "nowhere.yml" is neither YAML nor a readable file/],
  ] as const) {
    const fake = fakeChain()
    const { failure } = await main(inputs({ policy, metric: '' }), fakeContext({ workspace }), fake.parts)
    expect(failure).toBeInstanceOf(UserError)
    expect(failure?.message).toMatch(message)
    expect(fake.order()).toEqual(['trigger', 'preflight'])
  }
})

test('checks everything before the training, and does not train after a failed check', async () => {
  const fake = fakeChain({
    trigger: { outputs: { 'model-name': 'digits', intent: 'retrain', force: 'true' } },
    preflight: { outputs: { passed: 'false' }, failure: new UserError('Input chart: there is none') },
  })
  const { failure, summary } = await run(fake, { 'force-reason': 'outage' })
  expect(failure?.message).toBe('Input chart: there is none')
  expect(fake.order()).toEqual(['trigger', 'preflight'])
  expect(fake.asked('preflight')).toMatchObject({
    'model-name': 'digits',
    chart: 'chart',
    release: 'digits',
    force: true,
    'same-job': true,
    'on-preflight-failure': 'fail',
  })
  expect(summary).toContain('summary of preflight')
})

test('rejects force without a reason before the training', async () => {
  const fake = fakeChain({
    trigger: { outputs: { 'model-name': 'digits', intent: 'retrain', force: 'true' } },
  })
  const { failure } = await run(fake)
  expect(failure?.message).toMatch(/^Input force-reason: is required with force/)
  expect(fake.order()).toEqual(['trigger', 'preflight'])
})

test('passes no expected-champion if the champion is unclear', async () => {
  const outputs = { verdict: 'promote', promote: 'true', 'model-version': '4', reason: 'forced by ada' }
  for (const [champion, expected] of [
    ['', undefined],
    ['none', 'none'],
  ]) {
    const fake = fakeChain({ gatekeeper: { outputs: { ...outputs, 'champion-version': champion } } })
    await run(fake)
    expect(fake.asked('promote')).toHaveProperty('expected-champion', expected)
  }
})

test('rejects an event that requests another operation', async () => {
  for (const [intent, words] of [
    ['rollback', /requests a rollback/],
    ['none', /requests no operation/],
  ] as const) {
    const fake = fakeChain({ trigger: { outputs: { 'model-name': 'digits', intent } } })
    const { failure } = await run(fake)
    expect(failure?.message).toMatch(words)
    expect(fake.order()).toEqual(['trigger'])
  }
})

test('applies the input rules of all actions', () => {
  expect(() => inputs({ 'run-id': RUN, force: 'true', chart: '-x' })).toThrow(
    /^Input run: give exactly one of .*\nInput force-reason: .*\nInput chart: .*$/,
  )
  expect(() => inputs({ run: '' })).toThrow(/^Input run: give exactly one of/)
  expect(inputs()).toMatchObject({ 'require-verdict': true })
})

test('the summary escapes outside text', async () => {
  const fake = fakeChain({
    gatekeeper: { outputs: { verdict: 'reject', promote: 'false', reason: 'x | <b>y</b>' }, summary: '' },
  })
  const { summary } = await run(fake)
  expect(summary).not.toContain('<b>')
  expect(summary).toContain('x &#124; &#60;b&#62;y&#60;/b&#62;')
})

test('the training may not change its own policy', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'retrain-'))
  const file = join(workspace, 'gate.yml')
  writeFileSync(file, 'metric: accuracy\nmin_improvement: 0.01\n')
  const fake = fakeChain()
  const { train } = fake.parts
  fake.parts.train = (...given) => {
    writeFileSync(file, 'metric: accuracy\n')
    return train(...given)
  }
  const { metric: _, ...rest } = minimalInputs
  const given = parseInputs(contract, { ...rest, policy: 'gate.yml' })
  const { failure } = await main(given, fakeContext({ workspace }), fake.parts)
  expect(failure?.message).toMatch(/gate.yml was changed while the training ran/)
  expect(fake.order()).toEqual(['trigger', 'preflight', 'train'])
})
