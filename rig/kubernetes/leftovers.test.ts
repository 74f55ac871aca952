import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cache } from '../paths.ts'
import { belongsToCluster } from './leftovers.ts'
import { cgroup, pidFile } from './paths.ts'

const commandLineOf = (...all: string[]): string => `${all.join('\0')}\0`
const otherGroup = '4:memory:/user.slice\n0::/\n'

describe('belongsToCluster', () => {
  test.each([
    ['kubelet', commandLineOf(join(cache, 'kubernetes/bin/kubelet'), '--config=x'), otherGroup],
    [
      'containerd, started by nsenter',
      commandLineOf('nsenter', '--', join(cache, 'debian/usr/bin/containerd')),
      otherGroup,
    ],
    ['the first process of the namespaces', commandLineOf('unshare', 'busybox', 'sh', pidFile), otherGroup],
    [
      "a pod's process, cgroup version 1",
      commandLineOf('python3', '/app/app.py'),
      `4:memory:/${cgroup}/kubepods/pod1/a\n`,
    ],
    [
      "a pod's process, cgroup version 2",
      commandLineOf('python3', '/app/app.py'),
      `0::/${cgroup}/kubepods/pod1/a\n`,
    ],
  ])('is true for %s', (_, commandLine, groups) => {
    expect(belongsToCluster(commandLine, groups)).toBe(true)
  })

  test.each([
    ["the machine's own containerd", commandLineOf('/usr/bin/containerd'), otherGroup],
    ["a user's kubectl", commandLineOf(join(cache, 'kubernetes/bin/kubectl'), 'get', 'pods'), otherGroup],
    [
      'an image build',
      commandLineOf('/bin/sh', join(cache, 'debian/usr/sbin/debootstrap'), 'bookworm'),
      otherGroup,
    ],
    ['a control group with a similar name', commandLineOf('sleep'), `0::/${cgroup}-other\n`],
    ['a kernel thread', '', '0::/\n'],
  ])('is false for %s', (_, commandLine, groups) => {
    expect(belongsToCluster(commandLine, groups)).toBe(false)
  })
})
