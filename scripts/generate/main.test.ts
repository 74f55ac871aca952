import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { contract } from '../../actions/trigger/contract.ts'
import { loadGatePolicy } from '../../src/policy/policy-inputs.ts'
import { checkoutPath } from '../checkout.ts'
import { renderGeneratedFiles } from './main.ts'
import { renderActionYml, renderInputs } from './render.ts'
import { readComposite, renderWorkflow } from './workflow-table.ts'

test('all generated files are up to date', () => {
  const files = renderGeneratedFiles()
  expect(files.size).toBeGreaterThan(10)
  const stale = [...files].filter(([path, content]) => readFileSync(checkoutPath(path), 'utf8') !== content)
  expect(stale.map(([path]) => path)).toEqual([])
})

test("the suite's files refer to its actions by the exact tag of this version", () => {
  const { version } = JSON.parse(readFileSync(checkoutPath('package.json'), 'utf8'))
  const refs = [...renderGeneratedFiles()].flatMap(([path, content]) =>
    path.startsWith('.github/') ? [...content.matchAll(/uses: org\/retrain-actions\S*@(\S+)/g)] : [],
  )
  expect(refs.length).toBeGreaterThan(4)
  for (const [line, tag] of refs) expect(tag, line).toBe(`v${version}`)
})

test('action.yml matches the contract', () => {
  const yml = renderActionYml(contract)
  expect(yml).toContain('using: node24')
  expect(yml).toContain('main: ../../dist/trigger.js')
  expect(yml).not.toContain('post:')
  for (const name of [...Object.keys(contract.inputs), ...Object.keys(contract.outputs)])
    expect(yml).toContain(`  ${name}:\n`)
})

test('cells escape pipes and line breaks', () => {
  const [head, line, ...rows] = renderInputs(contract).split('\n')
  const columns = (row = '') => row.replaceAll('\\|', '').split('|').length
  for (const row of [line, ...rows]) expect(columns(row)).toBe(columns(head))
})

test('a reusable workflow without secrets has no rows for them', () => {
  const source =
    'on: { workflow_call: { inputs: { a: { description: "x | y", default: 5 }, b: { required: true } } } }'
  expect(renderWorkflow(source)).toContain('| `a` | x \\| y | `5` |\n| `b` |  | **required** |')
})

test('reads a composite action from its YAML, and returns undefined for a JavaScript action', () => {
  const source =
    'description: d\ninputs: { a: { description: x, default: "5" } }\noutputs: { o: { description: y } }\nruns: { using: composite }'
  expect(readComposite(source)).toEqual({
    description: 'd',
    inputs: '| input | what it is | default |\n| --- | --- | --- |\n| `a` | x | `5` |',
    outputs: '| output | what it is |\n| --- | --- |\n| `o` | y |',
  })
  expect(readComposite(renderActionYml(contract))).toBeUndefined()
})

test('the gate accepts all policies in the documentation', () => {
  const shown = globSync(['actions/*/README.md', 'README.md', 'examples/**/*.md'], {
    cwd: checkoutPath('.'),
  }).flatMap((path) =>
    [
      ...readFileSync(checkoutPath(path), 'utf8').matchAll(/```yaml\n((?:#[^\n]*\n)*gate:\n[\s\S]*?)```/g),
    ].map(([, yaml = '']) => yaml),
  )
  expect(shown.length).toBeGreaterThan(0)
  for (const policy of shown)
    expect(loadGatePolicy({ policy }, checkoutPath('.')).policy.holdout).toBeDefined()
  for (const file of ['retrain-policy.yml', 'refresh-policy.yml'])
    expect(
      loadGatePolicy({ policy: `examples/digits/${file}` }, checkoutPath('.')).policy.slices,
    ).toHaveLength(1)
})
