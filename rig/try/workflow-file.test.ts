import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { listContainerJobs, listRequirements, usesSuite, type WorkflowFile } from './workflow-file.ts'

const read = (text: string, ...calls: string[]): WorkflowFile => ({
  name: 'retrain.yml',
  document: parse(text),
  calls: calls.map((call) => parse(call)),
})

const caller = `
on: workflow_dispatch
jobs:
  retrain:
    uses: org/retrain-actions/.github/workflows/retrain.yml@v1
    with:
      tracking-uri: \${{ vars.MLFLOW }}
      pod-tracking-uri: https://\${{ vars.HOST }}/mlflow
      namespace: ml
      train-runs-on: '["self-hosted", "gpu"]'
      runs-on: \${{ vars.RUNNER || fromJSON('["ubuntu-24.04"]') }}
    secrets:
      kubeconfig: \${{ secrets.prod_kubeconfig }}
      tracking-token: \${{ secrets['MLFLOW_TOKEN'] }}
  report:
    if: vars.REPORT == 'true'
    runs-on: [ubuntu-22.04]
    steps:
      - uses: docker/login-action@v3
      # run: echo \${{ secrets.COMMENTED }}
      - run: echo secrets.NOT_AN_EXPRESSION; curl \${{ secrets.HOOK }}`

test('what a workflow reads and needs', () => {
  const found = listRequirements(read(caller))
  expect([...found.secrets]).toEqual(['PROD_KUBECONFIG', 'MLFLOW_TOKEN', 'HOOK'])
  expect([...found.vars].sort()).toEqual(['HOST', 'MLFLOW', 'REPORT', 'RUNNER'])
  expect(Object.fromEntries(found.connections)).toEqual({
    MLFLOW: 'tracking-uri',
    HOST: 'pod-tracking-uri',
    PROD_KUBECONFIG: 'kubeconfig',
    MLFLOW_TOKEN: 'tracking-token',
  })
  expect([...found.namespaces]).toEqual(['ml'])
  expect([...found.labels].sort()).toEqual([
    'gpu',
    'self-hosted',
    'ubuntu-22.04',
    'ubuntu-24.04',
    'vars.RUNNER',
  ])
  expect([...found.uses]).toEqual([
    'org/retrain-actions/.github/workflows/retrain.yml@v1',
    'docker/login-action@v3',
  ])
})

test.each([
  ['uses: org/retrain-actions@v1', true],
  ['uses: org/retrain-actions/actions/train@v1', true],
  ['uses: org/retrain-actions-fork@v1', false],
  ['uses: actions/checkout@v4', false],
  ['run: "uses: org/retrain-actions@v1"', false],
])('whether a step with %s uses the suite', (step, expected) => {
  expect(usesSuite(read(`jobs: { a: { steps: [{ ${step} }] } }`))).toBe(expected)
})

test('a local workflow that a workflow calls counts as a part of it', () => {
  const workflow = read('jobs: { a: { uses: ./.github/workflows/inner.yml } }', caller)
  expect(usesSuite(workflow)).toBe(true)
  expect(listRequirements(workflow).secrets).toContain('HOOK')
})

test('jobs in containers', () => {
  const jobs = 'jobs: { a: { container: "x:1" }, b: { services: { db: {} } }, c: { steps: [] } }'
  expect(listContainerJobs(read(jobs))).toEqual(['a', 'b'])
})

test.each(['', 'jobs:', 'jobs: { a: }', '[]', 'text'])('a file with %j has no requirements', (text) => {
  const file = { name: 'x.yml', document: Object(parse(text)), calls: [] }
  expect([...listRequirements(file).uses, ...listContainerJobs(file)]).toEqual([])
})
