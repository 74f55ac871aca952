import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scripted } from '../../../test/fakes/tools.ts'
import { helmAt } from './helm.ts'

/** A Helm that says this of a release's metadata, and writes down what it is told to do. */
function saying(version: string, metadata: string, code = 0) {
  const reach = scripted(
    'helm',
    (folder) => `echo "$*" >> ${folder}/said
case "$1 $2" in
  version*) echo ${version} ;;
  "get metadata") printf '%s' '${metadata}' >&${code ? 2 : 1}; exit ${code} ;;
  upgrade*) echo '{"version": 1}' ;;
esac
`,
  )
  return { reach, told: () => readFileSync(join(reach.folder, 'said'), 'utf8') }
}

const order = { release: 'digits', chart: 'chart', chartVersion: undefined, valuesFiles: [], timeout: 1000 }

// Helm 4 fails where it is told to force what it does not apply on the server's side.
test.each<[string, string, string, number, boolean]>([
  ['Helm 4, its own release', 'v4.3.1', '{"applyMethod":"ssa"}', 0, true],
  ['Helm 4, a new release', 'v4.3.1', 'Error: release: not found', 1, true],
  ['Helm 4, a release of Helm 3', 'v4.3.1', '{}', 0, false],
  ['Helm 4, a release that Helm 3 began', 'v4.3.1', '{"applyMethod":"csa"}', 0, false],
  ['Helm 3', 'v3.21.4', '{}', 0, false],
])('%s: fields are taken over where that is possible', async (_what, version, metadata, code, forced) => {
  const { reach, told } = saying(version, metadata, code)
  const helm = await helmAt(reach, { historyMax: 30, forceConflicts: true })
  await helm.upgrade(order)
  await helm.rollback('digits', 3, 1000)
  const writes = told()
    .split('\n')
    .filter((line) => /^(upgrade|rollback) /.test(line))
  expect(writes.map((line) => line.includes('--force-conflicts'))).toEqual([forced, forced])
})

test('nobody is asked where nothing is to be forced', async () => {
  const { reach, told } = saying('v4.3.1', '{"applyMethod":"ssa"}')
  await (await helmAt(reach)).upgrade(order)
  expect(told()).not.toMatch(/metadata|force/)
})
