import { expect, test } from 'vitest'
import { findBrokenLinks } from './links.ts'

const find = (documents: Record<string, string>) => {
  const pages = new Map(Object.entries(documents))
  return findBrokenLinks(pages, (path) => pages.has(path) || path === 'action.yml')
}

test('accepts links to files, headings and other sites', () => {
  const readme = '[a](docs/a.md) [b](docs/a.md#how-it-works-1) [c](action.yml) [d](https://example.com/x#y)'
  const page = '# A\n## How it works\n## How it works?\n[up](../README.md) [here](#a)'
  expect(find({ 'README.md': readme, 'docs/a.md': page })).toEqual([])
})

test('reports a missing file and a missing heading', () => {
  const page = '# A\n[x](b.md) [y](../README.md#nowhere) [z](#there)'
  expect(find({ 'README.md': '# R\n[a](docs/a.md)', 'docs/a.md': page })).toEqual([
    'docs/a.md: b.md leads to no file',
    'docs/a.md: ../README.md#nowhere leads to no heading of README.md',
    'docs/a.md: #there leads to no heading of docs/a.md',
  ])
})

test('reports a page of docs/ that the README does not link', () => {
  expect(find({ 'README.md': '# R', 'docs/a.md': '# A' })).toEqual(['README.md does not link docs/a.md'])
})

test('ignores code blocks', () => {
  expect(find({ 'README.md': '# R\n```md\n[x](gone.md)\n# Not a heading\n```\n' })).toEqual([])
  expect(find({ 'README.md': '```md\n# Code\n```\n[x](#code)' })).toHaveLength(1)
})
