import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { killOrphanedProcesses } from './orphaned-processes.ts'

const ours = { repository: 'shop/digits', run: '4711', attempt: '2', release: 'digits', namespace: 'ml' }
const job = { GITHUB_REPOSITORY: 'shop/digits', GITHUB_RUN_ID: '4711', GITHUB_RUN_ATTEMPT: '2' }

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orphans-'))
  writeFileSync(join(folder, 'helm'), '#!/bin/sh\necho up\nwhile :; do sleep 0.1; done\n')
  chmodSync(join(folder, 'helm'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Starts a helm with the environment of a job. Its parent, this process, is of no job, so it is an orphan. */
async function startHelm(
  args: string,
  env: Record<string, string>,
  waitedFor = false,
): Promise<ChildProcess> {
  const command = `${join(folder, 'helm')} ${args}`
  const child = spawn('/bin/sh', ['-c', waitedFor ? `${command}; true` : `exec ${command}`], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

const upgradeArguments = (release: string, namespace = 'ml') =>
  `upgrade ${release} chart --namespace ${namespace}`

describe.skipIf(process.platform !== 'linux')('an orphaned helm', () => {
  test('is terminated where a step of this job started it', async () => {
    const child = await startHelm(upgradeArguments('digits'), job)
    const gone = once(child, 'exit')
    expect(await killOrphanedProcesses(ours)).toBe(1)
    expect(await gone).toEqual([null, 'SIGTERM'])
  })

  test.each<[string, string, Record<string, string>, boolean?]>([
    ['for another release', upgradeArguments('cats'), job],
    ['in another namespace', upgradeArguments('digits', 'other'), job],
    ['that only reads', 'history digits --namespace ml', job],
    ['of another run', upgradeArguments('digits'), { ...job, GITHUB_RUN_ID: '4712' }],
    ['of another attempt', upgradeArguments('digits'), { ...job, GITHUB_RUN_ATTEMPT: '1' }],
    ['of a person', upgradeArguments('digits'), {}],
    ['with a parent in this job', upgradeArguments('digits'), job, true],
  ])('is left running: one %s', async (_title, args, env, waitedFor) => {
    const child = await startHelm(args, env, waitedFor)
    try {
      expect(await killOrphanedProcesses(ours)).toBe(0)
      expect(child.exitCode ?? child.signalCode).toBeNull()
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
    }
  })
})

test('no orphan is found outside a workflow', async () => {
  expect(await killOrphanedProcesses({ ...ours, run: '' })).toBe(0)
})
