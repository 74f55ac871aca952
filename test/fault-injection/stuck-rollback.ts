import { gunzipSync, gzipSync } from 'node:zlib'
import type { Case } from './cases.ts'
import type { Harness } from './harness.ts'

/**
 * Leaves a release with revision 1 as a job does that was killed after it started a rollback that Helm cannot build: with
 * a pending revision of objects that the cluster does not have, and with the operation in the lease.
 */
export async function leaveStuckRollback(
  { kubectl, apply, namespace }: Harness,
  { release }: Pick<Case, 'release'>,
): Promise<void> {
  const nameOf = (revision: number) => `sh.helm.release.v1.${release}.v${revision}`
  const secret = JSON.parse(await kubectl('get', 'secret', nameOf(1), '--output', 'json'))
  const encoded = Buffer.from(secret.data.release, 'base64').toString()
  const revision = JSON.parse(gunzipSync(Buffer.from(encoded, 'base64')).toString())
  const status = 'pending-rollback'
  Object.assign(revision.info, { status, description: 'Rollback to 1' })
  Object.assign(revision, {
    version: 2,
    manifest: `${revision.manifest}\n---\napiVersion: gone.example.com/v1\nkind: Gone\nmetadata: { name: gone }\n`,
  })
  const stored = gzipSync(JSON.stringify(revision)).toString('base64')
  await apply({
    apiVersion: 'v1',
    kind: 'Secret',
    type: secret.type,
    metadata: { name: nameOf(2), labels: { ...secret.metadata.labels, status, version: '2' } },
    data: { release: Buffer.from(stored).toString('base64') },
  })
  const operation = {
    release,
    namespace,
    previousRevision: 1,
    isInstall: false,
    version: '1',
    rollbackTarget: 1,
  }
  const annotation = `retrain-actions.github.io/operation=${JSON.stringify(operation)}`
  await kubectl('annotate', 'lease', `retrain-actions.${release}`, annotation)
}
