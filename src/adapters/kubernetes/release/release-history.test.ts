import { expect, test } from 'vitest'
import { fakeProgram } from '../../../../test/fakes/program.ts'
import { createHelm } from '../../helm/helm.ts'
import type { ClusterConnection } from '../client/connection.ts'
import { createReleaseHistory } from './release-history.ts'

/** A kubectl that knows the labels of these objects, and the calls that it got. */
function fakeStorage(labels: Record<string, object>) {
  const calls: string[] = []
  const run = async (args: readonly string[]) => {
    calls.push(args.slice(1, 3).join(' '))
    const found = labels[args[2] ?? '']
    return found ? JSON.stringify(found) : ''
  }
  return { kubectl: { run } as unknown as ClusterConnection['kubectl'], calls }
}

const stored = {
  'sh.helm.release.v1.digits.v3': {
    owner: 'helm',
    'retrain-actions.github.io/model': 'fraud',
    'retrain-actions.github.io/model-version': '7',
  },
  'sh.helm.release.v1.digits.v4': { owner: 'helm', 'retrain-actions.github.io/model-version': '8' },
  'sh.helm.release.v1.digits.v5': { owner: 'helm' },
}

test.each([
  ['its values', 2, undefined, '2', []],
  ['its values, whatever its labels', 3, { model: { name: 'spam', version: '9' } }, '9', []],
  ['its labels', 4, {}, '8', ['secrets sh.helm.release.v1.digits.v4']],
  [
    'its labels, where model is a text',
    3,
    { model: 'acme/base' },
    '7',
    ['secrets sh.helm.release.v1.digits.v3'],
  ],
  ['nothing', 5, {}, undefined, ['secrets sh.helm.release.v1.digits.v5']],
  ['nothing that is stored', 6, {}, undefined, ['secrets sh.helm.release.v1.digits.v6']],
  ['its labels in a ConfigMap', 4, {}, '8', ['configmaps sh.helm.release.v1.digits.v4'], 'configmaps'],
  ['nothing in a database', 4, {}, undefined, [], 'sql'],
] as const)(
  'a revision names its model version by %s',
  async (_by, revision, values, version, reads, driver?) => {
    const given = JSON.stringify(values ?? { model: { name: 'fraud', version: revision } })
    const access = fakeProgram('helm', () => `[ "$1" = version ] && echo v4.3.1 && exit\necho '${given}'`)
    const { kubectl, calls } = fakeStorage(stored)
    const cluster = { helm: await createHelm(access), kubectl, release: 'digits' } as ClusterConnection
    const history = createReleaseHistory(cluster, { versionFrom: 'env:MODEL_VERSION', driver })
    expect(await history.readModelVersion(revision)).toBe(version)
    expect(calls).toEqual(reads)
  },
)

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
  const { kubectl } = fakeStorage({})
  const cluster = { helm: await createHelm(access), kubectl, release: 'digits' } as ClusterConnection
  const { listOtherReleases } = createReleaseHistory(cluster, { versionFrom: 'env:MODEL_VERSION' })
  expect(await listOtherReleases()).toEqual([
    { name: 'churn', model: 'churn', version: '3' },
    { name: 'redis', model: undefined, version: undefined },
    { name: 'rolling', model: 'churn', version: '2' },
  ])
})
