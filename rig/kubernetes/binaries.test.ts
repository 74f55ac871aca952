import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { linkerFlags, pinnedVersion } from './binaries.ts'

const goMod = readFileSync(new URL('./module/go.mod', import.meta.url), 'utf8')

test('go.mod pins the same version for all modules of Kubernetes', () => {
  const version = pinnedVersion(goMod)
  const modules = [...goMod.matchAll(/^\t(k8s\.io\/\S+) => (\S+) (v\S+)$/gm)]
  expect(modules.length).toBeGreaterThan(25)
  for (const [, from, to, pinned] of modules)
    expect([to, pinned]).toEqual([from, version.replace('v1.', 'v0.')])
})

test('linkerFlags sets the version of the server', () => {
  expect(linkerFlags('v1.36.3')).toContain('-X k8s.io/component-base/version.gitVersion=v1.36.3')
  expect(linkerFlags('v1.36.3')).toContain('-X k8s.io/component-base/version.gitMinor=36')
})

test('pinnedVersion rejects a go.mod without Kubernetes', () => {
  expect(() => pinnedVersion('module x\n')).toThrow('rig/kubernetes/module/go.mod')
})
