import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import { quietContext } from '../../test/fakes/context.ts'
import { releaseWith } from '../../test/fakes/release.ts'
import { hurried } from '../../test/fakes/waiting.ts'
import { holding } from './holding.ts'
import { putRight } from './putting-right.ts'

test.skipIf(process.platform !== 'linux')(
  'the helm of a dead holder that goes on alone on this machine is ended before its release is put right',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'putting-right-'))
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
    const { release } = releaseWith(['7'])
    const underway = { release: 'digits', namespace: 'ml', before: 1, first: false, version: '8' }
    const dead = { ...job, id: 'dead', action: 'helm-deploy', url: '', since: '', until: '', underway }
    await release.lease.swap(undefined, dead)
    const context = quietContext({ env: { RUNNER_NAME: 'r1' } })
    // The failed jobs of the run are run again, on the same machine.
    context.run.attempt = '2'
    const times = { timeout: 60_000, budget: 60_000, waiting: hurried() }
    try {
      await holding(release, { action: 'helm-deploy', context, githubToken: 't', ...times }, async () => {
        expect(helm.exitCode ?? helm.signalCode).toBe('SIGTERM')
      })
    } finally {
      helm.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true })
    }
  },
)

test('a first install that was left is removed, with as much time as a way back has', async () => {
  const asked: number[] = []
  const release: Release = {
    ...releaseWith(['8']).release,
    uninstall: async (timeout) => void asked.push(timeout),
  }
  const underway = { release: 'digits', namespace: 'ml', before: 0, first: true, version: '8', own: 1 }
  const claim = { action: 'helm-deploy', context: quietContext(), githubToken: 't', waiting: hurried() }
  for (const wayBack of [{}, { wayBack: 180_000 }])
    await putRight(release, underway, { ...claim, timeout: 300_000, budget: 0, ...wayBack })
  expect(asked).toEqual([300_000, 180_000])
})
