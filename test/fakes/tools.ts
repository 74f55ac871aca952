import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reach } from '../../src/adapters/kubernetes/reach.ts'

/** Where this shell script is what a program's name finds, in a folder of its own: it may write there. */
export function scripted(program: string, script: (folder: string) => string): Reach & { folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tools-'))
  writeFileSync(join(folder, program), `#!/bin/sh\n${script(folder)}`, { mode: 0o755 })
  return {
    folder,
    namespace: 'ml',
    helmFlags: [],
    kubectlFlags: [],
    env: { PATH: `${folder}:/usr/bin:/bin` },
    cancelled: undefined,
    close: () => undefined,
  }
}
