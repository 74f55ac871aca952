import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Reach } from './reach.ts'
import { forwardAt } from './trial-forward.ts'

/** A place where `kubectl` is this script. */
function kubectl(script: string, cancelled?: AbortSignal): { reach: Reach; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-'))
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\ncd ${folder}\n${script}\n`, { mode: 0o755 })
  const reach: Reach = {
    namespace: 'ml',
    helmFlags: [],
    kubectlFlags: ['--namespace', 'ml'],
    env: { PATH: `${folder}:/usr/bin:/bin` },
    cancelled,
    close: () => undefined,
  }
  return { reach, folder }
}
const STANDS = `echo "$@" > arguments; echo $$ > pid
trap 'echo ended > end; exit 1' TERM
echo 'Forwarding from 127.0.0.1:40267 -> 8080'
while :; do sleep 0.05; done`

test('the way stands while it is used, and not after', async () => {
  const { reach, folder } = kubectl(STANDS)
  const file = (name: string) => readFileSync(join(folder, name), 'utf8').trim()
  const used = await forwardAt(reach)('fraud-verify-8', 8080, async (local) => {
    process.kill(Number(file('pid')), 0)
    return local
  })
  expect(used).toBe(40267)
  expect(file('arguments')).toBe('--namespace ml port-forward pod/fraud-verify-8 :8080 --address 127.0.0.1')
  expect(file('end')).toBe('ended')
})

test('it is ended where its use fails, and that is told', async () => {
  const { reach, folder } = kubectl(STANDS)
  const use = async () => {
    throw new Error('no answer')
  }
  await expect(forwardAt(reach)('p', 8080, use)).rejects.toThrow('no answer')
  expect(readFileSync(join(folder, 'end'), 'utf8')).toBe('ended\n')
})

test.each<[string, string, RegExp]>([
  [
    'a missing right, with the rule to add',
    `echo 'error: pods "p" is forbidden: User "ci" cannot create resource "pods/portforward" in API group "" in the namespace "ml"' >&2; exit 1`,
    /port-forward pod\/p :8080 failed: .*Add to the Role .*resources: \["pods\/portforward"\], verbs: \["create"\]/,
  ],
  [
    'what kubectl said, without secrets',
    "echo 'error: password=hunter2' >&2; exit 1",
    /error: password=\*\*\*/,
  ],
  ['that it said nothing', 'exit 0', /it said nothing/],
])('where there is no way, %s is told', async (_what, script, message) => {
  const { reach } = kubectl(script)
  await expect(forwardAt(reach)('p', 8080, async () => 1)).rejects.toThrow(message)
})

test('a cancelled job needs no way', async () => {
  const { reach } = kubectl('while :; do sleep 0.05; done', AbortSignal.abort())
  await expect(forwardAt(reach)('p', 8080, async () => 1)).rejects.toThrow('The job was cancelled.')
})
