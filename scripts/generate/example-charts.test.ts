import { expect, test } from 'vitest'
import { renderExampleCharts } from './example-charts.ts'

const render = (...texts: string[]) =>
  renderExampleCharts(texts.map((text, at) => ({ path: `${at}.yaml`, text })))

test('the table has what version-values and version-from say, else their defaults', () => {
  const { table } = render(
    '# Ollama, kind a, https://example.com/a\n# It is so.\nchart: a\n',
    '# B, https://example.com/b\n# And so.\nversion-from: image-tag\nversion-values: |\n  image.tag: v{{version}}\n  x["a/b"]: "{{version}}"\n',
  )
  expect(table.split('\n').slice(2)).toEqual([
    '| [Ollama, kind a](#ollama-kind-a) | `model.version` | `env:MODEL_VERSION` |',
    '| [B](#b) | `image.tag`, `x["a/b"]` | `image-tag` |',
  ])
})

test('each chart has its comment as text, and its lines', () => {
  const { lines } = render('# A, https://example.com/a\n# One\n# two.\nchart: a # b\n')
  expect(lines).toBe('### A\n\n[Source](https://example.com/a). One two.\n\n```yaml\nchart: a # b\n```')
})

test.each([
  ['no comment', 'chart: a\n'],
  ['no link', '# A\n# So.\nchart: a\n'],
  ['no needs', '# A, https://example.com/a\nchart: a\n'],
  ['no lines', '# A, https://example.com/a\n# So.\n'],
])('a file with %s is refused by name', (_case, text) => {
  expect(() => render(text)).toThrow('0.yaml does not begin with')
})
