import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterAccess } from '../../src/adapters/cluster-access/kubeconfig.ts'

/** Cluster access with this shell script as a program on PATH. The script may write to its folder. */
export function fakeProgram(
  program: string,
  script: (folder: string) => string,
): ClusterAccess & { folder: string } {
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
