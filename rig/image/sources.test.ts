import { describe, expect, test } from 'vitest'
import { readMirrors } from './base.ts'
import { pipCommand } from './python-packages.ts'

describe("Debian's mirror", () => {
  test('is the one that this machine uses, not the one with security updates', () => {
    const targets =
      'http://mirror.example/security/ Debian bookworm-security\nhttp://mirror.example/debian/ Debian bookworm\n'
    expect(readMirrors(targets)).toEqual(['http://mirror.example/debian/'])
  })

  test("is left to debootstrap where the machine's own packages are not Debian's", () => {
    expect(readMirrors('http://mirror.example/ubuntu/ Ubuntu noble\n')).toEqual([])
  })
})

test("pip is asked for the image's Python and for this processor, and never compiles", () => {
  expect(pipCommand('x64')).toEqual(expect.arrayContaining(['--platform=manylinux2014_x86_64']))
  expect(pipCommand('arm64')).toEqual(expect.arrayContaining(['--platform=manylinux2014_aarch64']))
  expect(pipCommand()).toEqual(expect.arrayContaining(['--python-version=3.11', '--only-binary=:all:']))
})
