import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkoutPath } from '../../../scripts/checkout.ts'
import { MUTANTS } from './mutants.ts'
import { patchPath } from './run-mutant.ts'

it.each(MUTANTS)('the patch $patch applies to the sources', ({ patch }) => {
  const check = () =>
    execFileSync('git', ['apply', '--check', '-C1', patchPath(patch)], {
      cwd: checkoutPath('.'),
      stdio: 'pipe',
    })
  expect(check).not.toThrow()
})

it('each patch has a reason, and each reason a patch', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.patch'))
  expect(MUTANTS.map(({ patch }) => `${patch}.patch`).toSorted()).toEqual(files.toSorted())
})
