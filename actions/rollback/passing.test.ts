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
const actionAt = (name: string) => action.parse(read(`actions/${name}/action.yml`))
const workflowAt = (name: string) => workflow.parse(read(`.github/workflows/${name}.yml`))
const given = (steps: readonly z.infer<typeof step>[], name: string) =>
  Object.keys(steps.find(({ uses }) => uses?.includes(`/actions/${name}@`))?.with ?? {})
const takes = (name: string, ...own: string[]) =>
  Object.keys(actionAt(name).inputs)
    .filter((input) => !own.includes(input))
    .sort()

// What a part can be told and the whole leaves out is taken from its default: another alias, another cluster.
test.each<[string, string[]]>([
  ['helm-rollback', []],
  // It reads what serves, which is the proof.
  ['demote', ['proof', 'restored-version']],
])('the composite hands %s all that it can be told', (name, own) => {
  expect(given(actionAt('rollback').runs.steps, name).sort()).toEqual(takes(name, ...own))
})

test('the composite does not stop half way, gone back and with nothing written, where the reason got lost', () => {
  const demote = actionAt('rollback').runs.steps.find(({ uses }) => uses?.includes('/actions/demote@'))
  expect(demote?.with?.reason).toMatch(/^\$\{\{ inputs\.reason \|\| '.+' \}\}$/)
})

test.each(['rollback', 'reconcile'])('the workflow %s hands its action all that it can be told', (name) => {
  const { on, jobs } = workflowAt(name)
  const steps = Object.values(jobs).flatMap((job) => job.steps)
  expect(given(steps, name).sort()).toEqual(takes(name, 'github-token'))
  const said = JSON.stringify(steps).matchAll(/inputs\.([a-z-]+)/g)
  for (const [, input = ''] of said) expect(Object.keys(on.workflow_call.inputs)).toContain(input)
})
