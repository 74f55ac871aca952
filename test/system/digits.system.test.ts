import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { attempt } from '../../rig/command.ts'
import { up } from '../../rig/index.ts'
import { repository } from '../../rig/places.ts'

test("the example model's own tests pass, with nothing skipped", async () => {
  const { tools } = await up()
  const command = [tools.python, '-m', 'unittest', 'discover', '-s', 'examples/digits/tests']
  const env = { HELM: tools.helm4, PATH: `${dirname(tools.helm4)}:${process.env.PATH}` }
  const { code, stderr } = await attempt(command, { cwd: repository, env })
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/Ran \d+ tests[\s\S]*\nOK\s*$/)
})
