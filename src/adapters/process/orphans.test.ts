import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOrphans } from './orphans.ts'

const ours = { repository: 'shop/digits', run: '4711', attempt: '2', release: 'digits', namespace: 'ml' }
const job = { GITHUB_REPOSITORY: 'shop/digits', GITHUB_RUN_ID: '4711', GITHUB_RUN_ATTEMPT: '2' }

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orphans-'))
  writeFileSync(join(folder, 'helm'), '#!/bin/sh\necho up\nwhile :; do sleep 0.1; done\n')
  chmodSync(join(folder, 'helm'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A helm that this process, which is of no job, has started: to who reads /proc, an orphan of the job in `env`. */
async function helm(args: string, env: Record<string, string>, waitedFor = false): Promise<ChildProcess> {
  const command = `${join(folder, 'helm')} ${args}`
  const child = spawn('/bin/sh', ['-c', waitedFor ? `${command}; true` : `exec ${command}`], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

const at = (release: string, namespace = 'ml') => `upgrade ${release} chart --namespace ${namespace}`

describe.skipIf(process.platform !== 'linux')('a helm that goes on alone', () => {
  test('is ended where a step of this job had started it', async () => {
    const child = await helm(at('digits'), job)
    const gone = once(child, 'exit')
    expect(await endOrphans(ours)).toBe(1)
    expect(await gone).toEqual([null, 'SIGTERM'])
  })

  test.each<[string, string, Record<string, string>, boolean?]>([
    ['at work on another release', at('cats'), job],
    ['in another namespace', at('digits', 'other'), job],
    ['that only reads', 'history digits --namespace ml', job],
    ['of another run', at('digits'), { ...job, GITHUB_RUN_ID: '4712' }],
    ['of another attempt', at('digits'), { ...job, GITHUB_RUN_ATTEMPT: '1' }],
    ['of a person', at('digits'), {}],
    ['for which a step of this job still waits', at('digits'), job, true],
  ])('is left alone: one %s', async (_title, args, env, waitedFor) => {
    const child = await helm(args, env, waitedFor)
    try {
      expect(await endOrphans(ours)).toBe(0)
      expect(child.exitCode ?? child.signalCode).toBeNull()
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
    }
  })
})

test('outside a workflow there are none', async () => {
  expect(await endOrphans({ ...ours, run: '' })).toBe(0)
})
