import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fakeProgram } from '../../../../test/fakes/program.ts'
import { createPortForward } from './port-forward.ts'

const fakeKubectl = (script: string, cancelled?: AbortSignal) => ({
  ...fakeProgram('kubectl', (folder) => `cd ${folder}\n${script}\n`),
  kubectlFlags: ['--namespace', 'ml'],
  cancelled,
})
const FORWARDING_SCRIPT = `echo "$@" > arguments; echo $$ > pid
trap 'echo ended > end; exit 1' TERM
echo 'Forwarding from 127.0.0.1:40267 -> 8080'
while :; do sleep 0.05; done`

test('kubectl port-forward runs while it is used, and not after', async () => {
  const access = fakeKubectl(FORWARDING_SCRIPT)
  const file = (name: string) => readFileSync(join(access.folder, name), 'utf8').trim()
  const used = await createPortForward(access)('fraud-smoke-test-8', 8080, async (localPort) => {
    process.kill(Number(file('pid')), 0)
    return localPort
  })
  expect(used).toBe(40267)
  expect(file('arguments')).toBe(
    '--namespace ml port-forward pod/fraud-smoke-test-8 :8080 --address 127.0.0.1',
  )
  expect(file('end')).toBe('ended')
})

test('it ends when its use fails, with that error', async () => {
  const access = fakeKubectl(FORWARDING_SCRIPT)
  const use = async () => {
    throw new Error('no answer')
  }
  await expect(createPortForward(access)('p', 8080, use)).rejects.toThrow('no answer')
  expect(readFileSync(join(access.folder, 'end'), 'utf8')).toBe('ended\n')
})

test.each<[string, string, RegExp]>([
  [
    'names a missing permission and the rule to add',
    `echo 'error: pods "p" is forbidden: User "ci" cannot create resource "pods/portforward" in API group "" in the namespace "ml"' >&2; exit 1`,
    /port-forward pod\/p :8080 failed: .*Add to the Role .*resources: \["pods\/portforward"\], verbs: \["create"\]/,
  ],
  [
    'repeats the error of kubectl without secrets',
    "echo 'error: password=hunter2' >&2; exit 1",
    /error: password=\*\*\*/,
  ],
  ['says that there was no output', 'exit 0', /no output/],
])('a port-forward that does not start %s', async (_what, script, message) => {
  const access = fakeKubectl(script)
  await expect(createPortForward(access)('p', 8080, async () => 1)).rejects.toThrow(message)
})

test('a cancelled job starts no port-forward', async () => {
  const access = fakeKubectl('while :; do sleep 0.05; done', AbortSignal.abort())
  await expect(createPortForward(access)('p', 8080, async () => 1)).rejects.toThrow('The job was cancelled.')
})
