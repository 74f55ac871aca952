import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cache } from '../paths.ts'
import { belongsToCluster } from './leftovers.ts'
import { cgroup, pidFile } from './paths.ts'

const words = (...all: string[]): string => `${all.join('\0')}\0`
const elsewhere = '4:memory:/user.slice\n0::/\n'

describe('what belongs to the cluster', () => {
  test.each([
    ['kubelet', words(join(cache, 'kubernetes/bin/kubelet'), '--config=x'), elsewhere],
    [
      'containerd, entered from outside',
      words('nsenter', '--', join(cache, 'debian/usr/bin/containerd')),
      elsewhere,
    ],
    ['the process that holds the namespaces', words('unshare', 'busybox', 'sh', pidFile), elsewhere],
    ["a pod's process, version 1", words('python3', '/app/app.py'), `4:memory:/${cgroup}/kubepods/pod1/a\n`],
    ["a pod's process, version 2", words('python3', '/app/app.py'), `0::/${cgroup}/kubepods/pod1/a\n`],
  ])('%s', (_, commandLine, groups) => {
    expect(belongsToCluster(commandLine, groups)).toBe(true)
  })

  test.each([
    ["the machine's own containerd", words('/usr/bin/containerd'), elsewhere],
    ["a user's kubectl", words(join(cache, 'kubernetes/bin/kubectl'), 'get', 'pods'), elsewhere],
    ['an image build', words('/bin/sh', join(cache, 'debian/usr/sbin/debootstrap'), 'bookworm'), elsewhere],
    ['a group of a similar name', words('sleep'), `0::/${cgroup}-other\n`],
    ['a kernel thread', '', '0::/\n'],
  ])('not: %s', (_, commandLine, groups) => {
    expect(belongsToCluster(commandLine, groups)).toBe(false)
  })
})
