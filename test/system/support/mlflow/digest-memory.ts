import { readFileSync } from 'node:fs'
import { resolveMlflowConnection } from '../../../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow } from '../../../../src/adapters/mlflow/mlflow.ts'

// Runs as a separate process, so that its memory holds only the digests of these logged models. Prints one JSON line per
// model: the digest, and the peak memory of the process so far in bytes (VmHWM).
const [uri = '', ...ids] = process.argv.slice(2)
const mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': uri }, {}))
for (const id of ids) {
  const digest = await mlflow.computeDigest({ kind: 'logged-model', id })
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  console.log(JSON.stringify({ digest, most: Number(kilobytes) * 1024 }))
}
