import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kubectlAt } from '../kubernetes/kubectl.ts'
import type { Reach } from '../kubernetes/reach.ts'
import { helmAt } from './helm.ts'

/** A place where this program is found that fails with what looks like a secret. */
function failing(program: string): Reach {
  const folder = mkdtempSync(join(tmpdir(), 'tools-'))
  const text =
    '#!/bin/sh\n[ "$1" = version ] && echo v4.3.1 && exit\necho "Error: bad value password=hunter2" >&2; exit 1\n'
  writeFileSync(join(folder, program), text, { mode: 0o755 })
  return {
    namespace: 'ml',
    helmFlags: [],
    kubectlFlags: [],
    env: { PATH: folder },
    cancelled: undefined,
    close: () => undefined,
  }
}

test.each<[string, () => Promise<unknown>]>([
  ['helm', async () => (await helmAt(failing('helm'))).history('digits')],
  ['kubectl', () => kubectlAt(failing('kubectl')).get(['pods'])],
])('what %s says is told without secrets', async (_program, call) => {
  await expect(call).rejects.toThrow(/failed \(1\): .*bad value password=\*\*\*/)
})
