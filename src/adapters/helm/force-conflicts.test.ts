import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fakeProgram } from '../../../test/fakes/program.ts'
import { createHelm } from './helm.ts'

/** A helm that prints this metadata of a release, and records its arguments. */
function fakeHelm(version: string, metadata: string, code = 0) {
  const access = fakeProgram(
    'helm',
    (folder) => `echo "$*" >> ${folder}/calls
case "$1 $2" in
  version*) echo ${version} ;;
  "get metadata") printf '%s' '${metadata}' >&${code ? 2 : 1}; exit ${code} ;;
  upgrade*) echo '{"version": 1}' ;;
esac
`,
  )
  return { access, readCalls: () => readFileSync(join(access.folder, 'calls'), 'utf8') }
}

const order = { release: 'digits', chart: 'chart', valuesFiles: [], timeout: 1000 }

// Helm 4 fails with --force-conflicts but without server-side apply.
test.each<[string, string, string, number, boolean]>([
  ['Helm 4, its own release', 'v4.3.1', '{"applyMethod":"ssa"}', 0, true],
  ['Helm 4, a new release', 'v4.3.1', 'Error: release: not found', 1, true],
  ['Helm 4, a release of Helm 3', 'v4.3.1', '{}', 0, false],
  ['Helm 4, a release that Helm 3 created', 'v4.3.1', '{"applyMethod":"csa"}', 0, false],
  ['Helm 3', 'v3.21.4', '{}', 0, false],
])('%s: --force-conflicts only with server-side apply', async (_what, version, metadata, code, forced) => {
  const { access, readCalls } = fakeHelm(version, metadata, code)
  const helm = await createHelm(access, { 'force-conflicts': true })
  await helm.upgrade(order)
  await helm.rollback('digits', 3, 1000)
  const writes = readCalls()
    .split('\n')
    .filter((line) => /^(upgrade|rollback) /.test(line))
  expect(writes.map((line) => line.includes('--force-conflicts'))).toEqual([forced, forced])
})

test('without force-conflicts the metadata is not read', async () => {
  const { access, readCalls } = fakeHelm('v4.3.1', '{"applyMethod":"ssa"}')
  await (await createHelm(access)).upgrade(order)
  expect(readCalls()).not.toMatch(/metadata|force/)
})
