import { describe, expect, test } from 'vitest'
import { readMirrors } from './base.ts'
import { pipCommand } from './python-packages.ts'

describe('readMirrors', () => {
  test("returns this machine's main mirror, not the one with security updates", () => {
    const targets =
      'http://mirror.example/security/ Debian bookworm-security\nhttp://mirror.example/debian/ Debian bookworm\n'
    expect(readMirrors(targets)).toEqual(['http://mirror.example/debian/'])
  })

  test('returns none on another distribution, so that debootstrap uses its default', () => {
    expect(readMirrors('http://mirror.example/ubuntu/ Ubuntu noble\n')).toEqual([])
  })
})

test('pip installs wheels for the Python of the image and for this architecture', () => {
  expect(pipCommand('x64')).toEqual(expect.arrayContaining(['--platform=manylinux2014_x86_64']))
  expect(pipCommand('arm64')).toEqual(expect.arrayContaining(['--platform=manylinux2014_aarch64']))
  expect(pipCommand()).toEqual(expect.arrayContaining(['--python-version=3.11', '--only-binary=:all:']))
})
