import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../../../src/runtime/context.ts'
import { type FakeContext, fakeContext } from '../../fakes/context.ts'

export { parseInputs as inputsOf } from '../../fakes/context.ts'

/** A job with a temporary folder and a workspace of its own, as a system test needs it. */
export function createJob(changes: Partial<Omit<Context, 'event'>> = {}): FakeContext {
  const temp = mkdtempSync(join(tmpdir(), 'job-'))
  return fakeContext({ temp, workspace: temp, ...changes })
}
