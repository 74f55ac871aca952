import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { formatEvidenceName } from '../../src/domain/release/environment-id.ts'

const text = z.record(z.string(), z.unknown())
const workflow = z.object({
  concurrency: z.object({ group: z.string() }),
  jobs: z.record(
    z.string(),
    z.object({ steps: z.array(z.object({ uses: z.string().optional(), with: text.default({}) })) }),
  ),
})
const readWorkflow = (name: string) =>
  workflow.parse(parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')))

/** Values by the path that an expression names them by. */
type ExpressionValues = Readonly<Record<string, string>>

/** What GitHub makes of a text whose expressions are paths and quoted texts joined by `||`. */
const evaluateExpressions = (written: string, known: ExpressionValues) =>
  written.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
    const parts = expression.split(' || ').map((part) => {
      if (!/^('[^']*'|[\w.-]+)$/.test(part)) throw new Error(`${part} is more than this test can read`)
      return part.startsWith("'") ? part.slice(1, -1) : (known[part] ?? '')
    })
    return parts.find((part) => part !== '') ?? ''
  })

const defaultValues: ExpressionValues = {
  'inputs.model-name': 'digits',
  'inputs.namespace': 'ml',
  'inputs.release': 'digits',
  'inputs.tracking-uri': 'https://mlflow.example',
}
const payload = 'github.event.client_payload'
const dispatchInputs = 'github.event.inputs'

describe('concurrency groups', () => {
  const concurrencyGroup = (name: string, changes: ExpressionValues = {}) =>
    evaluateExpressions(readWorkflow(name).concurrency.group, { ...defaultValues, ...changes })

  const otherTargets: [string, ExpressionValues][] = [
    ['another release', { 'inputs.release': 'digits-canary' }],
    ['another namespace', { 'inputs.namespace': 'shadow' }],
    ['another cluster, by its context', { 'inputs.kube-context': 'prod' }],
    ['another cluster, by the secrets of an environment', { 'inputs.environment': 'prod' }],
    ['another model', { 'inputs.model-name': 'fraud' }],
  ]
  test.each([
    ...otherTargets.map(([what, changes]) => ['rollback', what, changes] as const),
    ['rollback', 'another model, by its alert', { [`${payload}.model_name`]: 'fraud' }] as const,
    ...['model-name', 'model_name'].map(
      (field) =>
        [
          'rollback',
          `another ${field}, in a manual run`,
          { [`${dispatchInputs}.${field}`]: 'fraud' },
        ] as const,
    ),
    ...['model-version', 'model_version'].map(
      (field) =>
        ['rollback', `another ${field}, in a manual run`, { [`${dispatchInputs}.${field}`]: '7' }] as const,
    ),
    ['rollback', 'another version in its alert', { [`${payload}.model_version`]: '7' }] as const,
    ...otherTargets.map(([what, changes]) => ['reconcile', what, changes] as const),
  ])('%s: %s has its own concurrency group', (name, _, changes) => {
    expect(concurrencyGroup(name, changes)).not.toBe(concurrencyGroup(name))
  })

  test.each(['rollback', 'reconcile'])('%s: keeps namespace and release apart', (name) => {
    const one = concurrencyGroup(name, { 'inputs.namespace': 'ml-eu', 'inputs.release': 'digits' })
    expect(one).not.toBe(concurrencyGroup(name, { 'inputs.namespace': 'ml', 'inputs.release': 'eu-digits' }))
  })

  test.each(['rollback', 'reconcile', 'retrain'])(
    '%s: contains no address, which may contain a password',
    (name) => {
      expect(concurrencyGroup(name, { 'inputs.tracking-uri': 'https://ada:hunter2@mlflow.example' })).toBe(
        concurrencyGroup(name),
      )
    },
  )

  test('retrain: trains one model at a time, whatever its release', () => {
    for (const [what, changes] of otherTargets)
      if (what !== 'another model')
        expect(concurrencyGroup('retrain', changes), what).toBe(concurrencyGroup('retrain'))
    for (const input of ['inputs.model-name', `${dispatchInputs}.model-name`, `${dispatchInputs}.model_name`])
      expect(concurrencyGroup('retrain', { [input]: 'fraud' }), input).not.toBe(concurrencyGroup('retrain'))
  })
})

describe.each(['rollback', 'retrain'])('artifacts of %s', (name) => {
  const artifactNames = (changes: ExpressionValues) => {
    const given = { ...defaultValues, ...changes }
    const environment = given['inputs.environment']
    const [namespace = '', release = ''] = [given['inputs.namespace'], given['inputs.release']]
    const evidenceName = formatEvidenceName({ environment, namespace, release }, '8', 7)
    const outputs = Object.fromEntries(
      ['deploy', 'rollback'].map((step) => [`steps.${step}.outputs.evidence-name`, evidenceName]),
    )
    return Object.values(readWorkflow(name).jobs)
      .flatMap(({ steps }) => steps)
      .filter(({ uses }) => uses?.startsWith('actions/upload-artifact@'))
      .map((step) => evaluateExpressions(String(step.with.name), { ...given, ...outputs }))
  }

  test('have a unique name per release and namespace', () => {
    const calls = [{}, { 'inputs.release': 'digits-canary' }, { 'inputs.namespace': 'shadow' }].map(
      artifactNames,
    )
    expect(calls[0]?.length).toBeGreaterThan(0)
    expect(new Set(calls.flat()).size).toBe(calls.flat().length)
  })

  test('name the environment of the evidence, without characters that GitHub refuses', () => {
    const names = artifactNames({ 'inputs.environment': 'prod/eu: 1' })
    expect(names.join('')).toMatch(/^[\w.-]+$/)
    expect(names.filter((each) => !artifactNames({}).includes(each))).toEqual([
      expect.stringContaining('evidence-prod.eu-1.ml.digits-8-7'),
    ])
  })
})

describe('a job output that GitHub drops because of a masked value', () => {
  const forwardedInput = (input: string, known: ExpressionValues) => {
    const { steps } = readWorkflow('rollback').jobs.rollback ?? { steps: [] }
    const step = steps.find(({ uses }) => uses?.includes('/actions/rollback@'))
    return evaluateExpressions(String(step?.with[input]), known)
  }

  test('is replaced by a reason without the masked text', () => {
    expect(forwardedInput('reason', { [`${payload}.trigger_reason`]: 'hunter2 leaked' })).toMatch(/masked/)
    expect(forwardedInput('reason', { 'needs.request.outputs.reason': 'accuracy 0.61' })).toBe(
      'accuracy 0.61',
    )
  })

  test('keeps the time of the alert, which protects later versions', () => {
    const time = '2026-03-01T12:00:00Z'
    expect(forwardedInput('fired-at', { [`${payload}.fired_at`]: time })).toBe(time)
  })

  test('does not turn a named version into the live one', () => {
    expect(forwardedInput('bad-model-version', {})).toBe('')
  })
})
