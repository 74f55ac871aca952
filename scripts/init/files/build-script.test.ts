import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { Settings } from '../settings/index.ts'
import { renderBuildScript } from './build-script.ts'

const settings = { chartPath: 'chart', release: 'live' } as Settings
const render = (values?: string) =>
  renderBuildScript(
    { name: 'shop', files: new Map(values === undefined ? [] : [['chart/values.yaml', values]]) },
    settings,
  )

test.each([
  ['a mapping', 'image:\n  repository: ghcr.io/shop/churn\n  tag: latest\n', 'ghcr.io/shop/churn'],
  ['a text', 'image: registry.shop.example:5000/churn\n', 'registry.shop.example:5000/churn'],
  ['a text with a tag', 'image: registry.shop.example:5000/churn:1.2\n', 'registry.shop.example:5000/churn'],
  ['none', 'replicas: 1\n', 'ghcr.io/OWNER/live'],
  ['text that a shell interprets', 'image: "churn$(id)"\n', 'ghcr.io/OWNER/live'],
  ['YAML that cannot be read', 'image: [\n', 'ghcr.io/OWNER/live'],
  ['no values', undefined, 'ghcr.io/OWNER/live'],
])('the image of the chart: %s', (_, values, image) => {
  const script = render(values)
  expect(script).toContain(`image="${image}:$MODEL_VERSION"`)
  execFileSync('bash', ['-n'], { input: script })
})

test('only the registry of GitHub takes the token of the job', () => {
  expect(render('image: ghcr.io/shop/churn')).toContain('docker login ghcr.io')
  expect(render('image: registry.shop.example/churn')).not.toContain('GITHUB_TOKEN')
})
