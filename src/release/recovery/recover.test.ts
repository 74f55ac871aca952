import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expiredLease, holderIdentity, leaseRequest } from '../../../test/fakes/leases.ts'
import { fakeRelease } from '../../../test/fakes/release.ts'
import type { Release } from '../../adapters/kubernetes/release/release.ts'
import { withLease } from '../with-lease.ts'
import { recover } from './recover.ts'

test.skipIf(process.platform !== 'linux')(
  'ends the Helm process of a killed holder on this machine before the recovery',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'recover-'))
    const file = join(folder, 'helm')
    writeFileSync(file, '#!/bin/sh\necho up\nwhile :; do sleep 0.1; done\n')
    chmodSync(file, 0o755)
    const job = { repository: 'shop/digits', run: '77', attempt: '1', runner: 'r1' }
    const helm = spawn(file, ['upgrade', 'digits', 'chart', '--namespace', 'ml'], {
      env: {
        PATH: process.env.PATH,
        GITHUB_REPOSITORY: job.repository,
        GITHUB_RUN_ID: '77',
        GITHUB_RUN_ATTEMPT: '1',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = once(helm, 'exit')
    await once(helm.stdout, 'data')
    const { release } = fakeRelease(['7'])
    const operation = {
      release: 'digits',
      namespace: 'ml',
      previousRevision: 1,
      isInstall: false,
      version: '8',
    }
    const identity = holderIdentity({ url: 'https://github.com/shop/digits/actions/runs/77', runner: 'r1' })
    release.lease.set(expiredLease({ holderIdentity: identity, operation }))
    // Another attempt of the run, on the same machine.
    const own = leaseRequest({ holderIdentity: identity.replace('attempt 1', 'attempt 2') })
    try {
      await withLease(release, own, async () => {
        expect(helm.exitCode ?? helm.signalCode).toBe('SIGTERM')
      })
    } finally {
      helm.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true })
    }
  },
)

test('uninstalls an interrupted first install, within the rollback timeout', async () => {
  const asked: number[] = []
  const release: Release = {
    ...fakeRelease(['8']).release,
    uninstall: async (timeout) => void asked.push(timeout),
  }
  const operation = {
    release: 'digits',
    namespace: 'ml',
    previousRevision: 0,
    isInstall: true,
    version: '8',
    revision: 1,
  }
  const request = leaseRequest({ timeout: 300_000 })
  for (const rollbackTimeout of [{}, { rollbackTimeout: 180_000 }])
    await recover(release, operation, { ...request, ...rollbackTimeout })
  expect(asked).toEqual([300_000, 180_000])
})

test('deletes a rollback that Helm could not start, after which there may be nothing to recover', async () => {
  const fake = fakeRelease(['7', '7'])
  Object.assign(fake.revisions[0] ?? {}, { status: 'deployed' })
  Object.assign(fake.revisions[1] ?? {}, { status: 'pending-rollback', isRollback: true, rollbackOf: 1 })
  fake.release.deleteStuckRollbacks = async () => fake.revisions.splice(1).map(({ revision }) => revision)
  const operation = {
    release: 'digits',
    namespace: 'ml',
    previousRevision: 1,
    isInstall: false,
    version: '6',
    rollbackTarget: 1,
  }
  expect(await recover(fake.release, operation, leaseRequest())).toEqual({
    changed: true,
    message:
      'Deleted revision 2 of release digits, a rollback that Helm could not start. Release digits is unchanged: Helm had not started.',
  })
  expect(fake.calls).toEqual([])
})
