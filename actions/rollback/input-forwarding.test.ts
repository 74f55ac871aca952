import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'

const inputs = z.record(z.string(), z.unknown())
const step = z.object({ uses: z.string().optional(), with: z.record(z.string(), z.unknown()).optional() })
const action = z.object({ inputs, runs: z.object({ steps: z.array(step).default([]) }) })
const workflow = z.object({
  on: z.object({ workflow_call: z.object({ inputs }) }),
  jobs: z.record(z.string(), z.object({ steps: z.array(step) })),
})

const read = (path: string): unknown => parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))
const readAction = (name: string) => action.parse(read(`actions/${name}/action.yml`))
const readWorkflow = (name: string) => workflow.parse(read(`.github/workflows/${name}.yml`))
const forwardedInputs = (steps: readonly z.infer<typeof step>[], name: string) =>
  Object.keys(steps.find(({ uses }) => uses?.includes(`/actions/${name}@`))?.with ?? {})
const acceptedInputs = (name: string, ...own: string[]) =>
  Object.keys(readAction(name).inputs)
    .filter((input) => !own.includes(input))
    .sort()

// An input that is not forwarded would silently keep its default: another alias, another cluster.
test.each<[string, string[]]>([
  ['helm-rollback', []],
  // It proves the serving version.
  ['demote', ['proof', 'restored-version']],
])('the composite forwards all inputs to %s', (name, own) => {
  expect(forwardedInputs(readAction('rollback').runs.steps, name).sort()).toEqual(
    acceptedInputs(name, ...own),
  )
})

test('the composite demotes after the rollback even without a reason', () => {
  const demote = readAction('rollback').runs.steps.find(({ uses }) => uses?.includes('/actions/demote@'))
  expect(demote?.with?.reason).toMatch(/^\$\{\{ inputs\.reason \|\| '.+' \}\}$/)
})

test.each(['rollback', 'reconcile'])('the workflow %s forwards all inputs to its action', (name) => {
  const { on, jobs } = readWorkflow(name)
  const steps = Object.values(jobs).flatMap((job) => job.steps)
  expect(forwardedInputs(steps, name).sort()).toEqual(acceptedInputs(name, 'github-token'))
  const used = JSON.stringify(steps).matchAll(/inputs\.([a-z-]+)/g)
  for (const [, input = ''] of used) expect(Object.keys(on.workflow_call.inputs)).toContain(input)
})
