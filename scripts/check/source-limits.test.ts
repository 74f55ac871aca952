import { expect, test } from 'vitest'
import { findOversized } from './source-limits.ts'

const files = (count: number) =>
  new Map(Array.from({ length: count }, (_, index) => [`src/domain/gate/file-${index}.ts`, 10]))

test('accepts a folder with twelve source files, and reports one with thirteen', () => {
  expect(findOversized(files(12))).toEqual([])
  expect(findOversized(files(13))).toEqual([expect.stringMatching(/^src\/domain\/gate has 13 source files/)])
})

test('accepts a file with 250 lines, and reports one with 251', () => {
  expect(findOversized(new Map([['src/domain/a.ts', 250]]))).toEqual([])
  expect(findOversized(new Map([['src/domain/a.ts', 251]]))).toEqual([
    expect.stringMatching(/^src\/domain\/a\.ts has 251 lines/),
  ])
})
