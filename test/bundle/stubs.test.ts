import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { actions } from '../../actions/index.ts'
import { allInputs } from '../../src/runtime/contract.ts'
import { runStep } from './runner.ts'

const dist = inject('dist')

describe.each(Object.entries(actions))('dist/%s.js', (name, { contract }) => {
  it('starts, reports all missing required inputs, and writes all outputs', async () => {
    const result = await runStep(join(dist, `${name}.js`))
    expect(result.exitCode).toBe(1)
    expect(Object.keys(result.outputs).sort()).toEqual(Object.keys(contract.outputs).sort())
    const [error, ...more] = result.annotations.filter(({ level }) => level === 'error')
    expect(more).toEqual([])
    const required = Object.entries(allInputs(contract)).filter(
      ([, field]) => !field.safeParse(undefined).success,
    )
    for (const [input] of required) {
      expect(error?.message).toContain(`Input ${input}: is required`)
    }
    for (const [output, field] of Object.entries(contract.outputs as Record<string, { meta(): unknown }>)) {
      const { onFailure = '' } = (field.meta() ?? {}) as { onFailure?: string }
      expect(result.outputs[output], output).toBe(onFailure)
    }
    expect(error?.message).not.toContain('Internal error')
    expect(readAlert(result.summary)).toBe(error?.message)
  })

  if (contract.post) {
    it('has a post step that starts, and does not repeat the errors of main', async () => {
      const result = await runStep(join(dist, `${name}-post.js`))
      expect(result.exitCode).toBe(0)
      expect(result.annotations).toEqual([])
    })
  }

  it('has a post step only if its contract has one', () => {
    expect(existsSync(join(dist, `${name}-post.js`))).toBe(contract.post !== undefined)
  })
})

/** The text of the alert that a summary starts with. */
function readAlert(summary: string): string {
  return summary
    .replace(/^> \[!CAUTION\]\n/, '')
    .trimEnd()
    .split('\n>\n')
    .map((line) =>
      line.replace(/^> /, '').replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))),
    )
    .join('\n')
}

it('logs the causes of an error as messages, without stacks', async () => {
  const event = { GITHUB_EVENT_PATH: '/nowhere/event.json' }
  const { annotations, log, summary } = await runStep(join(dist, 'trigger.js'), { env: event })
  const [error] = annotations
  expect(error?.message).toContain('reading the event file')
  expect(readAlert(summary)).toBe(error?.message)
  expect(log).toMatch(/##\[group\]Causes\nENOENT: no such file/)
  expect(log).not.toMatch(/^ +at /m)
})
