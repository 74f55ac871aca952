import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { at } from './checkout.ts'

/** Bytes that every job of every user downloads: the committed tree, gzipped. Throws where git does not know the tree. */
export function suiteSize(): number {
  const archive = execFileSync('git', ['archive', '--format=tar', 'HEAD'], {
    cwd: at('.'),
    maxBuffer: 1 << 30,
  })
  return gzipSync(archive, { level: 9 }).length
}
