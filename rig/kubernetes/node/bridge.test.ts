import { expect, test } from 'vitest'
import { assertNetworkFree } from './bridge.ts'

const loopback = '1: lo    inet 127.0.0.1/8 scope host lo'

test('accepts a machine without addresses in the pod network', () => {
  expect(() =>
    assertNetworkFree(`${loopback}\n2: eth0    inet 110.244.0.7/24 scope global eth0\n`),
  ).not.toThrow()
})

test('rejects a machine with another cluster, and names its interface', () => {
  const other = '7: cni0    inet 10.244.0.1/24 scope global cni0'
  expect(() => assertNetworkFree(`${loopback}\n${other}\n`)).toThrow(/10\.244\.0\.0\/24.*cni0/)
})
