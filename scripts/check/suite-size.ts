import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { checkoutPath } from '../checkout.ts'

/** Bytes gzipped: what a job should wait for at the most before it does anything. */
export const MAX_SUITE_BYTES = 1_500_000

/** Bytes that every job of every user downloads: the committed tree, gzipped. Throws where git does not know the tree. */
export function measureSuiteBytes(): number {
  const archive = execFileSync('git', ['archive', '--format=tar', 'HEAD'], {
    cwd: checkoutPath('.'),
    maxBuffer: 1 << 30,
  })
  return gzipSync(archive, { level: 9 }).length
}
