import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { up } from '../../rig/index.ts'
import { repository } from '../../rig/paths.ts'
import { tryRun } from '../../rig/process/command.ts'

// Twelve trainings and servers, each with slow Python imports. They take minutes while other test files run.
const TIMEOUT_MS = 15 * 60_000

test('the tests of the example model pass, and none is skipped', { timeout: TIMEOUT_MS }, async () => {
  const { tools } = await up()
  const command = [tools.python, '-m', 'unittest', 'discover', '-s', 'examples/digits/tests']
  const env = { HELM: tools.helm4, PATH: `${dirname(tools.helm4)}:${process.env.PATH}` }
  const { code, stderr } = await tryRun(command, { cwd: repository, env })
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/Ran \d+ tests[\s\S]*\nOK\s*$/)
})
