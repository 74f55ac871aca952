import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type AnyContract, allInputs } from '../../src/runtime/contract.ts'
import { contract as helmDeploy } from '../helm-deploy/contract.ts'
import { contract as preflight } from '../preflight/contract.ts'
import { contract as retrain } from './contract.ts'

const workflows = ['retrain', 'rollback', 'reconcile']
const read = (name: string) => parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8'))
type Step = Record<string, unknown> & { id?: string; run?: string; with?: Record<string, string> }
const stepsOf = (name: string, job: string): Step[] => read(name).jobs[job].steps

/** What names, fetches and renders the chart: a job that does not get it would render another one. */
const chartInputs = [
  'chart',
  'chart-version',
  'chart-repository',
  'registry-username',
  'registry-password',
  'dependency-build',
  'skip-crds',
  'create-namespace',
  'post-renderer',
  'version-values',
  'values',
  'values-files',
  'pod-tracking-uri',
]

test.each(['preflight', 'deploy'])(
  'the job %s of the reusable workflow gets all inputs of the chart',
  (job) => {
    const given = stepsOf('retrain', job).find(({ id }) => id === job)?.with ?? {}
    for (const input of chartInputs)
      expect(given[input]).toMatch(new RegExp(`^\\$\\{\\{ (inputs|secrets)\\.${input} \\}\\}$`))
  },
)

test.each([
  ['preflight', preflight],
  ['helm-deploy', helmDeploy],
  ['retrain', retrain],
] as [string, AnyContract][])('the action %s has all inputs of the chart', (_name, contract) => {
  expect(Object.keys(allInputs(contract))).toEqual(expect.arrayContaining(chartInputs))
})

test('setup runs before each step that reaches the cluster, and in no job that runs the training', () => {
  const withSetup = workflows.flatMap((name) =>
    Object.keys(read(name).jobs).filter((job) =>
      stepsOf(name, job).some(({ run }) => run?.includes('SETUP')),
    ),
  )
  expect(withSetup).toEqual(['preflight', 'deploy', 'promote', 'rollback', 'reconcile'])
  for (const name of workflows)
    for (const job of Object.keys(read(name).jobs)) {
      const steps = stepsOf(name, job)
      const setup = steps.findIndex(({ run }) => run !== undefined)
      const action = steps.findIndex(({ with: given }) => given?.kubeconfig !== undefined)
      expect(setup).toBe(action < 0 ? -1 : action - 1)
    }
})

test('jobs without setup have fixed permissions, so that a training gets no token of a cloud', () => {
  for (const name of workflows) {
    const { jobs, permissions } = read(name)
    expect(permissions).toBeUndefined()
    for (const job of Object.keys(jobs)) {
      const hasSetup = stepsOf(name, job).some(({ run }) => run !== undefined)
      expect(jobs[job].permissions === undefined).toBe(hasSetup)
      expect(JSON.stringify(jobs[job].permissions ?? {})).not.toContain('write')
    }
  }
})
