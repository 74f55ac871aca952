import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'

const text = z.record(z.string(), z.unknown())
const workflow = z.object({
  concurrency: z.object({ group: z.string() }),
  jobs: z.record(
    z.string(),
    z.object({ steps: z.array(z.object({ uses: z.string(), with: text.default({}) })) }),
  ),
})
const workflowAt = (name: string) =>
  workflow.parse(parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')))

/** Values by the path that an expression names them by. */
type Known = Readonly<Record<string, string>>

/** What GitHub makes of a text whose expressions are paths and quoted texts joined by `||`. */
const evaluated = (written: string, known: Known) =>
  written.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
    const parts = expression.split(' || ').map((part) => {
      if (!/^('[^']*'|[\w.-]+)$/.test(part)) throw new Error(`${part} is more than this test can read`)
      return part.startsWith("'") ? part.slice(1, -1) : (known[part] ?? '')
    })
    return parts.find((part) => part !== '') ?? ''
  })

const usual: Known = {
  'inputs.model-name': 'digits',
  'inputs.namespace': 'ml',
  'inputs.release': 'digits',
  'inputs.tracking-uri': 'https://mlflow.example',
}
const payload = 'github.event.client_payload'
const form = 'github.event.inputs'

describe('lanes', () => {
  const groupOf = (name: string, changes: Known = {}) =>
    evaluated(workflowAt(name).concurrency.group, { ...usual, ...changes })

  const elsewhere: [string, Known][] = [
    ['another release', { 'inputs.release': 'digits-canary' }],
    ['another namespace', { 'inputs.namespace': 'shadow' }],
    ['another cluster, by its context', { 'inputs.kube-context': 'prod' }],
    ['another cluster, by the secrets of an environment', { 'inputs.environment': 'prod' }],
    ['another model', { 'inputs.model-name': 'fraud' }],
  ]
  test.each([
    ...elsewhere.map(([what, changes]) => ['rollback', what, changes] as const),
    ['rollback', 'another model, by its alert', { [`${payload}.model_name`]: 'fraud' }] as const,
    ...['model-name', 'model_name'].map(
      (field) => ['rollback', `another ${field}, by a form`, { [`${form}.${field}`]: 'fraud' }] as const,
    ),
    ...['model-version', 'model_version'].map(
      (field) => ['rollback', `another ${field}, by a form`, { [`${form}.${field}`]: '7' }] as const,
    ),
    ['rollback', 'another version, by its alert', { [`${payload}.model_version`]: '7' }] as const,
    ...elsewhere.map(([what, changes]) => ['reconcile', what, changes] as const),
  ])('%s: %s does not push the one that waits out of its lane', (name, _, changes) => {
    expect(groupOf(name, changes)).not.toBe(groupOf(name))
  })

  test.each(['rollback', 'reconcile'])('%s: two names are not read as two others', (name) => {
    const one = groupOf(name, { 'inputs.namespace': 'ml-eu', 'inputs.release': 'digits' })
    expect(one).not.toBe(groupOf(name, { 'inputs.namespace': 'ml', 'inputs.release': 'eu-digits' }))
  })

  test.each(['rollback', 'reconcile', 'retrain'])(
    '%s: shows no address, which may hold a password',
    (name) => {
      expect(groupOf(name, { 'inputs.tracking-uri': 'https://ada:hunter2@mlflow.example' })).toBe(
        groupOf(name),
      )
    },
  )

  test('retrain: one model is trained once at a time, wherever it serves', () => {
    for (const [what, changes] of elsewhere)
      if (what !== 'another model') expect(groupOf('retrain', changes), what).toBe(groupOf('retrain'))
    for (const asked of ['inputs.model-name', `${form}.model-name`, `${form}.model_name`])
      expect(groupOf('retrain', { [asked]: 'fraud' }), asked).not.toBe(groupOf('retrain'))
  })
})

describe.each(['rollback', 'retrain'])('artifacts of %s', (name) => {
  const namesWith = (changes: Known) =>
    Object.values(workflowAt(name).jobs)
      .flatMap(({ steps }) => steps)
      .filter(({ uses }) => uses.startsWith('actions/upload-artifact@'))
      .map((step) => evaluated(String(step.with.name), { ...usual, ...changes }))

  test('have a name of their own for each release and namespace that one run calls it for', () => {
    const calls = [{}, { 'inputs.release': 'digits-canary' }, { 'inputs.namespace': 'shadow' }].map(namesWith)
    expect(calls[0]?.length).toBeGreaterThan(0)
    expect(new Set(calls.flat()).size).toBe(calls.flat().length)
  })

  test('have the same name in every cluster: what tells clusters apart may not stand in a name', () => {
    const cluster = { 'inputs.environment': 'prod/eu', 'inputs.kube-context': 'arn:aws:eks:eu:1:cluster/eu' }
    expect(namesWith(cluster)).toEqual(namesWith({}))
    expect(namesWith(cluster).join('')).toMatch(/^[\w.-]+$/)
  })
})

describe('a job output that GitHub drops, since a masked value is in it,', () => {
  const handed = (input: string, known: Known) => {
    const { steps } = workflowAt('rollback').jobs.rollback ?? { steps: [] }
    const step = steps.find(({ uses }) => uses.includes('/actions/rollback@'))
    return evaluated(String(step?.with[input]), known)
  }

  test('leaves a reason to write down, without the words that held it', () => {
    expect(handed('reason', { [`${payload}.trigger_reason`]: 'hunter2 leaked' })).toMatch(/masked/)
    expect(handed('reason', { 'needs.request.outputs.reason': 'accuracy 0.61' })).toBe('accuracy 0.61')
  })

  test('leaves the time of the alert, by which a later version is spared', () => {
    const time = '2026-03-01T12:00:00Z'
    expect(handed('fired-at', { [`${payload}.fired_at`]: time })).toBe(time)
  })

  test('does not turn the version that a person named into the one that is live', () => {
    expect(handed('bad-model-version', {})).toBe('')
  })
})
