import { readFileSync } from 'node:fs'
import { resolveMlflowConnection } from '../../../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow } from '../../../../src/adapters/mlflow/mlflow.ts'

// A process of its own, so that nothing but the digests of these logged models is in its memory: prints, a line of JSON
// each, the digest and the most bytes (VmHWM, which the kernel counts) that the process ever held so far.
const [uri = '', ...ids] = process.argv.slice(2)
const mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': uri }, {}))
for (const id of ids) {
  const digest = await mlflow.computeDigest({ kind: 'logged-model', id })
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  console.log(JSON.stringify({ digest, most: Number(kilobytes) * 1024 }))
}
