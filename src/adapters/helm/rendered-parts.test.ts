import { expect, test } from 'vitest'
import { splitRendered } from './rendered-parts.ts'

const output = `---
# Source: digits/crds/adapter.yaml
kind: CustomResourceDefinition
metadata: {name: a}
---
kind: CustomResourceDefinition
metadata: {name: b}
---
# Source: digits/charts/sub/crds/other.yaml
kind: CustomResourceDefinition
metadata: {name: c}
---
# Source: digits/templates/crds/mine.yaml
kind: CustomResourceDefinition
metadata: {name: d}
---
# Source: digits/templates/deployment.yaml
kind: Deployment
metadata: {name: e}
---
# Source: digits/templates/job.yaml
kind: Job
metadata:
  name: f
  annotations:
    "helm.sh/hook": pre-install
`
const names = (text: string) => [...text.matchAll(/name: (\w)/g)].map(([, name]) => name)

test('CRDs of the folder crds/, objects and hooks', () => {
  const { crds, manifest, hooks } = splitRendered(output)
  expect([names(crds), names(manifest), names(hooks)]).toEqual([['a', 'b', 'c'], ['d', 'e'], ['f']])
})

test('a chart that renders nothing', () => {
  expect(splitRendered('')).toEqual({ crds: '', manifest: '', hooks: '' })
})
