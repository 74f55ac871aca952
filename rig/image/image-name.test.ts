import { expect, test } from 'vitest'
import { completeImageName } from './image-name.ts'

test.each([
  ['fraud:1', 'docker.io/library/fraud:1'],
  ['shop/fraud:1.2-rc_1', 'docker.io/shop/fraud:1.2-rc_1'],
  ['ghcr.io/shop/fraud:1', 'ghcr.io/shop/fraud:1'],
  ['localhost/fraud:1', 'localhost/fraud:1'],
  ['registry:5000/shop/fraud:1', 'registry:5000/shop/fraud:1'],
])('Kubernetes looks for %s as %s', (name, expected) => {
  expect(completeImageName(name)).toBe(expected)
})

test.each(['fraud', 'registry:5000/fraud', 'fraud:', ':1', '--help:1', 'a b:1', 'fraud@sha256:0', 'a/b:1/c'])(
  '%s is refused',
  (name) => {
    expect(() => completeImageName(name)).toThrow('is not NAME:TAG')
  },
)
