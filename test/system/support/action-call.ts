import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../../../src/runtime/context.ts'
import { type FakeContext, fakeContext } from '../../fakes/context.ts'

export { parseInputs as inputsOf } from '../../fakes/context.ts'

/** Creates a job context with a new temporary folder, which is also its workspace. */
export function createJob(changes: Partial<Omit<Context, 'event'>> = {}): FakeContext {
  const temp = mkdtempSync(join(tmpdir(), 'job-'))
  return fakeContext({ temp, workspace: temp, ...changes })
}
