import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scripted } from '../../../test/fakes/tools.ts'
import type { Helm } from '../helm/helm.ts'
import type { ClusterConnection } from './connection.ts'
import { readLive } from './live.ts'
import { openRelease } from './release.ts'
import { workloadsOf } from './workload.ts'

const manifestOf = (...names: string[]) =>
  names.map((name) => `---\nkind: Deployment\nmetadata: { name: ${name} }\n`).join('')

/** Revision 1 is of a chart with this workload; 2, which serves now, of one that has renamed it and made two of it. */
const renamed = (first: string, ...second: string[]) => {
  const line = { updated: '', chart: '', description: '' }
  const history = [
    { ...line, revision: 1, status: 'superseded' },
    { ...line, revision: 2, status: 'deployed' },
  ]
  const helm: Partial<Helm> = {
    history: async () => history,
    values: async () => ({ model: { name: 'fraud', version: '8' } }),
    manifest: async (_release, revision) => (revision === 1 ? manifestOf(first) : manifestOf(...second)),
  }
  const kubectl = { get: async () => undefined }
  return { helm, kubectl, release: 'fraud', namespace: 'ml' } as unknown as ClusterConnection
}

describe('where a chart has renamed its workload since', () => {
  const cluster = renamed('fraud', 'fraud-server', 'fraud-worker')
  const wanted = 'deployment/fraud-server'

  test('what serves in an earlier revision is the only one that it has', async () => {
    const { workloads, ref } = await workloadsOf(cluster, 1, wanted)
    expect([workloads.length, ref.name]).toEqual([1, 'fraud'])
    expect((await workloadsOf(cluster, 2, wanted)).ref.name).toBe('fraud-server')
    expect((await workloadsOf(cluster, undefined, wanted)).ref.name).toBe('fraud-server')
  })

  test('what is live is known before the new one is deployed', async () => {
    const options = { versionFrom: 'env:MODEL_VERSION', workload: wanted }
    expect(await readLive(renamed('older', 'fraud'), options)).toMatchObject({
      workload: 'deployment/fraud',
      releaseVersion: '8',
    })
  })

  test('of several it must be the one that is named', async () => {
    await expect(workloadsOf(cluster, 2, 'deployment/fraud')).rejects.toThrow(
      /has no deployment\/fraud; it has/,
    )
    await expect(workloadsOf(cluster, 2, undefined)).rejects.toThrow(/several workloads/)
    await expect(readLive(cluster, { versionFrom: 'image-tag', workload: 'deployment/x' })).rejects.toThrow(
      /has no deployment\/x/,
    )
  })

  test('a way back is watched all the same, and what was just deployed only by the name that was given', async () => {
    const history = JSON.stringify([{ revision: 1, updated: '', status: 'deployed' }])
    const { env, folder } = scripted(
      'helm',
      () => `case "$1 $2" in
        version*) echo v4.2.1 ;;
        history*) echo '${history}' ;;
        'get manifest') printf '%s' '${manifestOf('fraud')}' ;;
        *) echo '{}' ;;
      esac\n`,
    )
    // There is no such workload, which is enough for one look.
    writeFileSync(join(folder, 'kubectl'), "#!/bin/sh\necho '(NotFound)' >&2\nexit 1\n", { mode: 0o755 })
    const inputs = { release: 'fraud', namespace: 'ml', 'version-from': 'image-tag', workload: wanted }
    const log = { info: () => undefined, warning: () => undefined }
    const release = await openRelease(inputs, { env, temp: folder, log, cancelled: undefined })
    expect(await release.watch('7', 0)).toMatchObject({ kind: 'failed' })
    await expect(release.watch('7', 0, 1)).rejects.toThrow(/has no deployment\/fraud-server/)
  })
})
