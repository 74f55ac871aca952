import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { checkoutPath } from '../checkout.ts'

/** The maximum size in gzipped bytes. Each job waits for this download. */
export const MAX_SUITE_BYTES = 1_500_000

/** Measures the download of each job: the committed tree, gzipped. @throws if git does not know the tree */
export function measureSuiteBytes(): number {
  const archive = execFileSync('git', ['archive', '--format=tar', 'HEAD'], {
    cwd: checkoutPath('.'),
    maxBuffer: 1 << 30,
  })
  return gzipSync(archive, { level: 9 }).length
}
