import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { linkerFlags, pinnedVersion } from './binaries.ts'

const goMod = readFileSync(new URL('./module/go.mod', import.meta.url), 'utf8')

test('the committed module pins one version of Kubernetes for all of its parts', () => {
  const version = pinnedVersion(goMod)
  const parts = [...goMod.matchAll(/^\t(k8s\.io\/\S+) => (\S+) (v\S+)$/gm)]
  expect(parts.length).toBeGreaterThan(25)
  for (const [, from, to, pinned] of parts)
    expect([to, pinned]).toEqual([from, version.replace('v1.', 'v0.')])
})

test('the server is built with its version', () => {
  expect(linkerFlags('v1.36.3')).toContain('-X k8s.io/component-base/version.gitVersion=v1.36.3')
  expect(linkerFlags('v1.36.3')).toContain('-X k8s.io/component-base/version.gitMinor=36')
})

test('a go.mod without Kubernetes is an error that names the file', () => {
  expect(() => pinnedVersion('module x\n')).toThrow('rig/kubernetes/module/go.mod')
})
