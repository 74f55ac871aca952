import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { at } from '../checkout.ts'
import { PLANTED } from './planted.ts'

it.each(PLANTED)('there is a place to plant: $name', ({ file, find, replace }) => {
  expect(replace).not.toBe(find)
  expect(readFileSync(at(file), 'utf8').split(find)).toHaveLength(2)
})
