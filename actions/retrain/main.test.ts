import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Fault, UserError } from '../../src/domain/failure.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { contract } from './contract.ts'
import { main, type Parts } from './main.ts'

const RUN = 'a'.repeat(32)

/** Parts that go well, but for what a test says; they write down who was asked, and with what. */
function chain(changes: { [P in keyof Parts]?: object } = {}) {
  const calls: [string, Record<string, unknown>][] = []
  const part = (name: keyof Parts, outputs: object) => async (inputs: object) => {
    calls.push([name, inputs as Record<string, unknown>])
    return { outputs, summary: `summary of ${name}`, ...changes[name] }
  }
  const parts = {
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
  } as unknown as Parts
  const asked = (name: keyof Parts) => calls.find(([called]) => called === name)?.[1]
  return { parts, calls, asked, order: () => calls.map(([name]) => name) }
}

const enough = {
  'model-name': 'digits',
  run: 'python train.py',
  metric: 'accuracy',
  chart: 'chart',
  release: 'digits',
}
const inputs = (more: Record<string, string> = {}) => parseInputs(contract, { ...enough, ...more })
const run = (fake: ReturnType<typeof chain>, more: Record<string, string> = {}) =>
  main(inputs(more), quietContext(), fake.parts)

test('each part hands its result to the next', async () => {
  const fake = chain()
  const { outputs, failure, summary } = await run(fake)
  expect(failure).toBeUndefined()
  expect(fake.order()).toEqual(['trigger', 'train', 'gatekeeper', 'helmDeploy', 'promote'])
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
})

test('an event may name the own model only, unless others are allowed', async () => {
  const fake = chain()
  await run(fake)
  expect(fake.asked('trigger')).toMatchObject({ 'allowed-models': ['digits'] })
  const open = chain()
  await run(open, { 'allowed-models': 'digits, fraud' })
  expect(open.asked('trigger')).toMatchObject({ 'allowed-models': ['digits', 'fraud'] })
})

test('a rejected candidate ends green, and nothing is deployed', async () => {
  const fake = chain({
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

test('a rollout that was taken back is never promoted, red or green', async () => {
  const back = {
    outputs: { outcome: 'rolled-back', 'failure-reason': 'CrashLoopBackOff', evidence: '/tmp/e' },
  }
  const red = chain({ helmDeploy: { ...back, failure: new UserError('it did not come up') } })
  const ended = await run(red)
  expect(ended.failure?.message).toBe('it did not come up')
  expect(ended.outputs).toMatchObject({
    outcome: 'rolled-back',
    evidence: '/tmp/e',
    verdict: 'promote',
    'run-id': RUN,
  })
  const green = chain({ helmDeploy: back })
  const { failure, outputs } = await run(green, { 'on-rollback': 'continue' })
  expect(failure).toBeUndefined()
  expect(outputs.reason).toContain('taken back: CrashLoopBackOff')
  for (const fake of [red, green]) expect(fake.order()).not.toContain('promote')
})

test('what a failed training found is an output all the same', async () => {
  const fake = chain({
    train: { outputs: { 'run-id': RUN }, failure: new UserError('the script ended with exit code 3') },
  })
  const { outputs, failure } = await run(fake)
  expect(failure?.message).toContain('exit code 3')
  expect(outputs).toMatchObject({ 'run-id': RUN, reason: 'the script ended with exit code 3' })
  expect(fake.order()).toEqual(['trigger', 'train'])
})

test('a part that throws ends the chain with what was known before', async () => {
  const fake = chain()
  const fault = new Fault({ system: 'Helm', call: 'helm history', said: 'no', next: 'Look.' })
  fake.parts.helmDeploy = async () => {
    throw fault
  }
  const { outputs, failure, summary } = await run(fake)
  expect(failure).toBe(fault)
  expect(outputs).toMatchObject({ verdict: 'promote', 'model-version': '4', outcome: 'refused' })
  expect(summary).toContain('summary of gatekeeper')
})

test('a candidate from elsewhere is not trained again', async () => {
  const fake = chain()
  await run(fake, { run: '', 'model-version': '4' })
  expect(fake.order()).not.toContain('train')
  expect(fake.asked('gatekeeper')).toMatchObject({ 'model-version': '4', 'run-id': undefined })
})

test('force comes from the workflow or from the form of a person', async () => {
  const fake = chain({ trigger: { outputs: { 'model-name': 'digits', intent: 'retrain', force: 'true' } } })
  await run(fake, { 'force-reason': 'outage' })
  expect(fake.asked('gatekeeper')).toMatchObject({ force: true, 'force-reason': 'outage' })
})

test('a bad policy is refused before the training is begun, in its text or in its file', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'policy-'))
  writeFileSync(join(workspace, 'gate.yml'), 'metric: auc\nmin_values: 1\n')
  for (const [policy, why] of [
    ['metric: auc\nmin_values: 1', /^Input policy: policy, line 2: unknown key "min_values"/],
    ['gate.yml', /^Input policy: gate.yml, line 2: unknown key "min_values"/],
    ['nowhere.yml', /^Input policy: "nowhere.yml" is neither YAML nor a file/],
  ] as const) {
    const fake = chain()
    const { failure } = await main(inputs({ policy, metric: '' }), quietContext({ workspace }), fake.parts)
    expect(failure).toBeInstanceOf(UserError)
    expect(failure?.message).toMatch(why)
    expect(fake.order()).toEqual(['trigger'])
  }
})

test('a force without a reason is refused before hours of training', async () => {
  const fake = chain({ trigger: { outputs: { 'model-name': 'digits', intent: 'retrain', force: 'true' } } })
  const { failure } = await run(fake)
  expect(failure?.message).toMatch(/^Input force-reason: is required with force/)
  expect(fake.order()).toEqual(['trigger'])
})

test('a champion that is unclear is nothing to guard: only force comes that far', async () => {
  const outputs = { verdict: 'promote', promote: 'true', 'model-version': '4', reason: 'forced by ada' }
  for (const [champion, expected] of [
    ['', undefined],
    ['none', 'none'],
  ]) {
    const fake = chain({ gatekeeper: { outputs: { ...outputs, 'champion-version': champion } } })
    await run(fake)
    expect(fake.asked('promote')).toHaveProperty('expected-champion', expected)
  }
})

test('an event that asks for something else starts nothing', async () => {
  for (const [intent, words] of [
    ['rollback', /asks for a rollback/],
    ['none', /asks for nothing/],
  ] as const) {
    const fake = chain({ trigger: { outputs: { 'model-name': 'digits', intent } } })
    const { failure } = await run(fake)
    expect(failure?.message).toMatch(words)
    expect(fake.order()).toEqual(['trigger'])
  }
})

test("the parts' rules hold, all at once", () => {
  expect(() => inputs({ 'run-id': RUN, force: 'true', chart: '-x' })).toThrow(
    /^Input run: give exactly one of .*\nInput force-reason: .*\nInput chart: .*$/,
  )
  expect(() => inputs({ run: '' })).toThrow(/^Input run: give exactly one of/)
  expect(inputs()).toMatchObject({ 'require-verdict': true })
})

test('the summary shows outside text as text', async () => {
  const fake = chain({
    gatekeeper: { outputs: { verdict: 'reject', promote: 'false', reason: 'x | <b>y</b>' }, summary: '' },
  })
  const { summary } = await run(fake)
  expect(summary).not.toContain('<b>')
  expect(summary).toContain('x &#124; &#60;b&#62;y&#60;/b&#62;')
})

test('the training may not change what it is judged by', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'retrain-'))
  const file = join(workspace, 'gate.yml')
  writeFileSync(file, 'metric: accuracy\nmin_improvement: 0.01\n')
  const fake = chain()
  const { train } = fake.parts
  fake.parts.train = (...given) => {
    writeFileSync(file, 'metric: accuracy\n')
    return train(...given)
  }
  const { metric: _, ...rest } = enough
  const given = parseInputs(contract, { ...rest, policy: 'gate.yml' })
  const { failure } = await main(given, quietContext({ workspace }), fake.parts)
  expect(failure?.message).toMatch(/gate.yml was changed while the training ran/)
  expect(fake.order()).toEqual(['trigger', 'train'])
})
