import { expect, test } from 'vitest'
import { fakeProgram } from '../../../../test/fakes/program.ts'
import { createHelm } from '../../helm/helm.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { createReleaseHistory } from './release-history.ts'

test('other releases name the model of their deployed revision, without one that was just uninstalled', async () => {
  const listed = [
    { name: 'digits', revision: '4', status: 'deployed' },
    { name: 'churn', revision: '2', status: 'deployed' },
    { name: 'redis', revision: '1', status: 'deployed' },
    { name: 'rolling', revision: '3', status: 'failed' },
    { name: 'broken', revision: '1', status: 'failed' },
    { name: 'uninstalled', revision: '1', status: 'deployed' },
  ]
  const access = fakeProgram(
    'helm',
    () => `case "$*" in
  version*) echo v4.3.1 ;;
  list*) echo '${JSON.stringify(listed)}' ;;
  "history rolling"*) echo '[{"revision":2,"updated":"","status":"deployed"},{"revision":3,"updated":"","status":"failed"}]' ;;
  "history broken"*) echo '[{"revision":1,"updated":"","status":"failed"}]' ;;
  "get values churn --revision 2 "*) echo '{"model":{"name":"churn","version":"3"}}' ;;
  "get values rolling --revision 2 "*) echo '{"model":{"name":"churn","version":2}}' ;;
  "get values uninstalled "*) echo 'Error: release: not found' >&2; exit 1 ;;
  "get values redis "*) echo '{"auth":{}}' ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac`,
  )
  const cluster = { helm: await createHelm(access), release: 'digits' } as ClusterConnection
  const { listOtherReleases } = createReleaseHistory(cluster, { versionFrom: 'env:MODEL_VERSION' })
  expect(await listOtherReleases()).toEqual([
    { name: 'churn', model: 'churn', version: '3' },
    { name: 'redis', model: undefined, version: undefined },
    { name: 'rolling', model: 'churn', version: '2' },
  ])
})
