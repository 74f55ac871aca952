import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { at } from './checkout.ts'

/** Bytes gzipped: what a job should wait for at the most before it does anything. */
export const LARGEST_SUITE = 1_000_000

/** Bytes that every job of every user downloads: the committed tree, gzipped. Throws where git does not know the tree. */
export function suiteSize(): number {
  const archive = execFileSync('git', ['archive', '--format=tar', 'HEAD'], {
    cwd: at('.'),
    maxBuffer: 1 << 30,
  })
  return gzipSync(archive, { level: 9 }).length
}
